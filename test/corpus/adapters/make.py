"""What `peft` merges: tiny models with LoRA adapters, and what torch computes with them after merge_and_unload.

    python test/corpus/adapters/make.py [name or beginning of a name ...]

Writes <name>.json: settings, names and sizes of the tensors of the model and of the adapter, what the merged model is fed, and its outputs. Weights are made of their names, as in
checkpoints/make.py. Versions are in requirements.txt.
"""

import dataclasses
import json
import logging
import pathlib
import sys
import tempfile
import warnings

import peft
import safetensors
import safetensors.torch
import torch
import transformers

here = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(here.parent / "checkpoints"), str(here.parent)]

from case import Case  # noqa: E402
from make import filled, outputs_of, texts  # noqa: E402
from reference import floats  # noqa: E402

warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)
torch.set_num_threads(1)


@dataclasses.dataclass(frozen=True)
class Adapter:
    """The class that is saved, the class that is trained, and how."""

    saved: type
    trained: type
    config: object
    lora: peft.LoraConfig
    inputs: tuple = ("input_ids", "attention_mask")
    changes: dict = dataclasses.field(default_factory=dict)
    words: int | None = None
    """How many words there are in training, where other than in what is saved."""
    merges: bool = True
    """Whether the package's merge computes what was trained: with tied words it changes their prediction too."""


bert = transformers.BertConfig(vocab_size=60, hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=24, max_position_embeddings=24, pad_token_id=1)
gpt2 = transformers.GPT2Config(vocab_size=60, n_embd=16, n_layer=2, n_head=2, n_inner=24, n_positions=24, bos_token_id=0, eos_token_id=2, pad_token_id=1)
llama = transformers.LlamaConfig(vocab_size=60, hidden_size=16, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2, intermediate_size=24, max_position_embeddings=24, pad_token_id=1)
tied = transformers.LlamaConfig(**{**llama.to_dict(), "tie_word_embeddings": True})
t5 = transformers.T5Config(
    vocab_size=60, d_model=16, d_kv=6, d_ff=24, num_layers=2, num_heads=2, relative_attention_num_buckets=8, relative_attention_max_distance=10, pad_token_id=1, eos_token_id=2,
    decoder_start_token_id=1,
)  # fmt: skip
pair = ("input_ids", "attention_mask", "decoder_input_ids")
typed = ("input_ids", "attention_mask", "token_type_ids")
Bert, GPT2, Llama, T5 = transformers.BertForSequenceClassification, transformers.GPT2LMHeadModel, transformers.LlamaForCausalLM, transformers.T5ForConditionalGeneration


def lora(task, **settings):
    return peft.LoraConfig(task_type=task, **{"r": 4, "lora_alpha": 6, **settings})


cases = {
    "bert.classes": Adapter(transformers.BertForPreTraining, Bert, bert, lora("SEQ_CLS", target_modules=["query", "value"]), typed, {"num_labels": 3}),
    "bert.bare": Adapter(transformers.BertModel, Bert, bert, lora("SEQ_CLS", target_modules=["query", "dense", "word_embeddings"], bias="all"), typed, {"num_labels": 3}),
    "bert.blanks": Adapter(transformers.BertForMaskedLM, transformers.BertForMaskedLM, bert, lora(None, target_modules="all-linear", bias="lora_only"), typed),
    "gpt2.next": Adapter(GPT2, GPT2, gpt2, lora("CAUSAL_LM", target_modules=["c_attn", "c_proj"], fan_in_fan_out=True, use_rslora=True)),
    "gpt2.mixed": Adapter(GPT2, GPT2, transformers.GPT2Config(**{**gpt2.to_dict(), "tie_word_embeddings": False}), lora("CAUSAL_LM", target_modules=["c_attn", "c_proj", "lm_head"])),
    "llama.next": Adapter(Llama, Llama, llama, lora("CAUSAL_LM", target_modules="all-linear", rank_pattern={"q_proj": 2, "layers.1.mlp.down_proj": 3}, alpha_pattern={"v_proj": 11})),
    "llama.words": Adapter(Llama, Llama, tied, lora("CAUSAL_LM", target_modules=["o_proj"], modules_to_save=["embed_tokens", "lm_head"])),
    "llama.table": Adapter(Llama, Llama, tied, lora("CAUSAL_LM", target_modules=["o_proj"], modules_to_save=["embed_tokens"])),
    "llama.grown": Adapter(Llama, Llama, llama, lora("CAUSAL_LM", target_modules=["o_proj"]), words=63),
    "llama.looked": Adapter(Llama, Llama, tied, lora("CAUSAL_LM", target_modules=["o_proj", "embed_tokens"]), merges=False),
    "t5.written": Adapter(T5, T5, t5, lora("SEQ_2_SEQ_LM", target_modules=["q", "v", "wi", "wo", "shared"]), pair),
}  # fmt: skip


def refill(path):
    with safetensors.safe_open(path, "pt") as file:
        shapes = {name: list(file.get_slice(name).get_shape()) for name in file.keys()}
    safetensors.torch.save_file({name: filled(name, shape) for name, shape in shapes.items()}, path, {"format": "pt"})
    return shapes


def golden(case):
    with tempfile.TemporaryDirectory() as folder:
        base, own = pathlib.Path(folder) / "base", pathlib.Path(folder) / "adapter"
        case.saved(case.config).save_pretrained(base)
        tensors = refill(base / "model.safetensors")

        def load():
            model = case.trained.from_pretrained(base, attn_implementation="eager", dtype=torch.float32, **case.changes)
            if case.words is not None:
                model.resize_token_embeddings(case.words)
            return model

        peft.get_peft_model(load(), case.lora).save_pretrained(own, save_embedding_layers="auto" if case.merges else False)
        adapter = refill(own / "adapter_model.safetensors")
        settings = json.loads((own / "adapter_config.json").read_text())
        model = peft.PeftModel.from_pretrained(load(), own).eval()
        model = model.merge_and_unload() if case.merges else model
        config = json.loads((base / "config.json").read_text())
    model.config.use_cache = False
    inputs = texts(Case(case.trained, case.config, case.inputs), config["vocab_size"])
    with torch.no_grad():
        outputs = outputs_of(model(**inputs))
    return {
        "config": config,
        "tensors": tensors,
        "adapterConfig": {**settings, "base_model_name_or_path": "someone/base", "target_modules": sorted(settings["target_modules"])},
        "adapterTensors": adapter,
        "inputs": {name: value.tolist() for name, value in inputs.items()},
        "outputs": {name: floats(value) for name, value in outputs.items()},
    }


if __name__ == "__main__":
    wanted = sys.argv[1:] or [""]
    for name, case in cases.items():
        if any(name.startswith(beginning) for beginning in wanted):
            (here / f"{name}.json").write_text(json.dumps(golden(case), separators=(",", ":")) + "\n")
            print(name)
