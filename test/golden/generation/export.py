"""Exports a language model with optimum: `past.onnx`, `plain.onnx`, and with "pair" also `first.onnx`, `next.onnx` and `merged.onnx`.

    python export.py SOURCE TARGET [pair]
"""

import pathlib
import sys
import tempfile

import onnx
import torch
import transformers.masking_utils
from optimum.exporters.onnx import main_export
from optimum.exporters.onnx.model_patcher import eager_mask_without_vmap
from optimum.onnx import merge_decoders

source, target = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
target.mkdir()
for name, task in (("past", "text-generation-with-past"), ("plain", "text-generation")):
    with tempfile.TemporaryDirectory() as folder:
        main_export(str(source), folder, task=task, do_validation=False, opset=17)
        onnx.save(onnx.load(str(pathlib.Path(folder, "model.onnx"))), str(target / f"{name}.onnx"), save_as_external_data=False)


class Part(torch.nn.Module):
    """A decoder with its past by position, which is `None` for the part that begins a text."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, input_ids, attention_mask, *past):
        cache = transformers.DynamicCache()
        for layer in range(len(past) // 2):
            cache.update(past[2 * layer], past[2 * layer + 1], layer)
        result = self.model(input_ids, attention_mask=attention_mask, past_key_values=cache, use_cache=True)
        return (result.logits, *(tensor for keys, values in result.past_key_values.to_legacy_cache() for tensor in (keys, values)))


if "pair" in sys.argv:
    transformers.masking_utils.ALL_MASK_ATTENTION_FUNCTIONS.register("eager", eager_mask_without_vmap)
    model = transformers.AutoModelForCausalLM.from_pretrained(source, attn_implementation="eager").eval()
    config = model.config
    names = [f"{layer}.{part}" for layer in range(config.num_hidden_layers) for part in ("key", "value")]
    past = [torch.randn(2, config.num_attention_heads, 5, config.hidden_size // config.num_attention_heads) for _ in names]
    for name, earlier in (("first", []), ("next", past)):
        length = 4 if name == "first" else 1
        inputs = (torch.ones(2, length, dtype=torch.long), torch.ones(2, length + 5 * bool(earlier), dtype=torch.long), *earlier)
        axes = {"input_ids": {0: "batch_size", 1: "sequence_length"}, "attention_mask": {0: "batch_size", 1: "past_sequence_length + 1" if earlier else "sequence_length"}}
        axes |= {f"past_key_values.{part}": {0: "batch_size", 2: "past_sequence_length"} for part in names if earlier}
        axes |= {f"present.{part}": {0: "batch_size", 2: "total_sequence_length"} for part in names} | {"logits": {0: "batch_size", 1: "sequence_length"}}
        torch.onnx.export(
            Part(model), inputs, str(target / f"{name}.onnx"), dynamo=False, opset_version=17, dynamic_axes=axes,
            input_names=["input_ids", "attention_mask", *(f"past_key_values.{part}" for part in names if earlier)],
            output_names=["logits", *(f"present.{part}" for part in names)],
        )  # fmt: skip
    merge_decoders(target / "first.onnx", target / "next.onnx", save_path=target / "merged.onnx")
