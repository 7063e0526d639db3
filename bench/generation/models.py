"""Makes random GPT-2s, a tiny one and one of 124 million weights, exported by optimum with keys and values of earlier tokens.

    python models.py FOLDER   (in the environment of test/corpus/requirements-optimum.txt; what is there already stays)
"""

import pathlib
import sys
import tempfile

import tokenizers
import torch
import transformers
from optimum.exporters.onnx import main_export

sizes = {"tiny": dict(n_embd=32, n_layer=2, n_head=4, vocab_size=1000, n_positions=512), "124M": {}}
for name, size in sizes.items():
    target = pathlib.Path(sys.argv[1], name)
    if (target / "model.onnx").exists():
        continue
    torch.manual_seed(1)
    config = transformers.GPT2Config(**size, bos_token_id=0, eos_token_id=0, pad_token_id=0)
    model = transformers.GPT2LMHeadModel(config).eval()
    with tempfile.TemporaryDirectory() as source:
        model.save_pretrained(source)
        words = tokenizers.models.WordLevel({f"t{i}": i for i in range(config.vocab_size)}, unk_token="t0")
        transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizers.Tokenizer(words)).save_pretrained(source)
        main_export(source, str(target), task="text-generation-with-past", do_validation=False, opset=17)
        model.save_pretrained(target)
