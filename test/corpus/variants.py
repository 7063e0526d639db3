"""Variants of exported files, made by the runtime's own tools: fused operators, 16-bit floats, 8 and 4-bit weights.

Each function writes a file made from another and returns what gives a torch model the weights of the new file as 32-bit floats, or None
where they are the same. A smaller file is another function than its parent, so torch must compute with the weights that it holds.
"""

import numpy
import onnx
import onnxruntime
import torch
from onnx import numpy_helper
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_dynamic, quantize_static
from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer
from onnxruntime.transformers import optimizer
from onnxruntime.transformers.onnx_model import OnnxModel
from reference import texts
from transformers.activations import GELUActivation
from transformers.models.gemma2.modeling_gemma2 import Gemma2RMSNorm


def fused(architecture, source, path):
    if architecture.fused is None:
        raise ValueError("the optimiser knows no such architecture")
    config = architecture.config
    sizes = dict(num_heads=config.num_attention_heads, hidden_size=config.hidden_size)
    model = optimizer.optimize_model(str(source), model_type=architecture.fused, opt_level=0, **sizes)
    if not sum(model.get_fused_operator_statistics().values()):
        raise ValueError("the optimiser fused nothing")
    model.save_model_to_file(str(path))


def fp16(_, source, path):
    model = OnnxModel(onnx.load(str(source)))
    model.convert_float_to_float16(keep_io_types=True)
    model.save_model_to_file(str(path))

    def weights(torch_model):
        with torch.no_grad():
            # Buffers hold the frequencies of rotary positions, which are rounded too.
            norms = {module: module.weight.clone() for module in torch_model.modules() if isinstance(module, Gemma2RMSNorm)}
            for tensor in [*torch_model.parameters(), *(buffer for buffer in torch_model.buffers() if buffer.is_floating_point())]:
                tensor.copy_(tensor.half().float())
        for module in torch_model.modules():
            # Numbers in the code, such as the scale of attention, are 16 bits in the file too: 1/√8 is off by 1e-4.
            for name in ("scaling", "variance_epsilon"):
                if isinstance(getattr(module, name, None), float):
                    setattr(module, name, float(torch.tensor(getattr(module, name)).half()))
            if isinstance(module, GELUActivation):
                module.act = lambda x: x * 0.5 * (1 + torch.erf(x / float(torch.tensor(2.0).sqrt().half())))
            if isinstance(module, Gemma2RMSNorm):  # Exporters add the 1 beforehand.
                with torch.no_grad():
                    module.weight.copy_((1 + norms[module]).half().float() - 1)

    return weights


def int8(_, source, path):
    quantize_dynamic(str(source), str(path), weight_type=QuantType.QInt8)
    return replaced(source, path, eight_bits)


def uint8(_, source, path):
    quantize_dynamic(str(source), str(path), weight_type=QuantType.QUInt8, per_channel=True)
    return replaced(source, path, eight_bits)


class Texts(CalibrationDataReader):
    """Feeds the texts of the goldens to the static quantiser."""

    def __init__(self, names):
        sides = ("right", "left")
        self.batches = iter([{name: value.numpy() for name, value in texts(names, side).items()} for side in sides])

    def get_next(self):
        return next(self.batches, None)


def qdq(architecture, source, path):
    quantize_static(
        str(source), str(path), Texts(architecture.inputs), quant_format=QuantFormat.QDQ,
        weight_type=QuantType.QInt8, activation_type=QuantType.QUInt8,
        # Attention masks span the whole range of floats; what is added to them would be rounded away.
        op_types_to_quantize=["MatMul", "Gemm"], extra_options={"QuantizeBias": False, "MatMulConstBOnly": True},
    )  # fmt: skip
    return replaced(source, path, eight_bits)


def qoperator(architecture, source, path):
    """Operators that compute with 8-bit numbers from end to end: QLinearMatMul, QGemm, QLinearSoftmax, moved 8-bit numbers in between."""
    quantize_static(
        str(source), str(path), Texts(architecture.inputs), quant_format=QuantFormat.QOperator,
        weight_type=QuantType.QInt8, activation_type=QuantType.QUInt8,
        op_types_to_quantize=["MatMul", "Gemm", "Gather", "Softmax", "Transpose", "Reshape"],
    )  # fmt: skip
    return replaced(source, path, eight_bits)


def fusedint8(architecture, source, path):
    """Dynamic int8 of a fused file: QAttention, QEmbedLayerNormalization."""
    parent = source.with_suffix(".fused.onnx")
    fused(architecture, source, parent)
    # The tool does not infer types through fused operators.
    settings = {"DefaultTensorType": onnx.TensorProto.FLOAT}
    quantize_dynamic(str(parent), str(path), weight_type=QuantType.QInt8, extra_options=settings)
    return replaced(parent, path, eight_bits)


def offline(_, source, path):
    """Dynamic int8 as the runtime writes it after its own optimisation: DynamicQuantizeMatMul, FusedMatMul, BiasGelu."""
    quantised = source.with_suffix(".int8.onnx")
    quantize_dynamic(str(source), str(quantised), weight_type=QuantType.QInt8)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    options.optimized_model_filepath = str(path)
    options.log_severity_level = 3
    onnxruntime.InferenceSession(str(quantised), options, providers=["CPUExecutionProvider"])
    return replaced(source, quantised, eight_bits)


def in_blocks(**settings):
    """Weights in blocks of 16 numbers with a scale each."""

    def variant(_, source, path):
        quantizer = MatMulNBitsQuantizer(onnx.load(str(source)), block_size=16, **settings)
        quantizer.process()
        quantizer.model.save_model_to_file(str(path))
        return replaced(source, path, blocks)

    return variant


def eight_bits(model):
    """Name of the parent's weight → the weight that the quantised file holds, for weights the quantiser calls `<name>_quantized`."""
    stored = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    found = {}
    for name, integers in stored.items():
        base = name.removesuffix("_quantized")
        if base != name and f"{base}_scale" in stored:
            scale, zero = stored[f"{base}_scale"], stored[f"{base}_zero_point"]
            found[base] = (integers.astype(numpy.float32) - zero.astype(numpy.float32)) * scale
    for node in model.graph.node:
        if node.op_type == "QGemm" and node.input[6]:
            scale = stored[node.input[1]] * stored[node.input[4]]
            found[node.input[6].removesuffix("_quantized")] = stored[node.input[6]].astype(numpy.float32) * scale
    return found


def unpacked(packed, bits):
    """Numbers of so many bits along the last axis, the lowest bits of a byte first."""
    parts = [packed >> shift & (2**bits - 1) for shift in range(0, 8, bits)]
    return numpy.stack(parts, -1).reshape(*packed.shape[:-1], -1)


def of_blocks(integers, scales, zeros, size):
    """(q − zero point) · scale of its block, along the last axis."""
    spread = [numpy.repeat(part.astype(numpy.float32), size, -1)[..., : integers.shape[-1]] for part in (zeros, scales)]
    return (integers.astype(numpy.float32) - spread[0]) * spread[1]


def blocks(model):
    """Name of the parent's weight → what the file holds in blocks: MatMulNBits, GatherBlockQuantized, or DequantizeLinear with a block size."""
    stored = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    found = {}
    for node in model.graph.node:
        settings = {attribute.name: attribute.i for attribute in node.attribute}
        tensors = [stored.get(name) for name in node.input]
        if node.op_type == "MatMulNBits":
            bits, columns = settings["bits"], settings["N"]
            integers = unpacked(tensors[1], bits).reshape(columns, -1)
            scales = tensors[2].reshape(columns, -1)
            given = len(tensors) > 3
            zeros = unpacked(tensors[3].reshape(columns, -1), bits)[:, : scales.shape[1]] if given else numpy.full_like(scales, 2 ** (bits - 1))
            found[node.input[1].rsplit("_Q", 1)[0]] = of_blocks(integers, scales, zeros, settings["block_size"])[:, : settings["K"]].T
        elif node.op_type == "GatherBlockQuantized":
            zeros = tensors[3] if len(tensors) > 3 else numpy.zeros_like(tensors[2])
            found[node.input[0].rsplit("_Q", 1)[0]] = of_blocks(tensors[0], tensors[2], zeros, settings["block_size"])
        elif node.op_type == "DequantizeLinear" and settings.get("block_size"):
            zeros = tensors[2] if len(tensors) > 2 else numpy.zeros_like(tensors[1])
            parts = [numpy.moveaxis(part, settings["axis"], -1) for part in (tensors[0], tensors[1], zeros)]
            found[node.input[0].rsplit("_DQ_Q", 1)[0]] = numpy.moveaxis(of_blocks(*parts, settings["block_size"]), -1, settings["axis"])
    return found


def replaced(source, path, dequantised):
    """Finds the parameter of torch behind each weight by its values, since exporters rename and transpose weights."""
    parent = {tensor.name: numpy_helper.to_array(tensor) for tensor in onnx.load(str(source)).graph.initializer}
    file = onnx.load(str(path))
    weights = dequantised(file)
    if not weights:
        raise ValueError("nothing was quantised")
    stored = {tensor.name: numpy_helper.to_array(tensor) for tensor in file.graph.initializer}
    written = {}

    def write(parameter, original, value):
        """Weights that torch shares may be quantised in one place of a file and not, or otherwise, in another: no torch model computes that."""
        as_floats = any(numpy.array_equal(other, form) for other in stored.values() for form in (original, original.T))
        if as_floats or not numpy.array_equal(written.setdefault(id(parameter), value), value):
            raise ValueError("a weight that torch shares is quantised in one place of the file and not, or otherwise, in another")
        parameter.copy_(torch.from_numpy(numpy.ascontiguousarray(value)))

    def apply(torch_model):
        parameters = list(torch_model.parameters())
        originals = [parameter.detach().numpy().copy() for parameter in parameters]
        def pieces(before, after):
            """A weight, or the three that the optimiser put side by side for queries, keys and values."""
            whole = any(form.shape == before.shape and (form == before).all() for original in originals for form in (original, original.T))
            return [(before, after)] if whole or before.ndim != 2 else zip(numpy.split(before, 3, 1), numpy.split(after, 3, 1), strict=True)

        with torch.no_grad():
            for name, value in weights.items():
                for before, after in pieces(parent[name], value):
                    # The quantiser turns Gemm into MatMul and stores its weight the other way round.
                    forms = [(before, after)] if before.shape == after.shape else []
                    forms += [(before, after.T)] if before.shape == after.T.shape else []
                    old, new = min(forms, key=lambda form: abs(form[0] - form[1]).max())
                    for parameter, original in zip(parameters, originals, strict=True):
                        if original.shape == old.shape and (original == old).all():
                            write(parameter, original, new)
                            break
                        if original.T.shape == old.shape and (original.T == old).all():
                            write(parameter, original, new.T)
                            break
                    else:
                        raise ValueError(f"no parameter of torch has the values of {name}")

    return apply


variants = {
    "fused": fused, "fp16": fp16, "int8": int8, "uint8": uint8, "qdq": qdq, "qoperator": qoperator, "fusedint8": fusedint8, "offline": offline,
    "int4": in_blocks(is_symmetric=True),
    "int4gather": in_blocks(op_types_to_quantize=("MatMul", "Gather")),
    "int4qdq": in_blocks(is_symmetric=True, quant_format=QuantFormat.QDQ),
    "int8blocks": in_blocks(bits=8),
}  # fmt: skip
