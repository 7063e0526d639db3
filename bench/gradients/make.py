"""Makes the classifiers that the bench of gradients compares on: BERT-base and MiniLM by shape, with random weights, as torch and as ONNX files.

    python make.py TOKENIZER_FOLDER FOLDER

TOKENIZER_FOLDER: where a tokenizer.json of 30,522 entries lies (`models/sentiment`). Writes FOLDER/bert and FOLDER/minilm, each a folder that the product
opens and that `transformers` loads, and the same as checkpoints of 16 bits, FOLDER/bert16 and FOLDER/minilm16. Needs torch, transformers and onnx (test/golden/requirements.txt). A folder that is there is left alone.
"""

import copy
import logging
import pathlib
import shutil
import sys
import warnings

import torch
from transformers import BertConfig, BertForSequenceClassification

warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)

SHAPES = {
    "bert": dict(hidden_size=768, num_hidden_layers=12, num_attention_heads=12, intermediate_size=3072),
    "minilm": dict(hidden_size=384, num_hidden_layers=6, num_attention_heads=12, intermediate_size=1536),
}
NAMES = ("input_ids", "attention_mask", "token_type_ids")


class Logits(torch.nn.Module):
    """A classifier that takes its inputs by position and answers with logits only, as exported files do."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, *inputs):
        return self.model(**dict(zip(NAMES, inputs))).logits


def make(shape, tokenizer, folder):
    torch.manual_seed(0)
    # Wide enough that attention is not near uniform, as it would be with the usual initialiser.
    config = BertConfig(**SHAPES[shape], initializer_range=0.05, id2label={0: "negative", 1: "positive"})
    model = BertForSequenceClassification(config).eval()
    folder.mkdir(parents=True)
    model.save_pretrained(folder)
    half = folder.with_name(f"{folder.name}16")
    copy.deepcopy(model).to(torch.bfloat16).save_pretrained(half)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(tokenizer / name, folder / name)
        shutil.copy(tokenizer / name, half / name)
    inputs = (torch.randint(5, 1000, (2, 7)), torch.ones(2, 7, dtype=torch.int64), torch.zeros(2, 7, dtype=torch.int64))
    axes = {name: {0: "batch", 1: "sequence"} for name in NAMES}
    settings = dict(input_names=list(NAMES), output_names=["logits"], opset_version=17, dynamo=False)
    torch.onnx.export(Logits(model), inputs, str(folder / "model.onnx"), dynamic_axes={**axes, "logits": {0: "batch"}}, **settings)


def main(tokenizer, folder):
    for shape in SHAPES:
        target = pathlib.Path(folder) / shape
        if not target.exists():
            make(shape, pathlib.Path(tokenizer), target)


if __name__ == "__main__":
    main(*sys.argv[1:])
