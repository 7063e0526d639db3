"""Makes the model files of test/fixtures/graph/variants: the models of make.py as other tools and exporters write them.

    python test/golden/graph/variants.py [name ...]

Each file holds what one step of the normal form is for: functions of the file's own, `If` with a constant condition, old operator sets, 16-bit floats,
4- and 8-bit blocks, fused operators. Files with the weights of make.py are compared with its goldens; where weights were rounded, variants.json
holds what onnxruntime answers when the 32-bit model is given the rounded weights, or 16-bit floats rounded again to 32.
"""

import copy
import json
import pathlib
import sys

import numpy
import onnx
import onnxruntime
import torch
import transformers
from onnx import helper, numpy_helper
from onnxruntime.quantization import matmul_nbits_quantizer
from onnxruntime.transformers import float16, optimizer
from onnxruntime.transformers.fusion_options import FusionOptions

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import make  # noqa: E402

sources = make.fixtures
target = sources / "variants"


def load(name):
    return onnx.load(str(sources / f"{name}.onnx"))


def save(model, name):
    path = target / f"{name}.onnx"
    onnx.save(model, str(path))
    make.strip(path, check=False)
    print(path.name, path.stat().st_size)


def old(architecture):
    """TorchScript at operator set 11."""
    kind, config, names = make.architectures[architecture]
    inputs = make.batch([11, 5, 8], names, 2)
    path = target / f"{architecture}-ts11.onnx"
    make.export(make.random_model(kind, config, "eager"), inputs, names, 11, False, path)
    print(path.name, path.stat().st_size)


def newest():
    """The dynamo exporter at operator set 23, which has Attention, RotaryEmbedding and RMSNormalization; Llama shares keys among heads."""
    config = transformers.LlamaConfig(
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=make.positions,
        use_cache=False,
        eos_token_id=make.end,
        **make.common,
    )
    llama = (transformers.LlamaForSequenceClassification, config, ["input_ids", "attention_mask"])
    for name, (kind, config, names) in (("bert", make.architectures["bert"]), ("llama", llama)):
        path = target / f"{name}-dynamo23.onnx"
        make.export(make.random_model(kind, config, "sdpa"), make.batch([11, 5, 8], names, 2), names, 23, True, path)
        print(path.name, path.stat().st_size)
    kind, config, names = llama
    eager = make.random_model(kind, config, "eager")
    cases = {"single": make.batch([9], names, 1), "padded": make.batch([11, 5, 8], names, 2)}
    return {"llama": {"heads": 4, "cases": {case: make.golden(eager, inputs) for case, inputs in cases.items()}}}


def functions():
    """Normalisation, Softmax and GELU as functions of the file: with settings handed on, defaults, one calling another, and inner names that clash."""
    model = load("bert-eager-dynamo18")
    opset = next(s for s in model.opset_import if s.domain == "")
    wanted = {"LayerNormalization": "Norm", "Softmax": "Probabilities", "Erf": "Bell"}
    for node in model.graph.node:
        if node.op_type in wanted:
            node.op_type, node.domain = wanted[node.op_type], "local.parts"

    def function(name, inputs, outputs, nodes, attributes=(), defaults=()):
        for i, node in enumerate(nodes):
            node.name = f"node_{i}"
        made = helper.make_function("local.parts", name, inputs, outputs, nodes, [opset, helper.make_opsetid("local.parts", 1)], list(attributes))
        made.attribute_proto.extend(defaults)
        model.functions.append(made)

    def referring(node, name, kind, reference):
        node.attribute.append(onnx.AttributeProto(name=name, type=kind, ref_attr_name=reference))
        return node

    kinds = onnx.AttributeProto
    function("Shift", ["x"], ["y"], [helper.make_node("Identity", ["x"], ["middle"]), helper.make_node("Identity", ["middle"], ["y"])])
    norm = helper.make_node("LayerNormalization", ["middle", "scale", "bias"], ["raw"])
    function(
        "Norm",
        ["x", "scale", "bias"],
        ["y"],
        [
            helper.make_node("Shift", ["x"], ["middle"], domain="local.parts"),
            referring(referring(norm, "epsilon", kinds.FLOAT, "epsilon"), "axis", kinds.INT, "axis"),
            helper.make_node("Shift", ["raw"], ["y"], domain="local.parts"),
        ],
        ["epsilon"],
        [helper.make_attribute("axis", -1)],
    )
    function("Probabilities", ["x"], ["y"], [referring(helper.make_node("Softmax", ["x"], ["y"]), "axis", kinds.INT, "axis")], ["axis"])
    function("Bell", ["x"], ["y"], [helper.make_node("Erf", ["x"], ["y"])])
    model.opset_import.append(helper.make_opsetid("local.parts", 1))
    model.ir_version = 9
    save(model, "bert-functions")


def branch(name, nodes, outputs):
    return helper.make_graph(nodes, name, [], [helper.make_empty_tensor_value_info(output) for output in outputs])


def constant_if():
    """Every Softmax in the branch that a constant condition takes; the other branch would answer with something else under the same inner names."""
    model = load("roberta-eager-ts17")
    nodes = []
    count = 0
    for node in model.graph.node:
        if node.op_type != "Softmax":
            nodes.append(node)
            continue
        taken = branch("taken", [helper.make_node("Softmax", node.input, ["inner"], axis=-1), helper.make_node("Identity", ["inner"], ["result"])], ["result"])
        other = branch("other", [helper.make_node("Relu", node.input, ["inner"]), helper.make_node("Identity", ["inner"], ["result"])], ["result"])
        condition = f"condition_{count}"
        then_branch, else_branch = (taken, other) if count % 2 == 0 else (other, taken)
        nodes.append(helper.make_node("Constant", [], [condition], value=numpy_helper.from_array(numpy.array(count % 2 == 0))))
        nodes.append(helper.make_node("If", [condition], [node.output[0]], then_branch=then_branch, else_branch=else_branch))
        count += 1
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    save(model, "roberta-if")


def merged():
    """A whole model in a branch of `If` as merged decoders have it: `use_cache_branch` chooses, the other branch reads a past that nothing else needs."""
    model = load("distilbert-sdpa-ts17")
    graph = model.graph
    output = graph.output[0].name
    taken = branch("without_past", list(graph.node), [output])
    other = branch("with_past", [helper.make_node("ReduceSum", ["past"], [output], keepdims=1)], [output])
    del graph.node[:]
    graph.node.append(helper.make_node("If", ["use_cache_branch"], ["logits_out"], then_branch=other, else_branch=taken))
    graph.node.append(helper.make_node("Identity", ["logits_out"], ["logits"]))
    for inner in taken.node:
        for i, name in enumerate(inner.output):
            if name == "logits":
                inner.output[i] = "inner_logits"
    taken.output[0].name = "inner_logits"
    other.node[0].output[0] = other.output[0].name = "past_logits"
    graph.input.append(helper.make_tensor_value_info("past", onnx.TensorProto.FLOAT, ["batch", "past"]))
    graph.input.append(helper.make_tensor_value_info("use_cache_branch", onnx.TensorProto.BOOL, [1]))
    save(model, "distilbert-merged")


def constants(model):
    """Every constant of a model with a name for it."""
    named = [(tensor.name, tensor) for tensor in model.graph.initializer]
    return named + [(node.output[0], a.t) for node in model.graph.node for a in node.attribute if a.type == onnx.AttributeProto.TENSOR]


def rounded(model, converted):
    """The model with every float constant that has 16 bits in the converted model rounded to 16 bits and back."""
    model = copy.deepcopy(model)
    halves = {name for name, tensor in constants(converted) if tensor.data_type == onnx.TensorProto.FLOAT16}
    for name, tensor in constants(model):
        if name in halves:
            values = numpy.clip(numpy_helper.to_array(tensor), -65504, 65504).astype(numpy.float16).astype(numpy.float32)
            tensor.CopyFrom(numpy_helper.from_array(values, tensor.name))
    return model


def answers(model, architecture):
    """What onnxruntime computes with a model for the inputs of an architecture's golden; maps are found as in make.py."""
    record = json.loads((make.goldens / f"{architecture}.json").read_text())
    maps = [node.output[0] for node in model.graph.node if node.op_type == "Softmax"]
    model = copy.deepcopy(model)
    model.graph.output.extend(helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None) for name in maps)
    session = onnxruntime.InferenceSession(model.SerializeToString())
    for case in record["cases"].values():
        logits, *attention = session.run(["logits", *maps], {name: numpy.array(value) for name, value in case["inputs"].items()})
        case["logits"] = make.floats(torch.from_numpy(logits))
        for place, values in zip(case["attention"], attention, strict=True):
            place.update(make.floats(torch.from_numpy(values)))
    return record


def half():
    model = load("bert-eager-ts17")
    everything = float16.convert_float_to_float16(copy.deepcopy(model), keep_io_types=False)
    save(everything, "bert-half")
    blocked = float16.convert_float_to_float16(copy.deepcopy(model), keep_io_types=True, op_block_list=["LayerNormalization", "Softmax", "Gather"])
    save(blocked, "bert-halfblocked")
    return {
        "bert-half": answers(rounded(model, everything), "bert"),
        "bert-halfblocked": answers(rounded(model, blocked), "bert"),
    }


def blocks():
    model = load("bert-eager-ts17")
    for bits, symmetric in ((4, False), (8, False)):
        quantiser = matmul_nbits_quantizer.MatMulNBitsQuantizer(copy.deepcopy(model), block_size=16, is_symmetric=symmetric, accuracy_level=0, bits=bits)
        quantiser.process()
        save(quantiser.model.model, f"bert-nbits{bits}{'s' if symmetric else 'a'}")


def fused():
    options = FusionOptions("bert")
    options.use_multi_head_attention = True
    made = optimizer.optimize_model(str(sources / "bert-eager-ts17.onnx"), model_type="bert", num_heads=4, hidden_size=32, opt_level=0, optimization_options=options)
    save(made.model, "bert-multihead")
    for name, source in (("bert-runtime", "bert-eager-ts14"), ("gpt2-runtime", "gpt2-eager-ts17")):
        settings = onnxruntime.SessionOptions()
        settings.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
        settings.optimized_model_filepath = str(target / f"{name}.onnx")
        onnxruntime.InferenceSession(str(sources / f"{source}.onnx"), settings)
        save(onnx.load(settings.optimized_model_filepath), name)


makers = {"old": lambda: [old("bert"), old("gpt2")] and {}, "newest": newest, "functions": functions, "if": constant_if, "merged": merged, "half": half, "blocks": blocks, "fused": fused}

if __name__ == "__main__":
    target.mkdir(exist_ok=True)
    path = make.goldens / "variants.json"
    records = json.loads(path.read_text()) if path.exists() else {}
    for name, maker in makers.items():
        if len(sys.argv) == 1 or name in sys.argv[1:]:
            records.update(maker() or {})
    path.write_text(json.dumps(records, separators=(",", ":")) + "\n")
