"""Times a `transformers` classifier and its gradients in torch, one run per line of standard input.

    python python.py FOLDER

Reads lines {"ids": [[…], …], "gradients": true, "times": 4}, answers each with {"seconds", "logits", "gradient"}: how long one run took, the logits of the first row and,
where asked, the gradient of each row's second logit with respect to the word embeddings of the first row's first token, so that the caller can see that
both compute the same. Weights are frozen, so only the way to the embeddings is computed. Two threads.
"""

import json
import sys
import time

import torch
from transformers import AutoModelForSequenceClassification


def main(folder):
    torch.set_num_threads(2)
    network = AutoModelForSequenceClassification.from_pretrained(folder).eval().requires_grad_(False)
    table = network.get_input_embeddings().weight
    for line in sys.stdin:
        asked = json.loads(line)
        ids = torch.tensor(asked["ids"])
        mask = torch.ones_like(ids)
        answer = {}
        start = time.perf_counter()
        for _ in range(asked["times"]):
            embeds = table[ids]
            if asked["gradients"]:
                embeds.requires_grad_(True)
                logits = network(inputs_embeds=embeds, attention_mask=mask).logits
                (gradient,) = torch.autograd.grad(logits[:, 1].sum(), embeds)
                answer["gradient"] = gradient[0, 0]
            else:
                with torch.inference_mode():
                    logits = network(inputs_embeds=embeds, attention_mask=mask).logits
        answer["seconds"] = (time.perf_counter() - start) / asked["times"]
        answer["gradient"] = answer["gradient"].tolist() if asked["gradients"] else []
        answer["logits"] = logits[0].tolist()
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
