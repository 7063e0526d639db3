"""Makes the corpus: tiny random transformers, exported as people export them, and what torch computes with each.

    python test/corpus/make.py [--all] [name or beginning of a name ...]

A file is called <architecture>.<attention>.<export>.<variant>.onnx.gz: attention written out ("eager") or as scaled_dot_product_attention
("sdpa"); the TorchScript exporter at operator sets 11, 14, 17 or the dynamo exporter at 18 and 23; variants made by the runtime's own tools.
Decoders with a past come from other tools (see decoders.py).
Without --all: the files that `npm test` reads, in test/corpus. With --all: every combination, in out/corpus. Models go to a folder models, what
torch computes to goldens. Goldens are made by the eager model; those of a variant by the torch model with the weights of the variant as 32-bit floats (see variants.py).
What could not be made is listed, with the words of the tool, in made.json beside the models.
"""

import base64
import contextlib
import gzip
import itertools
import json
import logging
import os
import pathlib
import sys
import tempfile
import warnings

# Before the runtime is loaded: it would report its use.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import numpy
import onnx
import onnxruntime
import torch
from architectures import architectures, random_model
from decoders import Decoder, decoders, export_decoder
from rarer import rarer
from reference import goldens, texts
from variants import variants

warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)
torch.set_num_threads(1)

here = pathlib.Path(__file__).resolve().parent
ways = {"ts11": (11, False), "ts14": (14, False), "ts17": (17, False), "dynamo18": (18, True), "dynamo23": (23, True)}
# Their classes know only attention that is written out, or torch cannot translate the other.
written_out = ("debertav2", "gemma2", "mpnet", "funnel", "squeezebert", "t5encoder", "t5")
# Two exports of each architecture that can be exported for texts of any length; variants of those that people shrink most.
committed = {
    *((name, "eager", "ts17", "fp32") for name in architectures if name not in ("squeezebert", "funnel")),
    *((name, "eager" if name in written_out else "sdpa", "dynamo18", "fp32") for name in architectures),
    ("bert", "eager", "ts11", "fp32"),
    ("debertav2", "eager", "ts11", "fp32"),
    ("roberta", "sdpa", "ts14", "fp32"),
    *((name, "sdpa", "dynamo23", "fp32") for name in ("bert", "llama")),
    # Rows of −∞ throughout: a causal mask, and padding on the left.
    ("gpt2", "sdpa", "ts14", "fp32"),
    *(("bert", "eager", "ts17", variant) for variant in variants if variant not in ("offline", "int8blocks")),
    ("roberta", "eager", "ts17", "fused"),
    *(("gpt2", "eager", "ts17", variant) for variant in ("fused", "int8")),
    *(("llama", "eager", "ts17", variant) for variant in ("fp16", "int4")),
    ("t5encoder", "eager", "ts17", "int8"),
    # A slice of the ids that is the whole, scores with a part for segments, convolutions.
    ("xlm", "eager", "ts17", "fp32"),
    ("xlnet", "eager", "ts17", "fp32"),
    ("convbert", "eager", "dynamo18", "fp32"),
}


class Logits(torch.nn.Module):
    """A model that takes its inputs by position and answers with logits only, as exported files do."""

    def __init__(self, model, names):
        super().__init__()
        self.model, self.names = model, names

    def forward(self, *inputs):
        return self.model(**dict(zip(self.names, inputs))).logits


decoding = {(name, decoder.attention, decoder.way, "fp32") for name, decoder in decoders.items()}
decoding |= {(name, "sdpa", "dynamo18", "fp32") for name in ("gpt2past", "llamapast")}
everything = {**architectures, **rarer, **decoders}


def rarer_cells(name):
    """Two exports, of attention as each exporter is mostly used with."""
    attention = "sdpa" if getattr(rarer[name].kind, "_supports_sdpa", False) else "eager"
    return [(name, "eager", "ts17", "fp32"), (name, attention, "dynamo18", "fp32")]


def export(architecture, attention, way, path):
    opset, dynamo = ways[way]
    names = list(architecture.inputs)
    model = Logits(random_model(architecture, attention), names).eval()
    inputs = texts(names, "right")
    arguments = tuple(inputs[name] for name in names)
    lengths = {name: "target" if name.startswith("decoder") else "sequence" for name in names}
    settings = dict(input_names=names, output_names=["logits"], opset_version=opset)
    if dynamo:
        dims = {name: torch.export.Dim(name) for name in ("batch", "sequence", "target")}
        shapes = tuple({0: dims["batch"], 1: dims[lengths[name]]} for name in names)
        program = torch.onnx.export(model, arguments, dynamo=True, dynamic_shapes=(shapes,), verbose=False, **settings)
        program.save(str(path), external_data=False)
    else:
        axes = {name: {0: "batch", 1: lengths[name]} for name in names}
        torch.onnx.export(model, arguments, str(path), dynamo=False, dynamic_axes={**axes, "logits": {0: "batch"}}, **settings)


def strip(path):
    """Takes out the notes on where nodes came from, which are most of a small file. Names of values stay as the exporter gave them."""
    model = onnx.load(str(path))
    for node in model.graph.node:
        node.name = ""
    for part in [model.graph, *model.graph.node, *model.graph.value_info, *model.graph.input, *model.graph.output]:
        part.ClearField("metadata_props")
        part.ClearField("doc_string")
    onnx.save(model, str(path))


def compress(path):
    """Most of a small file are long names; without a date in it, the compressed file is the same each time."""
    path.with_suffix(".onnx.gz").write_bytes(gzip.compress(path.read_bytes(), 9, mtime=0))
    path.unlink()


def check(path, cases):
    """A trace may have taken the lengths of its text for constants: such a file answers otherwise than torch for texts of other lengths."""
    try:
        session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        answer(session, cases["right"])
    except Exception:  # What the runtime cannot run even with the text of the trace may still be a file that can be explained.
        return
    sizes = {value.name: value.shape for value in session.get_inputs()}
    for side, case in cases.items():
        shapes = {name: numpy.array(case["inputs"][name]).shape for name in sizes}
        if any(isinstance(size, int) and size != have for name, shape in shapes.items() for size, have in zip(sizes[name], shape)):
            continue
        logits = numpy.frombuffer(base64.b64decode(case["logits"]["base64"]), numpy.float32).reshape(case["logits"]["dims"])
        ours = answer(session, case)
        if ours.shape != logits.shape or not abs(ours - logits).max() < 1e-3:
            raise ValueError(f"the export answers otherwise than torch ({side}, {abs(ours - logits).max():.0e})")


def answer(session, case):
    (logits,) = session.run(["logits"], {value.name: numpy.array(case["inputs"][value.name]) for value in session.get_inputs()})
    return logits


def write_golden(folder, name, variant, cases):
    path = folder.parent / "goldens" / f"{name}.{variant}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(cases, separators=(",", ":")) + "\n")


def make(name, attention, way, variant, folder, sources, cases):
    """Makes one file, and the golden where the variant has weights of its own."""
    architecture = everything[name]
    path = folder / f"{name}.{attention}.{way}.{variant}.onnx"
    if variant == "fp32":
        if isinstance(architecture, Decoder):
            export_decoder(architecture, way, path)
        else:
            export(architecture, attention, way, path)
            check(path, cases)
        strip(path)
        compress(path)
        return
    source = sources / f"{name}.{attention}.{way}.onnx"
    if not source.exists():
        export(architecture, attention, way, source)
    check(source, cases)
    weights = variants[variant](architecture, source, path)
    if weights is not None:
        model = random_model(architecture, "eager")
        weights(model)
        write_golden(folder, name, variant, goldens(model, architecture))
    strip(path)
    compress(path)


def said(error):
    return f"{type(error).__name__}: {str(error).strip().splitlines()[0] if str(error).strip() else ''}"[:200]


def main(arguments):
    complete = "--all" in arguments
    wanted = [argument for argument in arguments if not argument.startswith("--")]
    folder = (here.parents[1] / "out" / "corpus" if complete else here) / "models"
    folder.mkdir(parents=True, exist_ok=True)
    fp32 = itertools.product(architectures, ("eager", "sdpa"), ("ts11", "ts14", "ts17", "dynamo18"), ("fp32",))
    others = itertools.product(architectures, ("eager",), ("ts17",), variants)
    newest = itertools.product(architectures, ("sdpa",), ("dynamo23",), ("fp32",))
    rare = itertools.chain.from_iterable(rarer_cells(name) for name in rarer)
    cells = [*fp32, *newest, *others, *rare, *sorted(decoding)] if complete else sorted(committed | {cell for cell in decoding if cell[0] not in ("t5merged", "qwen2grouped", "qwen3grouped")})
    cells = [cell for cell in cells if cell[1] != "sdpa" or cell in decoding or getattr(everything[cell[0]].kind, "_supports_sdpa", False)]
    cells = [cell for cell in cells if not wanted or any(f"{'.'.join(cell)}.".startswith(f"{label}.") for label in wanted)]
    record = folder / "made.json"
    made = {}
    with tempfile.TemporaryDirectory() as sources:
        for name in dict.fromkeys(cell[0] for cell in cells):
            try:
                cases = goldens(random_model(everything[name], "eager"), everything[name])
            except Exception as error:
                made[name] = said(error)
                print(name, made[name], flush=True)
                continue
            write_golden(folder, name, "fp32", cases)
            for cell in (cell for cell in cells if cell[0] == name):
                label = ".".join(cell)
                try:
                    with open(os.devnull, "w") as silence, contextlib.redirect_stdout(silence), contextlib.redirect_stderr(silence):
                        make(*cell, folder, pathlib.Path(sources), cases)
                    made[label] = None
                except Exception as error:
                    made[label] = said(error)
                    for rest in folder.glob(f"{label}.onnx*"):
                        rest.unlink()
                print(label, made[label] or (folder / f"{label}.onnx.gz").stat().st_size, flush=True)
    before = json.loads(record.read_text()) if record.exists() else {}
    record.write_text(json.dumps(dict(sorted({**before, **made}.items())), indent=1) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
