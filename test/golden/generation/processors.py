"""Makes the goldens of rules for the next token: what transformers' logits processors make of random logits, and the probabilities that tokens are drawn with.

    python test/golden/generation/processors.py
"""

import gzip
import json
import pathlib

import torch
import transformers

here = pathlib.Path(__file__).resolve().parent
size, end = 40, 2
settings = [
    {},
    {"repetition_penalty": 1.7},
    {"no_repeat_ngram_size": 1},
    {"no_repeat_ngram_size": 2},
    {"no_repeat_ngram_size": 3, "repetition_penalty": 0.8},
    {"bad_words_ids": [[7], [3, 4], [9, 3, 11], [end]]},
    {"min_length": 14},
    {"min_new_tokens": 4},
    {"suppress_tokens": [1, 5, 39], "begin_suppress_tokens": [6, 7]},
    {"forced_bos_token_id": 8},
    {"forced_eos_token_id": [end, 9]},
    {"do_sample": True, "temperature": 0.6},
    {"do_sample": True, "top_k": 5},
    {"do_sample": True, "top_k": 0, "top_p": 0.6},
    {"do_sample": True, "temperature": 2.5, "top_k": 12, "top_p": 0.9, "min_p": 0.08, "repetition_penalty": 1.3},
    {"do_sample": True, "top_p": 0.01},
    {"do_sample": True, "min_p": 0.3},
]
texts = [([5], 1), ([5, 9, 3, 4, 9, 3], 6), ([5, 9, 3, 4, 9, 3, 11, 9, 3], 6), ([7] * 3 + [9, 3, 4] * 4, 9)]
longest = 16

# Processors ask the model only for its configuration.
model = transformers.GPT2LMHeadModel(transformers.GPT2Config(n_embd=4, n_layer=1, n_head=1, vocab_size=size))
torch.manual_seed(4)
cases = []
for asked in settings:
    for ids, given in texts:
        config = transformers.GenerationConfig(eos_token_id=end, max_length=longest, **{"top_k": 50, **asked})
        config._eos_token_tensor = torch.tensor([end])
        config._pad_token_tensor = config._bos_token_tensor = None
        tokens = torch.tensor([ids])
        processors = model._get_logits_processor(generation_config=config, input_ids_seq_length=given, device="cpu")
        logits = (torch.randn(1, size) * 3).float()
        cases.append({"asked": asked, "ids": ids, "given": given, "logits": logits[0].tolist(), "scores": processors(tokens, logits.clone())[0].tolist()})
text = json.dumps({"longest": longest, "end": end, "cases": cases}, separators=(",", ":")).replace("-Infinity", "null")
(here / "processors.json.gz").write_bytes(gzip.compress(text.encode(), 9, mtime=0))
print(len(cases), (here / "processors.json.gz").stat().st_size)
