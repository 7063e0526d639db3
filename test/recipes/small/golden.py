"""What `transformers` says of the small models: 50 texts that each writes, the likeliest token each time, and the entities that its pipeline finds.

    python test/recipes/small/golden.py --reviews sst2 [--out test/recipes/small/models] [causal seq2seq entities]

Writes <out>/<name>.json. All numbers are of the weights as they are saved, computed in 32 bits.
"""

import argparse
import json
import pathlib

import torch
import transformers
from texts import chance_of, reviews, split_reviews, turned, windows, written
from transformers.utils import logging

logging.set_verbosity_error()
here = pathlib.Path(__file__).resolve().parent
asked = 50
steps = {"causal": 20, "seq2seq": 40}
# None of them is in the data.
messages = [
    "Just met Angela Martin in Boston, what a day!",
    "Flying to New York with Tom tomorrow morning.",
    "I can't wait to see Justin and Maria tonight :)",
    "Does anybody know a good bakery in Paris or in London?",
    "the rain in seattle never stops",
    "RT @somebody: John Smith is coming back to Chicago next week!!",
    "Nobody told me that it would snow today.",
    "Happy birthday, Sarah Miller! See you in Los Angeles.",
    "Watching the game with Dad, then off to San Francisco.",
    "Dr. Anna Weiß-Özdemir moved from Zürich to São Paulo 😀 last year",
]


def beginnings(path):
    """The first four words of unseen reviews, as a person types them."""
    return [" ".join(text.split()[:4]) for text in chance_of(3).sample(written(reviews(path, 8)), asked)]


def phrases(path):
    """Unseen stretches of reviews, half of them in no order."""
    return [" ".join(words) for words in windows(split_reviews(path, 8), asked, chance_of(4))]


def generated(model, tokenizer, text, most):
    """What a model writes for a text, with the log-probability of each token; refuses a text where two tokens are all but equally likely."""
    given = tokenizer(text, return_tensors="pt")
    inputs = {name: given[name] for name in ("input_ids", "attention_mask")}
    result = model.generate(**inputs, max_new_tokens=most, do_sample=False, num_beams=1, output_logits=True, return_dict_in_generate=True)
    before = 1 if model.config.is_encoder_decoder else inputs["input_ids"].shape[1]
    tokens = result.sequences[0, before:].tolist()
    logits = torch.stack(result.logits)[:, 0].double()
    best = logits.topk(2).values
    if (best[:, 0] - best[:, 1]).min() < 1e-4:
        raise SystemExit(f"two tokens are all but equally likely: {text}")
    logs = logits.log_softmax(-1)
    return {"text": text, "tokens": tokens, "logProbabilities": [round(logs[step, token].item(), 6) for step, token in enumerate(tokens)]}


def write_golden(name, options):
    """Writes what `transformers` says of one of the models in `options.out`."""
    folder = options.out / name
    kind = {"causal": transformers.AutoModelForCausalLM, "seq2seq": transformers.AutoModelForSeq2SeqLM, "entities": transformers.AutoModelForTokenClassification}[name]
    model = kind.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    if name == "entities":
        ask = transformers.pipeline("token-classification", model=model, tokenizer=tokenizer, aggregation_strategy="first")
        cases = [
            {"text": text, "entities": [[one["entity_group"], one["start"], one["end"], round(float(one["score"]), 6)] for one in ask(text)]} for text in messages
        ]
    else:
        texts = (beginnings if name == "causal" else phrases)(options.reviews / "dev.tsv")
        cases = [generated(model, tokenizer, text, steps[name]) for text in texts]
        for case in cases:
            case["written"] = tokenizer.decode(case["tokens"], skip_special_tokens=True, clean_up_tokenization_spaces=False)
    if name == "seq2seq":
        right = sum(case["written"].strip() == turned(case["text"].split()) for case in cases)
        print(f"seq2seq: {right} of {len(cases)} are turned round without a mistake")
    (options.out / f"{name}.json").write_text("[\n" + ",\n".join(json.dumps(case, ensure_ascii=False) for case in cases) + "\n]\n", encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("which", nargs="*")
    parser.add_argument("--reviews", type=pathlib.Path, required=True)
    parser.add_argument("--out", type=pathlib.Path, default=here / "models")
    options = parser.parse_args()
    for name in options.which or ["causal", "seq2seq", "entities"]:
        write_golden(name, options)


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
