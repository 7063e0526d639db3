"""What transformers and torch take to go on with a text: greedy, with a cache, two threads.

    python python.py FOLDER

Reads lines {"model", "ids", "tokens"}, answers each with {"seconds", "cpu", "ids"}: wall and processor time of one continuation without a token that stops it, and what it is.
"""

import json
import sys
import time

import torch
import transformers

torch.set_num_threads(2)
models = {}
for line in sys.stdin:
    asked = json.loads(line)
    name = asked["model"]
    if name not in models:
        models[name] = transformers.GPT2LMHeadModel.from_pretrained(f"{sys.argv[1]}/{name}").eval()
    ids = torch.tensor([asked["ids"]])
    count = asked["tokens"]
    wall, cpu = time.perf_counter(), time.process_time()
    with torch.inference_mode():
        made = models[name].generate(ids, attention_mask=torch.ones_like(ids), min_new_tokens=count, max_new_tokens=count, do_sample=False)
    answer = {"seconds": time.perf_counter() - wall, "cpu": time.process_time() - cpu, "ids": made[0, ids.shape[1] :].tolist()}
    print(json.dumps(answer), flush=True)
