"""Decoders of the corpus, exported by the tools that write them for generating text: optimum, the model builder of onnxruntime-genai, and torch.

They keep keys and values of earlier tokens: files have a past as inputs and return it. Torch computes without one, as at the beginning of a text.
optimum needs an environment of its own (requirements-optimum.txt); the variable OPTIMUM_CLI says where its command is. The model builder is
onnxruntime-genai 0.18.0, installed without its dependencies.
"""

import copy
import dataclasses
import os
import pathlib
import subprocess
import sys
import tempfile

import onnx
import tokenizers
import torch
import transformers
from architectures import Architecture, architectures, end, inner, layers, pad, positions, random_model, start, vocabulary
from reference import texts


@dataclasses.dataclass(frozen=True)
class Decoder(Architecture):
    """An architecture that one tool exports: `way` is its name, `file` the one to take of what it writes for `task`."""

    way: str = "optimum"
    task: str = "text-generation-with-past"
    file: str = "model.onnx"
    # The attention of the class as the tool exports it.
    attention: str = "sdpa"
    sides: tuple = ("single", "right", "left")


def generating(name, **changes):
    config = copy.deepcopy(architectures[name].config)
    return type(config)(**{**config.to_dict(), "use_cache": True, **changes})


text = ("input_ids", "attention_mask", "position_ids")
decoder = ("input_ids", "encoder_attention_mask", "encoder_hidden_states")
# The runtime wants heads that are wider than usual here.
wide = dict(num_attention_heads=2, num_key_value_heads=1, head_dim=16)
sizes = dict(
    vocab_size=vocabulary, hidden_size=32, num_hidden_layers=layers, intermediate_size=inner, max_position_embeddings=positions,
    pad_token_id=pad, eos_token_id=end, bos_token_id=start, initializer_range=0.15,
)  # fmt: skip
answer = "text2text-generation-with-past"

decoders = {
    "gpt2past": Decoder(transformers.GPT2LMHeadModel, generating("gpt2"), text),
    "llamapast": Decoder(transformers.LlamaForCausalLM, generating("llama"), text),
    # It counts positions from the first token, so that padding on the left is not for it.
    "llamagrouped": Decoder(
        transformers.LlamaForCausalLM, generating("llama", **wide), text[:2], way="genai", attention="grouped", sides=("single", "right")
    ),
    **{
        f"{name}grouped": Decoder(kind, config, text[:2], way="genai", attention="grouped", sides=("single", "right"))
        for name, kind, config in (
            # Normalised queries and keys; soft caps, windows and a scale of its own; biases.
            ("qwen3", transformers.Qwen3ForCausalLM, transformers.Qwen3Config(**sizes, **wide)),
            ("gemma2", transformers.Gemma2ForCausalLM, generating("gemma2", **{**wide, "query_pre_attn_scalar": 12})),
            ("qwen2", transformers.Qwen2ForCausalLM, transformers.Qwen2Config(**sizes, **wide)),
        )
    },
    "t5decoder": Decoder(transformers.T5ForConditionalGeneration, generating("t5"), decoder, task=answer, file="decoder_model.onnx", attention="eager"),
    "t5merged": Decoder(
        transformers.T5ForConditionalGeneration, generating("t5"), decoder, task=answer, file="decoder_model_merged.onnx", attention="eager"
    ),
    "bartmerged": Decoder(transformers.BartForConditionalGeneration, generating("bart"), decoder, task=answer, file="decoder_model_merged.onnx"),
}  # fmt: skip


class WithPast(torch.nn.Module):
    """A decoder that takes keys and values of earlier tokens by position and returns them with its own."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, input_ids, attention_mask, position_ids, past):
        cache = transformers.DynamicCache()
        for layer, (keys, values) in enumerate(past):
            cache.update(keys, values, layer)
        result = self.model(input_ids, attention_mask=attention_mask, position_ids=position_ids, past_key_values=cache, use_cache=True)
        return (result.logits, *(tensor for layer in result.past_key_values.layers for tensor in (layer.keys, layer.values)))


def export_with_past(architecture, path):
    """By torch's dynamo exporter, with a past as inputs."""
    model = random_model(architecture, "sdpa")
    inputs = texts(architecture.inputs, "right")
    earlier, config = 3, architecture.config
    shape = (len(inputs["input_ids"]), getattr(config, "num_key_value_heads", config.num_attention_heads), earlier, 8)
    past = [(torch.randn(shape), torch.randn(shape)) for _ in range(layers)]
    mask = torch.nn.functional.pad(inputs["attention_mask"], (earlier, 0), value=1)
    dims = {name: torch.export.Dim(name) for name in ("batch", "sequence", "past")}
    tokens, cached = {0: dims["batch"], 1: dims["sequence"]}, {0: dims["batch"], 2: dims["past"]}
    parts = [f"{layer}.{part}" for layer in range(layers) for part in ("key", "value")]
    program = torch.onnx.export(
        WithPast(model), (inputs["input_ids"], mask, inputs["position_ids"] + earlier, past), dynamo=True, opset_version=18, verbose=False,
        dynamic_shapes=(tokens, {0: dims["batch"], 1: torch.export.Dim.DYNAMIC}, tokens, [(cached, cached)] * layers),
        input_names=[*architecture.inputs, *(f"past_key_values.{part}" for part in parts)],
        output_names=["logits", *(f"present.{part}" for part in parts)],
    )  # fmt: skip
    program.save(str(path), external_data=False)


def save_for_tools(model, source):
    """A folder of a model as the tools read it, with a tokenizer whose words are numbers."""
    model.save_pretrained(source)
    words = tokenizers.Tokenizer(tokenizers.models.WordLevel({f"t{i}": i for i in range(vocabulary)}, unk_token="t3"))
    special = dict(pad_token=f"t{pad}", eos_token=f"t{end}", bos_token=f"t{start}")
    transformers.PreTrainedTokenizerFast(tokenizer_object=words, **special).save_pretrained(source)


def run_tool(command):
    result = subprocess.run(command, env={**os.environ, "HF_HUB_OFFLINE": "1"}, capture_output=True, text=True)
    if result.returncode != 0:
        raise RuntimeError(result.stderr.strip().splitlines()[-1])


def by_optimum(source, task, target):
    run_tool([os.environ.get("OPTIMUM_CLI", "optimum-cli"), "export", "onnx", "--model", source, "--task", task, target])


def export_decoder(architecture, way, path):
    """Writes the file of a decoder, in one piece."""
    if way == "dynamo18":
        export_with_past(architecture, path)
        return
    with tempfile.TemporaryDirectory() as folder:
        source, target = pathlib.Path(folder, "source"), pathlib.Path(folder, "target")
        save_for_tools(random_model(architecture, "eager"), source)
        if architecture.way == "optimum":
            by_optimum(source, architecture.task, target)
        else:
            builder = [sys.executable, "-m", "onnxruntime_genai.models.builder"]
            run_tool([*builder, "-i", source, "-o", target, "-p", "fp32", "-e", "cpu", "-c", f"{folder}/cache"])
        onnx.save(onnx.load(target / architecture.file), str(path), save_as_external_data=False)
