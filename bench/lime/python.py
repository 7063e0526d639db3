"""Times the `lime` package on a `transformers` classifier, one explanation per line of standard input.

    python python.py WEIGHTS

Reads lines {"variant": "delete" | "mask", "text": "...", "samples": 500}, answers each with the seconds it took, so that the caller can take turns
with it on an equally busy machine. Needs lime, torch and transformers (test/golden/requirements.txt). The classifier runs in batches of 64 with
padding on two threads.
"""

import json
import sys
import time

import torch
from lime.lime_text import LimeTextExplainer
from transformers import AutoModelForSequenceClassification, AutoTokenizer

BATCH = 64


def main(weights):
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

    variants = {
        "delete": dict(bow=True, split_expression=r"\s+"),
        "mask": dict(bow=False, mask_string="[MASK]", split_expression=r"\s+"),
    }
    for line in sys.stdin:
        asked = json.loads(line)
        text = asked["text"]
        start = time.perf_counter()
        explainer = LimeTextExplainer(random_state=0, **variants[asked["variant"]])
        explainer.explain_instance(text, classifier, num_features=len(text.split()), num_samples=asked["samples"])
        print(time.perf_counter() - start, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
