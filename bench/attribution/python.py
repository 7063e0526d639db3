"""What captum and torch take to say why a language model wrote a token: integrated gradients of its logit, two threads.

    python python.py FOLDER

Makes random GPT-2s, a tiny one and one of 124 million weights, as checkpoints in FOLDER; what is there already stays. Then reads lines {"model", "ids", "steps", "batch"}, answers each with
{"seconds", "cpu", "token", "scores", "missing"}: wall and processor time of writing one token and explaining it, which it is, the scores of the prompt's tokens, and by how much they miss the change that they are of.
"""

import json
import pathlib
import sys
import time

import tokenizers
import torch
import transformers
from captum.attr import IntegratedGradients

torch.set_num_threads(2)
folder = pathlib.Path(sys.argv[1])
for name, size in {"tiny": dict(n_embd=32, n_layer=2, n_head=4, vocab_size=1000, n_positions=512), "124M": {}}.items():
    if not (folder / name / "model.safetensors").exists():
        torch.manual_seed(1)
        config = transformers.GPT2Config(**size, bos_token_id=0, eos_token_id=0, pad_token_id=0)
        transformers.GPT2LMHeadModel(config).save_pretrained(folder / name)
        words = tokenizers.Tokenizer(tokenizers.models.WordLevel({f"t{i}": i for i in range(config.vocab_size)}, unk_token="t0"))
        words.pre_tokenizer = tokenizers.pre_tokenizers.WhitespaceSplit()
        transformers.PreTrainedTokenizerFast(tokenizer_object=words, unk_token="t0", pad_token="t0", eos_token="t0").save_pretrained(folder / name)
models = {}
for line in sys.stdin:
    asked = json.loads(line)
    name = asked["model"]
    if name not in models:
        models[name] = transformers.GPT2LMHeadModel.from_pretrained(folder / name, attn_implementation="sdpa").eval().requires_grad_(False)
    model = models[name]
    ids = torch.tensor([asked["ids"]])
    wall, cpu = time.perf_counter(), time.process_time()
    with torch.inference_mode():
        token = int(model(input_ids=ids, logits_to_keep=1).logits[0, -1].argmax())

    def logit(embeds):
        # The head is computed where the token is read, as the product does.
        return model(inputs_embeds=embeds, logits_to_keep=1).logits[:, -1, token]

    table = model.get_input_embeddings().weight
    whole, empty = table[ids], torch.zeros(1, ids.shape[1], table.shape[1])
    found, missing = IntegratedGradients(logit).attribute(
        whole, baselines=empty, n_steps=asked["steps"], method="gausslegendre", internal_batch_size=asked["batch"], return_convergence_delta=True
    )
    answer = {"seconds": time.perf_counter() - wall, "cpu": time.process_time() - cpu, "token": token, "scores": found.sum(-1)[0].tolist(), "missing": float(missing)}
    print(json.dumps(answer), flush=True)
