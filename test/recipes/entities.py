"""Named entities by the encoder of the bundled model: training, export, and the span F1 of the same weights in transformers and in the product.

    python test/recipes/entities.py train --data wnut17/train.conll --out FOLDER [--epochs 4]
    python test/recipes/entities.py score --out FOLDER     (after npm run build)

FOLDER, which is no part of the repository, gets checkpoint/ (config.json, model.safetensors, tokenizer.json), model/ (the same as ONNX) and int8/ (weights of 8 bits), with rounded/,
the checkpoint of exactly these. The data has one file: every fifth sentence is the test set, which training never sees and by which nothing is chosen.
"""

import argparse
import json
import pathlib
import random
import subprocess
import sys
import time

import onnx
import torch
import transformers
from seqeval.metrics import f1_score

root = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(root / "models/sentiment/train"))
from export import INPUTS, Plain, name_weights, quantise, write_config, write_tokenizer  # noqa: E402
from train import batches, packaged_encoder, padded  # noqa: E402

kinds = ["corporation", "creative-work", "group", "location", "person", "product"]
labels = ["O", *(f"{place}-{kind}" for kind in kinds for place in "BI")]
numbers = {label: number for number, label in enumerate(labels)}
# As the product does without being told otherwise.
aggregation = "first"


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["train", "score"])
    parser.add_argument("--data", type=pathlib.Path)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--tokens", type=int, default=560, help="tokens a batch holds, padding included")
    parser.add_argument("--rate", type=float, default=3e-4)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    return parser.parse_args()


def sentences(path):
    """Words and labels of each sentence."""
    found, words = [], []
    for line in [*path.read_text(encoding="utf-8").splitlines(), ""]:
        if line.strip() == "":
            found += [words] if words else []
            words = []
        else:
            words.append(tuple(line.rstrip().split("\t")))
    return [([word for word, _ in one], [label for _, label in one]) for one in found]


def spans(words, marks):
    """Entities as [start, end, kind], in characters of the words with a space between any two."""
    found, place = [], 0
    for word, mark in zip(words, marks, strict=True):
        if mark.startswith("B-") or (mark.startswith("I-") and (not found or found[-1][1] != place - 1 or found[-1][2] != mark[2:])):
            found.append([place, place + len(word), mark[2:]])
        elif mark.startswith("I-"):
            found[-1][1] = place + len(word)
        place += len(word) + 1
    return found


def encoded(tokenizer, words, marks):
    """Ids of a sentence; each piece of a word has its label, the begin of an entity its first piece alone."""
    ids, targets = [tokenizer.cls_token_id], [-100]
    for word, mark in zip(words, marks, strict=True):
        pieces = tokenizer(word, add_special_tokens=False).input_ids
        ids += pieces
        targets += [numbers[mark]] + [numbers[mark.replace("B-", "I-")]] * (len(pieces) - 1) if pieces else []
    return ids[:255] + [tokenizer.sep_token_id], targets[:255] + [-100]


def train(options):
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    chance = random.Random(options.seed)
    source = packaged_encoder()
    tokenizer = transformers.AutoTokenizer.from_pretrained(source)
    named = {"id2label": dict(enumerate(labels)), "label2id": numbers}
    model = transformers.BertForTokenClassification.from_pretrained(source, num_labels=len(labels), attn_implementation="eager", **named)
    everything = sentences(options.data)
    known = [one for at, one in enumerate(everything) if at % 5 != 4]
    unseen = [one for at, one in enumerate(everything) if at % 5 == 4]
    rows = [encoded(tokenizer, *one) for one in known]
    lengths = [len(ids) for ids, _ in rows]
    plan = [batch for _ in range(options.epochs) for batch in batches(lengths, options.tokens, chance)]
    total = len(plan)
    optimizer = torch.optim.AdamW(model.parameters(), lr=options.rate, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: min((step + 1) / (0.1 * total), (total - step) / (0.9 * total)))
    model.train()
    began = time.time()
    for step, batch in enumerate(plan, 1):
        tokens, mask = padded([rows[row][0] for row in batch])
        targets = torch.full_like(tokens, -100)
        for place, row in enumerate(batch):
            targets[place, : len(rows[row][1])] = torch.tensor(rows[row][1])
        # Nearly twice as fast where the processor multiplies such numbers; weights and all measures are of 32 bits.
        with torch.autocast("cpu", torch.bfloat16):
            logits = model(input_ids=tokens, attention_mask=mask).logits
        loss = torch.nn.functional.cross_entropy(logits.float().flatten(0, 1), targets.flatten())
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        if step % 50 == 0:
            print(f"step {step}/{total} loss {loss.item():.3f} seconds {time.time() - began:.0f}", flush=True)
    write(model.eval(), source, options.out)
    lines = [{"text": " ".join(words), "entities": spans(words, marks)} for words, marks in unseen]
    (options.out / "test.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


def write(model, source, out):
    """The trained model as a checkpoint and as ONNX, with weights of 32 and of 8 bits."""
    for name in ("model", "int8"):
        (out / name).mkdir(parents=True, exist_ok=True)
        write_tokenizer(source, out / name)
        write_config(model, out / name)
    ones = torch.ones(2, 7, dtype=torch.long)
    axes = {name: {0: "batch", 1: "sequence"} for name in [*INPUTS, "logits"]}
    torch.onnx.export(
        Plain(model), (torch.randint(1000, 2000, (2, 7)), ones, torch.zeros_like(ones)), str(out / "model/model.onnx"),
        input_names=INPUTS, output_names=["logits"], dynamic_axes=axes, opset_version=17, dynamo=False,
    )  # fmt: skip
    save(model, out, "checkpoint")
    proto = onnx.load(out / "model/model.onnx")
    name_weights(proto.graph, model)
    folded = quantise(proto.graph)
    onnx.save(proto, out / "int8/model.onnx")
    model.load_state_dict({**model.state_dict(), **{name: torch.from_numpy(numbers) for name, numbers in folded.items()}})
    save(model, out, "rounded")


def save(model, out, name):
    model.save_pretrained(out / name)
    transformers.AutoTokenizer.from_pretrained(out / "model").save_pretrained(out / name)


def figures(truth, found):
    """Precision, recall and F1 of spans that are right in both ends and in kind."""
    right = sum(len(set(map(tuple, one)) & set(map(tuple, other))) for one, other in zip(truth, found, strict=True))
    precision = right / max(1, sum(map(len, found)))
    recall = right / max(1, sum(map(len, truth)))
    return {"precision": precision, "recall": recall, "f1": 2 * precision * recall / max(1e-9, precision + recall), "spans": sum(map(len, found))}


def tagged(text, found):
    """The label of each word, as seqeval reads them."""
    marks, place = [], 0
    for word in text.split(" "):
        own = [(start, kind) for start, end, kind in found if start < place + len(word) and place < end]
        marks.append(f"{'B' if own[0][0] >= place else 'I'}-{own[0][1]}" if own else "O")
        place += len(word) + 1
    return marks


def by_transformers(folder, lines):
    model = transformers.AutoModelForTokenClassification.from_pretrained(folder).eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    ask = transformers.pipeline("token-classification", model=model, tokenizer=tokenizer, aggregation_strategy=aggregation)
    return [[[one["start"], one["end"], one["entity_group"]] for one in ask(line["text"])] for line in lines]


def by_product(folder, lines, out):
    target = out / "product.jsonl"
    asked = ["--model", folder, "--input", out / "test.jsonl", "--field", "text", "--method", "attention", "--aggregation", aggregation, "--format", "json", "--output", target, "--quiet"]
    subprocess.run(["node", root / "dist/explain.mjs", *asked], check=True)
    answers = [json.loads(line) for line in target.read_text(encoding="utf-8").splitlines()]
    found = []
    for line, answer in zip(lines, answers, strict=True):
        # The product counts as JavaScript does, in UTF-16.
        units = line["text"].encode("utf-16-le")
        count = lambda end: len(units[: 2 * end].decode("utf-16-le", "ignore"))  # noqa: E731
        found.append([[count(one["start"]), count(one["end"]), one["label"]] for one in answer["prediction"]["entities"]])
    return found


def score(options):
    """A line for each form of the weights and each side; nothing but rounding may set the sides apart."""
    torch.set_num_threads(options.threads)
    lines = [json.loads(line) for line in (options.out / "test.jsonl").read_text(encoding="utf-8").splitlines()]
    truth = [line["entities"] for line in lines]
    expected = [tagged(line["text"], own) for line, own in zip(lines, truth, strict=True)]
    print(f"{len(lines)} sentences, {sum(map(len, truth))} entities")
    print(f"{'':24}precision  recall  span F1  of words (seqeval)  entities  sentences that differ  seconds")
    for folder, checkpoint in (("model", "checkpoint"), ("checkpoint", "checkpoint"), ("int8", "rounded")):
        began = time.time()
        python = by_transformers(options.out / checkpoint, lines)
        between = time.time()
        sides = {"transformers": (python, between - began)}
        sides[f"product, {folder}"] = by_product(options.out / folder, lines, options.out), time.time() - between
        for side, (found, seconds) in sides.items():
            own = figures(truth, found)
            words = f1_score(expected, [tagged(line["text"], one) for line, one in zip(lines, found, strict=True)])
            differ = sum(one != other for one, other in zip(python, found, strict=True))
            print(f"{side:24}{100 * own['precision']:9.2f}{100 * own['recall']:8.2f}{100 * own['f1']:9.2f}{100 * words:20.2f}{own['spans']:10}{differ:23}{seconds:9.0f}")


if __name__ == "__main__":
    given = arguments()
    {"train": train, "score": score}[given.what](given)
