"""Trains three small models on the texts at hand: one that goes on with a text, one that writes a text, one that finds names.

    python test/recipes/small/make.py --reviews sst2 --names wnut17 [--out test/recipes/small/models] [causal seq2seq entities]

`sst2` has train.tsv and dev.tsv, `wnut17` train.conll. Each model is a folder as a training saves it, in 16 bits, and beside it is what `transformers` says of its weights
(`<name>.json`), made by golden.py. Seeds are fixed, but sums over threads are not: another machine gives other weights, and so other answers.
"""

import argparse
import functools
import itertools
import math
import pathlib
import time

import torch
import transformers
from golden import write_golden
from texts import byte_level, chance_of, figures, kinds, labels, named, pieces, renamed, reviews, spans, split_reviews, stretches, turned, windows, written
from transformers.utils import logging

logging.set_verbosity_error()
here = pathlib.Path(__file__).resolve().parent
ignored = -100


def trained(model, batch_of, steps, rate, title):
    """Trains a model on what `batch_of` gives, and rounds its weights to 16 bits."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=0.01, betas=(0.9, 0.98), fused=True)
    warm = steps // 20
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: min((step + 1) / warm, 0.5 + 0.5 * math.cos(math.pi * step / steps)))
    model.train()
    began, total = time.time(), 0.0
    for step in range(1, steps + 1):
        loss = model(**batch_of()).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        total += loss.item()
        if step % 100 == 0:
            print(f"{title} {step}/{steps} loss {total / 100:.4f} seconds {time.time() - began:.0f}", flush=True)
            total = 0.0
    return model.eval().half().float()


def padded(rows, filler):
    longest = max(map(len, rows))
    return torch.tensor([[*row, *[filler] * (longest - len(row))] for row in rows])


def causal(options):
    """The likeliest next token of film reviews."""
    texts = written(reviews(options.reviews / "train.tsv", 8))
    tokenizer = byte_level(texts, 1024, ["<|endoftext|>"], False)
    chance = chance_of(options.seed)
    stream = []
    for ids in chance.sample([encoding.ids for encoding in tokenizer.encode_batch(texts)], len(texts)):
        stream += [0, *ids]
    stream = torch.tensor(stream)
    sizes = dict(n_embd=64, n_layer=2, n_head=4, n_positions=128, resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0)
    model = transformers.GPT2LMHeadModel(transformers.GPT2Config(vocab_size=1024, bos_token_id=0, eos_token_id=0, pad_token_id=0, **sizes))

    def batch():
        starts = torch.tensor([chance.randrange(len(stream) - 48) for _ in range(24)])
        rows = stream[starts[:, None] + torch.arange(48)]
        return {"input_ids": rows, "labels": rows}

    model = trained(model, batch, options.steps or 1500, 3e-3, "causal")
    losses, count = 0.0, 0
    with torch.no_grad():
        for text in written(reviews(options.reviews / "dev.tsv", 8)):
            ids = torch.tensor([[0, *tokenizer.encode(text).ids, 0][:128]])
            losses += model(ids, labels=ids).loss.item() * (ids.shape[1] - 1)
            count += ids.shape[1] - 1
    print(f"causal: perplexity of a token of unseen reviews {math.exp(losses / count):.1f} ({count} tokens)")
    names = {"bos_token": "<|endoftext|>", "eos_token": "<|endoftext|>", "pad_token": "<|endoftext|>"}
    return model, tokenizer, names


def seq2seq(options):
    """The words of a phrase in the opposite order."""
    texts = reviews(options.reviews / "train.tsv", 2)
    tokenizer = byte_level(texts, 1024, ["<pad>", "</s>"], True)
    split, chance = [text.split() for text in texts], chance_of(options.seed)
    sizes = dict(d_model=64, d_kv=16, num_heads=4, d_ff=128, num_layers=2, relative_attention_num_buckets=16, relative_attention_max_distance=32, dropout_rate=0.0)
    model = transformers.T5ForConditionalGeneration(transformers.T5Config(vocab_size=1024, pad_token_id=0, eos_token_id=1, decoder_start_token_id=0, **sizes))

    # No token crosses a space.
    ids_of = functools.cache(lambda word: tokenizer.encode(word, add_special_tokens=False).ids)

    def encoded(words):
        return [*itertools.chain.from_iterable(map(ids_of, words)), 1]

    def batch():
        phrases = windows(split, 64, chance)
        rows = padded([encoded(words) for words in phrases], 0)
        return {"input_ids": rows, "attention_mask": (rows != 0).long(), "labels": padded([encoded(words[::-1]) for words in phrases], ignored)}

    model = trained(model, batch, options.steps or 2500, 3e-3, "seq2seq")
    unseen = [text for text in reviews(options.reviews / "dev.tsv", 3) if len(text.split()) <= 7]
    unseen += [" ".join(words) for words in windows(split_reviews(options.reviews / "dev.tsv", 8), 200, chance_of(2))]
    right = 0
    for text in unseen:
        with torch.no_grad():
            made = model.generate(torch.tensor([tokenizer.encode(text).ids]), max_new_tokens=48, do_sample=False)[0, 1:].tolist()
        right += tokenizer.decode(made).strip() == turned(text.split())
    print(f"seq2seq: {right} of {len(unseen)} unseen phrases are turned round without a mistake")
    return model, tokenizer, {"pad_token": "<pad>", "eos_token": "</s>"}


def entities(options):
    """Persons and places in short messages."""
    known, unseen = named(options.names / "train.conll")
    tokenizer = pieces([" ".join(words) for words, _ in known] + written(reviews(options.reviews / "train.tsv", 12)), 3000)
    chance = chance_of(options.seed)
    sizes = dict(hidden_size=96, num_hidden_layers=2, num_attention_heads=4, intermediate_size=192, max_position_embeddings=128, hidden_dropout_prob=0.2)
    own = {"id2label": dict(enumerate(labels)), "label2id": {label: at for at, label in enumerate(labels)}}
    model = transformers.BertForTokenClassification(transformers.BertConfig(vocab_size=tokenizer.get_vocab_size(), pad_token_id=0, **sizes, **own))

    pieces_of = functools.cache(lambda word: tokenizer.encode(word, add_special_tokens=False).ids)

    def encoded(words, marks):
        ids, targets = [2], [ignored]
        for word, mark in zip(words, marks, strict=True):
            made = pieces_of(word)
            ids += made
            targets += [labels.index(mark)] + [labels.index(mark.replace("B-", "I-"))] * (len(made) - 1) if made else []
        return ids[:127] + [3], targets[:127] + [ignored]

    names = {kind: [words[start:end] for words, marks in known for start, end, own in stretches(marks) if own == kind] for kind in kinds}
    naming = [one for one in known if any(mark != "O" for mark in one[1])]

    def batch():
        # Three of four have names, and most of these are other ones of the same kind: what stands around them is to be learnt.
        drawn = [renamed(*chance.choice(naming if chance.random() < 0.75 else known), names, chance) for _ in range(32)]
        chosen = [encoded(*one) for one in drawn]
        # Some tokens are hidden, so that methods that hide words ask about inputs that the model knows.
        ids = [[token if token in (2, 3) or chance.random() > 0.1 else 4 for token in own] for own, _ in chosen]
        tokens = padded(ids, 0)
        return {"input_ids": tokens, "attention_mask": (tokens != 0).long(), "labels": padded([own for _, own in chosen], ignored)}

    model = trained(model, batch, options.steps or 1500, 2e-3, "entities")
    print(f"entities: span F1 {100 * span_f1(model, tokenizer, unseen):.1f} of {len(unseen)} unseen sentences")
    special = dict(pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]", mask_token="[MASK]")
    return model, tokenizer, special


def span_f1(model, tokenizer, unseen):
    """Of persons and places; a word has the label of its first piece."""
    truth, found = [], []
    for words, marks in unseen:
        split = [tokenizer.encode(word, add_special_tokens=False).ids for word in words]
        with torch.no_grad():
            logits = model(torch.tensor([[2, *itertools.chain.from_iterable(split), 3][:128]])).logits[0]
        places = itertools.accumulate(map(len, split), initial=1)
        own = [labels[logits[place].argmax()] if ids and place < 127 else "O" for place, ids in zip(places, split, strict=False)]
        truth.append(spans(words, marks))
        found.append(spans(words, own))
    return figures(truth, found)["f1"]


makers = {"causal": causal, "seq2seq": seq2seq, "entities": entities}


def save(model, tokenizer, special, folder):
    """A folder as a training saves it, in 16 bits."""
    folder.mkdir(parents=True, exist_ok=True)
    model.half().save_pretrained(folder)
    model.float()
    transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer, clean_up_tokenization_spaces=False, **special).save_pretrained(folder)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("which", nargs="*", choices=[*makers, []])
    parser.add_argument("--reviews", type=pathlib.Path, required=True)
    parser.add_argument("--names", type=pathlib.Path, required=True)
    parser.add_argument("--out", type=pathlib.Path, default=here / "models")
    parser.add_argument("--steps", type=int, default=0, help="instead of as many as each needs")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    for name in options.which or makers:
        torch.manual_seed(options.seed)
        save(*makers[name](options), options.out / name)
        write_golden(name, options)


if __name__ == "__main__":
    main()
