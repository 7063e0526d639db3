"""Times the `lime` package on a `transformers` classifier: python python.py WEIGHTS SAMPLES < sentences.json > seconds.json

Reads a list of sentences, prints the seconds each explanation took: {"delete": [...], "mask": [...]}.
Needs lime, torch and transformers (test/golden/requirements.txt). The classifier runs in batches of 64 with padding on two threads.
"""

import json
import sys
import time

import torch
from lime.lime_text import LimeTextExplainer
from transformers import AutoModelForSequenceClassification, AutoTokenizer

BATCH = 64


def main(weights, samples):
    torch.set_num_threads(2)
    tokenizer = AutoTokenizer.from_pretrained(weights)
    network = AutoModelForSequenceClassification.from_pretrained(weights).eval()

    def classifier(texts):
        parts = []
        with torch.inference_mode():
            for start in range(0, len(texts), BATCH):
                batch = tokenizer(texts[start : start + BATCH], padding=True, return_tensors="pt")
                parts.append(torch.softmax(network(**batch).logits, -1))
        return torch.cat(parts).numpy()

    sentences = json.load(sys.stdin)
    variants = {
        "delete": dict(bow=True, split_expression=r"\s+"),
        "mask": dict(bow=False, mask_string="[MASK]", split_expression=r"\s+"),
    }
    seconds = {}
    for name, options in variants.items():
        seconds[name] = []
        LimeTextExplainer(random_state=0, **options).explain_instance(sentences[0], classifier, num_samples=64)
        for text in sentences:
            start = time.perf_counter()
            explainer = LimeTextExplainer(random_state=0, **options)
            explainer.explain_instance(text, classifier, num_features=len(text.split()), num_samples=samples)
            seconds[name].append(time.perf_counter() - start)
    print(json.dumps(seconds))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
