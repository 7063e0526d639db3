"""Makes the model files of test/fixtures/graph and what torch computes with them.

    python test/golden/graph/make.py [name ...]

Tiny random BERT, DistilBERT and RoBERTa classifiers, exported as people export them: attention written out ("eager") and as
scaled_dot_product_attention ("sdpa"), by the TorchScript exporter at two operator sets and by the dynamo exporter; one GPT-2 and one BART for
causal and cross attention; variants that the runtime's own tools make: fused operators, 8-bit weights. One golden file per architecture, test/golden/graph/<name>.json: inputs of a single text and of a padded batch,
logits, and every attention map of the eager model.
Weights are drawn with a spread of 0.15: with the usual 0.02 attention is near uniform and mistakes go unseen.
"""

import base64
import json
import logging
import os
import pathlib
import sys
import warnings

# Before the runtime is loaded: it would report its use.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import numpy
import onnx
import onnxruntime
import torch
import transformers
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.transformers import optimizer

warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)
torch.set_num_threads(1)

root = pathlib.Path(__file__).resolve().parents[3]
fixtures = root / "test" / "fixtures" / "graph"
goldens = root / "test" / "golden" / "graph"

vocabulary, positions, pad, end = 60, 24, 1, 2
common = dict(vocab_size=vocabulary, num_labels=3, pad_token_id=pad, initializer_range=0.15)

architectures = {
    "bert": (
        transformers.BertForSequenceClassification,
        transformers.BertConfig(
            hidden_size=32, num_hidden_layers=3, num_attention_heads=4, intermediate_size=48, max_position_embeddings=positions, **common
        ),
        ["input_ids", "attention_mask", "token_type_ids"],
    ),
    "distilbert": (
        transformers.DistilBertForSequenceClassification,
        transformers.DistilBertConfig(dim=32, n_layers=3, n_heads=4, hidden_dim=48, max_position_embeddings=positions, **common),
        ["input_ids", "attention_mask"],
    ),
    "roberta": (
        transformers.RobertaForSequenceClassification,
        transformers.RobertaConfig(
            hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=48, max_position_embeddings=positions + 2, **common
        ),
        ["input_ids", "attention_mask"],
    ),
    "gpt2": (
        transformers.GPT2ForSequenceClassification,
        transformers.GPT2Config(n_embd=32, n_layer=2, n_head=4, n_positions=positions, eos_token_id=end, use_cache=False, **common),
        ["input_ids", "attention_mask"],
    ),
    "bart": (
        transformers.BartForSequenceClassification,
        transformers.BartConfig(
            d_model=32,
            encoder_layers=2,
            decoder_layers=2,
            encoder_attention_heads=4,
            decoder_attention_heads=4,
            encoder_ffn_dim=48,
            decoder_ffn_dim=48,
            max_position_embeddings=positions,
            eos_token_id=end,
            decoder_start_token_id=end,
            use_cache=False,
            **common,
        ),
        ["input_ids", "attention_mask"],
    ),
}

everything = [(attention, *way) for attention in ("eager", "sdpa") for way in (("ts14", 14, False), ("ts17", 17, False), ("dynamo18", 18, True))]
exports = {"gpt2": [("eager", "ts17", 17, False)], "bart": [("sdpa", "dynamo18", 18, True)]}


class Logits(torch.nn.Module):
    """A model that takes its inputs by position and answers with logits only, as exported files do.

    This wrapper stays in train mode, as it does in many scripts: the dynamo exporter then writes Dropout nodes that are switched on.
    """

    def __init__(self, model, names):
        super().__init__()
        self.model, self.names = model, names

    def forward(self, *inputs):
        return self.model(**dict(zip(self.names, inputs))).logits


def random_model(kind, config, attention):
    config._attn_implementation = attention
    torch.manual_seed(20)
    model = kind._from_config(config, attn_implementation=attention).eval()
    generator = torch.Generator().manual_seed(21)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            # Biases and normalisations start at 0 and 1, where forgetting them would go unseen.
            parameter.copy_(parameter + 0.1 * noise if parameter.dim() == 1 else 0.15 * noise)
    return model


def batch(lengths, names, seed):
    generator = torch.Generator().manual_seed(seed)
    longest = max(lengths)
    ids = torch.full((len(lengths), longest), pad)
    mask = torch.zeros((len(lengths), longest), dtype=torch.long)
    kinds = torch.zeros((len(lengths), longest), dtype=torch.long)
    for row, length in enumerate(lengths):
        ids[row, :length] = torch.randint(4, vocabulary, (length,), generator=generator)
        ids[row, length - 1] = end
        mask[row, :length] = 1
        kinds[row, length // 2 : length] = 1
    every = {"input_ids": ids, "attention_mask": mask, "token_type_ids": kinds}
    return {name: every[name] for name in names}


def floats(tensor):
    data = tensor.detach().to(torch.float32).contiguous().numpy()
    return {"dims": list(data.shape), "base64": base64.b64encode(data.tobytes()).decode()}


def golden(model, inputs):
    with torch.no_grad():
        result = model(**inputs, output_attentions=True)
    groups = [
        ("encoder", "self", result.get("encoder_attentions")),
        ("main", "self", result.get("attentions", result.get("decoder_attentions"))),
        ("main", "cross", result.get("cross_attentions")),
    ]
    return {
        "inputs": {name: value.tolist() for name, value in inputs.items()},
        "logits": floats(result.logits),
        "attention": [
            {"stream": stream, "kind": kind, "layer": layer, **floats(map)} for stream, kind, maps in groups for layer, map in enumerate(maps or [])
        ],
    }


def export(model, inputs, names, opset, dynamo, path):
    axes = {name: {0: "batch", 1: "sequence"} for name in names}
    arguments = tuple(inputs[name] for name in names)
    settings = dict(input_names=names, output_names=["logits"], opset_version=opset)
    if dynamo:
        shapes = tuple({0: torch.export.Dim("batch"), 1: torch.export.Dim("sequence")} for _ in names)
        program = torch.onnx.export(Logits(model, names), arguments, dynamo=True, dynamic_shapes=(shapes,), verbose=False, **settings)
        program.save(str(path), external_data=False)
    else:
        torch.onnx.export(Logits(model, names), arguments, str(path), dynamo=False, dynamic_axes={**axes, "logits": {0: "batch"}}, **settings)
    strip(path)


def strip(path, check=True):
    """Takes out the notes on where nodes came from, which are most of a small dynamo file."""
    model = onnx.load(str(path))
    for part in [model.graph, *model.graph.node, *model.graph.value_info, *model.graph.input, *model.graph.output]:
        part.ClearField("metadata_props")
        part.ClearField("doc_string")
    if check:  # The checker knows nothing of com.microsoft.
        onnx.checker.check_model(model)
    onnx.save(model, str(path))


def main(wanted):
    for name, (kind, config, names) in architectures.items():
        if wanted and name not in wanted:
            continue
        eager = random_model(kind, config, "eager")
        cases = {"single": batch([9], names, 1), "padded": batch([11, 5, 8], names, 2)}
        record = {"heads": 4, "cases": {case: golden(eager, inputs) for case, inputs in cases.items()}}
        (goldens / f"{name}.json").write_text(json.dumps(record, separators=(",", ":")) + "\n")
        for attention, label, opset, dynamo in exports.get(name, everything):
            path = fixtures / f"{name}-{attention}-{label}.onnx"
            export(random_model(kind, config, attention), cases["padded"], names, opset, dynamo, path)
            print(path.name, path.stat().st_size)


    if not wanted or "variants" in wanted:
        variants()


def variants():
    fused = optimizer.optimize_model(str(fixtures / "bert-eager-ts17.onnx"), model_type="bert", num_heads=4, hidden_size=32, opt_level=0)
    fused.save_model_to_file(str(fixtures / "bert-fused-ts17.onnx"))
    strip(fixtures / "bert-fused-ts17.onnx", check=False)
    for name, source, kind, per_channel in (
        ("bertint8", "bert-eager-ts17", QuantType.QInt8, False),
        ("robertauint8", "roberta-sdpa-ts17", QuantType.QUInt8, True),
    ):
        path = fixtures / f"{name}-{source.split('-', 1)[1]}.onnx"
        quantize_dynamic(str(fixtures / f"{source}.onnx"), str(path), weight_type=kind, per_channel=per_channel)
        strip(path, check=False)
        record = json.loads((goldens / f"{source.split('-')[0]}.json").read_text())
        record["cases"] = {case: dequantised_golden(fixtures / f"{source}.onnx", path, value) for case, value in record["cases"].items()}
        (goldens / f"{name}.json").write_text(json.dumps(record, separators=(",", ":")) + "\n")
        print(path.name, path.stat().st_size)


def dequantised_golden(source, quantised, case):
    """What the unquantised file answers, run by onnxruntime, when it is given the weights of the quantised one as floats."""
    model = onnx.load(str(source))
    stored = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in onnx.load(str(quantised)).graph.initializer}
    # The quantiser turns Gemm into MatMul and stores its weight the other way round.
    turned = {node.input[1] for node in model.graph.node if node.op_type == "Gemm"}
    replaced = 0
    for tensor in model.graph.initializer:
        if f"{tensor.name}_quantized" in stored:
            integers, scale, zero = (stored[f"{tensor.name}_{part}"] for part in ("quantized", "scale", "zero_point"))
            values = (integers.astype(numpy.float32) - zero.astype(numpy.float32)) * scale
            values = (values.T if tensor.name in turned else values).astype(numpy.float32)
            tensor.CopyFrom(onnx.numpy_helper.from_array(numpy.ascontiguousarray(values), tensor.name))
            replaced += 1
    assert replaced > 10
    maps = [node.output[-1] for node in model.graph.node if node.op_type == "Softmax"]
    cleaned = {node.input[2]: node.output[0] for node in model.graph.node if node.op_type == "Where"}
    maps = [cleaned.get(name, name) for name in maps]
    model.graph.output.extend(onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None) for name in maps)
    session = onnxruntime.InferenceSession(model.SerializeToString())
    logits, *attention = session.run(["logits", *maps], {name: numpy.array(value) for name, value in case["inputs"].items()})
    places = [{key: place[key] for key in ("stream", "kind", "layer")} for place in case["attention"]]
    return {
        "inputs": case["inputs"],
        "logits": floats(torch.from_numpy(logits)),
        "attention": [{**place, **floats(torch.from_numpy(map))} for place, map in zip(places, attention, strict=True)],
    }


if __name__ == "__main__":
    main(sys.argv[1:])
