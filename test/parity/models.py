"""The models that the product is compared on, as torch has them: the bundled one, read from its file, and two of random weights that are made here.

    python models.py FOLDER

writes FOLDER/bert and FOLDER/gpt2, each a folder that the product opens and `transformers` loads, with the bundled model's tokenizer. A folder that is
there is left alone. Comparisons import `subjects`.
"""

import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

import numpy
import onnx
import torch
from transformers import AutoModelForSequenceClassification, BertConfig, BertForSequenceClassification, GPT2Config, GPT2ForSequenceClassification
from transformers.utils import logging

logging.set_verbosity_error()
root = pathlib.Path(__file__).resolve().parents[2]
bundled = root / "models" / "sentiment"
sample = root / "test" / "parity" / "texts.txt"
labels = {0: "negative", 1: "positive"}


class Logits(torch.nn.Module):
    """A classifier that takes its inputs by position and answers with logits only, as exported files do."""

    def __init__(self, model, names):
        super().__init__()
        self.model, self.names = model, names

    def forward(self, *inputs):
        return self.model(**dict(zip(self.names, inputs))).logits


def random_models():
    """Wide enough initialisers that attention is not near uniform; nothing is dropped."""
    torch.manual_seed(0)
    size = dict(vocab_size=30522, initializer_range=0.08, id2label=labels)
    bert = BertConfig(hidden_size=96, num_hidden_layers=4, num_attention_heads=6, intermediate_size=192, **size)
    yield "bert", BertForSequenceClassification(bert), ["input_ids", "attention_mask", "token_type_ids"]
    # The last token that is no padding is read; the tokenizer's padding is 0.
    gpt2 = GPT2Config(n_embd=96, n_layer=4, n_head=6, pad_token_id=0, bos_token_id=101, eos_token_id=102, use_cache=False, **size)
    yield "gpt2", GPT2ForSequenceClassification(gpt2), ["input_ids", "attention_mask"]


def make(folder):
    for name, model, names in random_models():
        target = pathlib.Path(folder) / name
        if target.exists():
            continue
        target.mkdir(parents=True)
        model.set_attn_implementation("eager")
        model.eval().save_pretrained(target)
        for file in ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"):
            shutil.copy(bundled / file, target / file)
        ids = torch.randint(5, 1000, (2, 7))
        inputs = (ids, torch.ones_like(ids), torch.zeros_like(ids))[: len(names)]
        axes = {name: {0: "batch", 1: "sequence"} for name in names} | {"logits": {0: "batch"}}
        torch.onnx.export(
            Logits(model, names), inputs, str(target / "model.onnx"), input_names=names, output_names=["logits"], dynamic_axes=axes,
            opset_version=17, dynamo=False,
        )  # fmt: skip


def bundled_torch():
    """The bundled file's weights, with int8 ones restored as DequantizeLinear does, under the names that they have in torch."""
    model = AutoModelForSequenceClassification.from_config(BertConfig.from_pretrained(bundled), attn_implementation="eager")
    stored = {one.name: onnx.numpy_helper.to_array(one) for one in onnx.load(bundled / "onnx" / "model.onnx").graph.initializer}
    turned = {node.input[1] for node in onnx.load(bundled / "onnx" / "model.onnx").graph.node if node.op_type == "MatMul"}
    axes = {node.output[0]: next((a.i for a in node.attribute if a.name == "axis"), 1) for node in onnx.load(bundled / "onnx" / "model.onnx").graph.node if node.op_type == "DequantizeLinear"}  # fmt: skip
    state = model.state_dict()
    missing = []
    for name in state:
        if f"{name}.int8" in stored:
            shape = [1, 1]
            shape[axes[name]] = -1
            value = stored[f"{name}.int8"].astype(numpy.float32) * stored[f"{name}.scale"].reshape(shape)
            state[name] = torch.from_numpy(numpy.ascontiguousarray(value.T) if name in turned else value)
        elif name in stored:
            state[name] = torch.from_numpy(stored[name].copy())
        elif state[name].is_floating_point():
            missing.append(name)
    if missing:
        raise SystemExit(f"the bundled file has no weights named {', '.join(missing)}")
    model.load_state_dict(state)
    return model


def subjects(folder):
    """Name, folder for the product, and torch model in double precision of each model."""
    make(folder)
    yield "bundled", bundled, bundled_torch().double().eval()
    for name in ("bert", "gpt2"):
        path = pathlib.Path(folder) / name
        yield name, path, AutoModelForSequenceClassification.from_pretrained(path, attn_implementation="eager").double().eval()


def texts():
    return sample.read_text(encoding="utf-8").splitlines()


def explained(folder, options):
    """What the product's command line (`npm run build` makes it) says of every text of the sample."""
    with tempfile.TemporaryDirectory() as scratch:
        output = pathlib.Path(scratch) / "out.jsonl"
        command = ["node", root / "dist" / "explain.mjs", "--input", sample, "--as", "raw", "--model", folder, "--format", "json", "--output", output, "--quiet"]
        subprocess.run([*map(str, command), *options], check=True, cwd=root)
        return [json.loads(line) for line in output.read_text(encoding="utf-8").splitlines()]


def with_specials(attribution):
    """All scores of an attribution by token, those of special tokens in their places."""
    scores = numpy.array(attribution["scores"], dtype=float)
    for special in attribution["specials"]:
        scores[special["token"]] = special["score"]
    return scores


def off(ours, theirs):
    """The largest difference, as a share of the largest of theirs."""
    return float(numpy.abs(ours - theirs).max() / max(numpy.abs(theirs).max(), 1e-12))


if __name__ == "__main__":
    make(sys.argv[1])
