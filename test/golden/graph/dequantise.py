"""Writes test/golden/graph/dequantise.json: DequantizeLinear of constant weights in every layout, as onnxruntime computes it.

    python test/golden/graph/dequantise.py

Each case holds a one-node model whose weights are constants, and its result.
"""

import base64
import json
import os
import pathlib

# Before the runtime is loaded: it would report its use.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper

generator = np.random.default_rng(5)


def packed(name, kind, values, shape):
    """4-bit values, two a byte; numpy has no such type."""
    flat = [int(v) & 15 for v in values.flatten()] + [0] * (values.size % 2)
    raw = bytes(low | high << 4 for low, high in zip(flat[::2], flat[1::2]))
    return helper.make_tensor(name, kind, shape, raw, raw=True)


def tensor(name, kind, values, raw=True):
    if kind in (TensorProto.INT4, TensorProto.UINT4):
        return packed(name, kind, values, values.shape)
    values = values.astype(helper.tensor_dtype_to_np_dtype(kind))
    return helper.make_tensor(name, kind, values.shape, values.tobytes() if raw else values.flatten().tolist(), raw=raw)


def case(name, kind, shape, scale_shape, zero, opset=21, raw=True, **settings):
    low, high = {
        TensorProto.INT8: (-128, 128),
        TensorProto.UINT8: (0, 256),
        TensorProto.INT16: (-32768, 32768),
        TensorProto.UINT16: (0, 65536),
        TensorProto.INT32: (-100000, 100000),
        TensorProto.INT4: (-8, 8),
        TensorProto.UINT4: (0, 16),
    }[kind]
    x = generator.integers(low, high, shape)
    scale = generator.uniform(0.001, 0.2, scale_shape).astype(np.float32)
    constants = [tensor("x", kind, x, raw), tensor("scale", TensorProto.FLOAT, scale, raw)]
    if zero:
        constants.append(tensor("zero", kind, generator.integers(low, high, scale_shape), raw))
    node = helper.make_node("DequantizeLinear", [c.name for c in constants], ["y"], **settings)
    # The input keeps the runtime from refusing a model without any.
    add = helper.make_node("Add", ["y", "nothing"], ["sum"])
    graph = helper.make_graph(
        [node, add],
        "g",
        [helper.make_tensor_value_info("nothing", TensorProto.FLOAT, [1])],
        [helper.make_tensor_value_info("sum", TensorProto.FLOAT, shape)],
        constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=10)
    onnx.checker.check_model(model)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options)
    (result,) = session.run(None, {"nothing": np.zeros(1, np.float32)})
    encode = lambda data: base64.b64encode(data).decode()
    return {"name": name, "dims": list(shape), "model": encode(model.SerializeToString()), "result": encode(result.tobytes())}


T = TensorProto
cases = [
    case("int8, one scale", T.INT8, (4, 5), (), False, opset=13),
    case("int8, one scale, zero point", T.INT8, (4, 5), (), True, opset=13),
    case("int8 in numbers instead of bytes", T.INT8, (4, 5), (4,), True, opset=13, raw=False, axis=0),
    case("uint8, one scale for all as a list of one", T.UINT8, (4, 5), (), True, opset=10),
    case("int8, axis 0", T.INT8, (4, 5), (4,), False, opset=13, axis=0),
    case("int8, axis 1 by default", T.INT8, (4, 5), (5,), False, opset=13),
    case("uint8, axis 1, zero point", T.UINT8, (4, 4, 3), (4,), True, opset=13, axis=1),
    case("uint8, axis 0, zero point", T.UINT8, (3, 4, 3), (3,), True, opset=13, axis=0),
    case("int8, last axis", T.INT8, (3, 4, 3), (3,), True, opset=13, axis=-1),
    case("int32 bias", T.INT32, (6,), (6,), False, opset=13, axis=0),
    case("int32 in numbers", T.INT32, (6,), (6,), False, opset=13, raw=False, axis=0),
    case("int16", T.INT16, (3, 4), (4,), True, axis=1),
    case("uint16", T.UINT16, (3, 4), (3,), True, axis=0),
    case("int4, blocks along the last axis", T.INT4, (3, 7), (3, 4), False, axis=1, block_size=2),
    case("uint4, blocks along the first axis", T.UINT4, (6, 5), (2, 5), True, axis=0, block_size=3),
    case("int8, blocks in the middle", T.INT8, (2, 6, 3), (2, 3, 3), True, axis=1, block_size=2),
    case("int8, a single row, axis 0", T.INT8, (1, 5), (1,), True, opset=13, axis=0),
    case("int8, nothing in it", T.INT8, (0, 5), (5,), False, opset=13, axis=1),
    case("int8, blocks that fill the last axis", T.INT8, (2, 3, 8), (2, 3, 2), True, axis=2, block_size=4),
]
target = pathlib.Path(__file__).with_suffix(".json")
target.write_text(json.dumps(cases, separators=(",", ":")) + "\n")
print(target.name, target.stat().st_size)
