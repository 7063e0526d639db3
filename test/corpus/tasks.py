"""Makes tiny random models that answer for tokens: entities, answers in a text, blanks and next words; and what torch computes with each at a few places.

    python test/corpus/tasks.py [name ...]

Files are test/corpus/tasks/<task>.<architecture>.<export>.onnx.gz, with texts, logits at places and gradients of these in a .json beside them. Settings, weights and
texts are those of the corpus (architectures.py, reference.py).
"""

import contextlib
import copy
import dataclasses
import json
import os
import pathlib
import sys
import warnings

import torch
import transformers
from architectures import architectures, causal, common, end, inner, layers, pad, positions, random_model, start, vocabulary, width
from make import compress, strip, ways
from reference import Lookups, floats, texts
from transformers.models.deberta_v2 import modeling_deberta_v2

here = pathlib.Path(__file__).resolve().parent
exporters = {**ways, "scripted17": ways["ts17"]}
answers = ("start_logits", "end_logits")


@dataclasses.dataclass(frozen=True)
class TaskModel:
    """A class of transformers, its settings, what its export reads and gives, and by which exporters it is written."""

    kind: type
    config: object
    inputs: tuple = ("input_ids", "attention_mask")
    outputs: tuple = ("logits",)
    exports: tuple = ("ts17", "dynamo18")


def like(name, kind, exports=("dynamo18",), outputs=("logits",), **changes):
    """A class with the settings of an architecture of the corpus."""
    architecture = architectures[name]
    config = copy.deepcopy(architecture.config)
    config.update(changes)
    return TaskModel(kind, config, architecture.inputs, outputs, exports)


both = ("ts17", "dynamo18")
grouped = dict(
    vocab_size=vocabulary, hidden_size=32, num_hidden_layers=layers, num_attention_heads=4, num_key_value_heads=2, intermediate_size=inner,
    max_position_embeddings=positions, pad_token_id=pad, initializer_range=0.15, **causal,
)  # fmt: skip
models = {
    "entities.bert": like("bert", transformers.BertForTokenClassification, both, num_labels=5),
    "entities.distilbert": like("distilbert", transformers.DistilBertForTokenClassification, num_labels=5),
    "entities.roberta": like("roberta", transformers.RobertaForTokenClassification, num_labels=5),
    "entities.debertav2": like("debertav2", transformers.DebertaV2ForTokenClassification, num_labels=5),
    "answer.bert": like("bert", transformers.BertForQuestionAnswering, both, answers, num_labels=2),
    "answer.distilbert": like("distilbert", transformers.DistilBertForQuestionAnswering, outputs=answers, num_labels=2),
    "answer.roberta": like("roberta", transformers.RobertaForQuestionAnswering, outputs=answers, num_labels=2),
    "answer.debertav2": like("debertav2", transformers.DebertaV2ForQuestionAnswering, ("scripted17", "dynamo18"), answers, num_labels=2),
    "blank.bert": like("bert", transformers.BertForMaskedLM, both),
    "blank.distilbert": like("distilbert", transformers.DistilBertForMaskedLM),
    "blank.roberta": like("roberta", transformers.RobertaForMaskedLM, both),
    # An activation function that is written out with a sum in it.
    "blank.albert": like("albert", transformers.AlbertForMaskedLM),
    "blank.debertav2": like("debertav2", transformers.DebertaV2ForMaskedLM),
    "blank.modernbert": like("modernbert", transformers.ModernBertForMaskedLM),
    "next.gpt2": like("gpt2", transformers.GPT2LMHeadModel, both),
    "next.llama": like("llama", transformers.LlamaForCausalLM, both),
    # Logits between two bounds.
    "next.gemma2": like("gemma2", transformers.Gemma2ForCausalLM, final_logit_softcapping=4.0),
    "next.qwen2": TaskModel(transformers.Qwen2ForCausalLM, transformers.Qwen2Config(**grouped), exports=("dynamo18",)),
    "next.opt": TaskModel(
        transformers.OPTForCausalLM,
        transformers.OPTConfig(
            vocab_size=vocabulary, hidden_size=width, num_hidden_layers=layers, num_attention_heads=2, ffn_dim=inner, max_position_embeddings=positions,
            word_embed_proj_dim=width, pad_token_id=pad, init_std=0.15, **causal,
        ),
    ),
    "next.gptneox": TaskModel(
        transformers.GPTNeoXForCausalLM,
        transformers.GPTNeoXConfig(
            vocab_size=vocabulary, hidden_size=width, num_hidden_layers=layers, num_attention_heads=2, intermediate_size=inner, max_position_embeddings=positions,
            pad_token_id=pad, initializer_range=0.15, **causal,
        ),
        exports=("dynamo18",),
    ),
    "next.bloom": TaskModel(
        transformers.BloomForCausalLM,
        transformers.BloomConfig(hidden_size=width, n_layer=layers, n_head=2, **{**common, "initializer_range": 0.15}, **causal),
    ),
}  # fmt: skip


@contextlib.contextmanager
def scripted():
    """Functions of DeBERTa that ask for sizes are compiled, as in transformers 4: what is exported then chooses by them while it runs."""
    names = ("scaled_size_sqrt", "build_rpos", "c2p_dynamic_expand", "p2c_dynamic_expand", "pos_dynamic_expand")
    as_they_are = {name: getattr(modeling_deberta_v2, name) for name in names}
    modeling_deberta_v2.make_log_bucket_position.__annotations__.update(bucket_size=int, max_position=int)
    try:
        for name, function in as_they_are.items():
            setattr(modeling_deberta_v2, name, torch.jit.script(function))
        yield
    finally:
        for name, function in as_they_are.items():
            setattr(modeling_deberta_v2, name, function)


class Outputs(torch.nn.Module):
    """A model that takes its inputs by position and answers with its outputs in order."""

    def __init__(self, model, inputs, outputs):
        super().__init__()
        self.model, self.inputs, self.outputs = model, inputs, outputs

    def forward(self, *inputs):
        result = self.model(**dict(zip(self.inputs, inputs)))
        return tuple(result[name] for name in self.outputs)


def export(model, task, way, path):
    opset, dynamo = exporters[way]
    inputs = texts(task.inputs, "right")
    arguments = tuple(inputs[name] for name in task.inputs)
    settings = dict(input_names=list(task.inputs), output_names=list(task.outputs), opset_version=opset, dynamo=dynamo)
    wrapped = Outputs(model, task.inputs, task.outputs).eval()
    if dynamo:
        dims = {name: torch.export.Dim(name) for name in ("batch", "sequence")}
        program = torch.onnx.export(wrapped, arguments, dynamic_shapes=(tuple({0: dims["batch"], 1: dims["sequence"]} for _ in inputs),), verbose=False, **settings)
        program.save(str(path), external_data=False)
    else:
        axes = {name: {0: "batch", 1: "sequence"} for name in (*task.inputs, *task.outputs)}
        torch.onnx.export(wrapped, arguments, str(path), dynamic_axes=axes, **settings)


def golden(model, task):
    """Outputs at two places of each text, flattened as row * tokens + place, and the gradients of one of them and of a mix with respect to the looked-up words."""
    inputs = texts(task.inputs, "right")
    tokens = inputs["input_ids"].shape[1]
    places = [row * tokens + place for row, pair in enumerate(((5, 2), (1, 3))) for place in pair]
    with Lookups(model) as lookups:
        result = model(**inputs)
    outputs = [result[name] if result[name].dim() == 3 else result[name][..., None] for name in task.outputs]
    logits = torch.cat(outputs, -1).flatten(0, 1)[places]
    one, generator = torch.zeros_like(logits), torch.Generator().manual_seed(5)
    one[1, 1] = 1
    seeds = {"one logit": one, "mix": torch.randn(logits.shape, generator=generator)}
    targets = {name: {"seed": floats(seed), "gradient": floats(torch.autograd.grad(logits, lookups[0], seed, retain_graph=True)[0])} for name, seed in seeds.items()}
    return {
        "inputs": {name: value.tolist() for name, value in inputs.items()},
        "outputs": list(task.outputs),
        "places": places,
        "logits": floats(logits),
        "targets": targets,
    }


def make(name):
    task = models[name]
    folder = here / "tasks"
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.json").write_text(json.dumps(golden(random_model(task, "eager"), task), separators=(",", ":")) + "\n")
    for way in task.exports:
        attention = "sdpa" if exporters[way][1] and getattr(task.kind, "_supports_sdpa", False) else "eager"
        path = folder / f"{name}.{way}.onnx"
        compiled = scripted() if way == "scripted17" else contextlib.nullcontext()
        with open(os.devnull, "w") as silence, contextlib.redirect_stdout(silence), contextlib.redirect_stderr(silence), compiled:
            export(random_model(task, attention), task, way, path)
        strip(path)
        compress(path)
        print(path.name, path.with_suffix(".onnx.gz").stat().st_size, flush=True)


if __name__ == "__main__":
    warnings.filterwarnings("ignore")
    for name in sys.argv[1:] or models:
        try:
            make(name)
        except Exception as error:
            print(name, type(error).__name__, str(error)[:300], flush=True)
