"""Makes tiny random language models, exported as people export them, and what transformers generates with each.

    OPTIMUM_PYTHON=… python test/golden/generation/make.py

Run with test/golden/requirements.txt; the exports are made by optimum, in an environment of its own (test/corpus/requirements-optimum.txt) whose Python OPTIMUM_PYTHON
names; names of models as arguments export only these. Weights are multiples of 1/64, so that files are small. Each model is one file with keys and values of earlier tokens (`past`) and one without (`plain`); GPT-2 also
in the older forms: two files (`first`, `next`), and both merged into one that is told which of them to use (`merged`).
"""

import gzip
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import onnx
import tokenizers
import torch
import transformers
from tokenizers import decoders, models, normalizers, pre_tokenizers, processors, trainers

torch.set_num_threads(1)
here = pathlib.Path(__file__).resolve().parent
vocabulary, width, inner, layers, heads = 400, 32, 48, 2, 4
pad, end = 1, 2
steps = 20
training = [
    "The film was good, and the people who saw it said so: it is a good film.",
    "She said that she would read the other book again when the rain had ended.",
    "Il a dit que la pluie était finie; les enfants jouaient déjà dans la rue.",
    "Über den Wolken ist es schön, und die Straße ist trocken.",
    "Когда дождь закончился, дети играли на улице. 雨が止んだ。 😀😀 naïve café",
    "for i in range(10):\n    print(i, 'times')\n",
] * 4
prompts = ["The film was", " a good book about rain", "Когда дети", "print(i,\n", "😀 said"]
special = dict(bos_token="<s>", pad_token="<pad>", eos_token="</s>")
names = list(special.values())


def byte_level():
    tokenizer = tokenizers.Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    tokenizer.train_from_iterator(training, trainers.BpeTrainer(vocab_size=vocabulary, special_tokens=names, initial_alphabet=alphabet, show_progress=False))
    return tokenizer


def byte_fallback():
    """As of the first Llama: ▁ for spaces, a token for every byte, and a first token."""
    trained = tokenizers.Tokenizer(models.BPE(unk_token="<unk>"))
    trained.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="never", split=True)
    bytes_ = [f"<0x{byte:02X}>" for byte in range(256)]
    trainer = trainers.BpeTrainer(vocab_size=vocabulary, special_tokens=[*names, "<unk>", *bytes_], limit_alphabet=80, show_progress=False)
    trained.train_from_iterator(training[:2], trainer)
    model = json.loads(trained.to_str())["model"]
    tokenizer = tokenizers.Tokenizer(models.BPE(model["vocab"], [tuple(pair) for pair in model["merges"]], unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tokenizer.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)])
    tokenizer.add_special_tokens([*names, "<unk>"])
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A", pair="<s> $A <s>:1 $B:1", special_tokens=[("<s>", 0)])
    return tokenizer


sizes = dict(vocab_size=vocabulary, pad_token_id=pad, eos_token_id=end, bos_token_id=0, initializer_range=0.4)
usual = dict(hidden_size=width, num_hidden_layers=layers, num_attention_heads=heads, intermediate_size=inner, max_position_embeddings=64)
random_models = {
    "gpt2": (transformers.GPT2LMHeadModel, transformers.GPT2Config(n_embd=width, n_layer=layers, n_head=heads, n_inner=inner, n_positions=64, **sizes)),
    "llama": (transformers.LlamaForCausalLM, transformers.LlamaConfig(num_key_value_heads=2, **usual, **sizes)),
    "qwen2": (transformers.Qwen2ForCausalLM, transformers.Qwen2Config(num_key_value_heads=1, tie_word_embeddings=True, **usual, **sizes)),
    "opt": (
        transformers.OPTForCausalLM,
        transformers.OPTConfig(
            hidden_size=width, word_embed_proj_dim=width, num_hidden_layers=layers, num_attention_heads=heads, ffn_dim=inner, max_position_embeddings=64,
            init_std=0.4, **{key: value for key, value in sizes.items() if key != "initializer_range"},
        ),
    ),
    "gptNeoX": (transformers.GPTNeoXForCausalLM, transformers.GPTNeoXConfig(**usual, **sizes)),
    "bloom": (transformers.BloomForCausalLM, transformers.BloomConfig(hidden_size=width, n_layer=layers, n_head=heads, **sizes)),
}  # fmt: skip
# Tokenizers of files that people have know their texts by these.
tokenizer_of = {"llama": "byteFallback"}


def random_model(name):
    kind, config = random_models[name]
    torch.manual_seed(1 + list(random_models).index(name))
    model = kind(config).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() == 1:
                parameter.add_(torch.randn_like(parameter) * 0.1)
            parameter.copy_((parameter * 64).round() / 64)
    return model


def generated(model, tokenizer, prompt):
    """Ids of a prompt and of its greedy continuation, with the log-probability of each token and of the five likeliest."""
    ids = tokenizer.encode(prompt).ids
    result = model.generate(
        torch.tensor([ids]), attention_mask=torch.ones(1, len(ids), dtype=torch.long), max_new_tokens=steps, do_sample=False, output_logits=True,
        return_dict_in_generate=True,
    )  # fmt: skip
    new = result.sequences[0, len(ids) :].tolist()
    logs = torch.stack(result.logits)[:, 0].double().log_softmax(-1)
    best = logs.topk(5)
    return {
        "prompt": prompt,
        "ids": ids,
        "tokens": new,
        "logProbabilities": [logs[step, token].item() for step, token in enumerate(new)],
        "best": best.values.tolist(),
        "text": tokenizer.decode([*ids, *new])[len(tokenizer.decode(ids)) :],
    }


# What generation_config.json may ask of a search with beams; each continuation also stops at one of the tokens that the greedy one has.
searches = [
    {"num_beams": 3},
    {"num_beams": 4, "length_penalty": 2.0, "early_stopping": True},
    {"num_beams": 2, "length_penalty": -1.0, "early_stopping": "never"},
    {"num_beams": 5, "length_penalty": 0.5, "early_stopping": "never", "no_repeat_ngram_size": 2, "min_new_tokens": 3},
    {"num_beams": 3, "early_stopping": True, "repetition_penalty": 1.3, "forced_eos_token_id": 7},
]


def searched(model, ids, greedy):
    """What beam search writes behind a prompt, with the log-probability that the model itself gives each token."""
    found = []
    for place, asked in enumerate(searches):
        stop = [end, greedy[min(4 * place + 2, len(greedy) - 1)]]
        settings = {**asked, "eos_token_id": stop, "do_sample": False, "max_new_tokens": steps}
        with torch.no_grad():
            text = model.generate(torch.tensor([ids]), attention_mask=torch.ones(1, len(ids), dtype=torch.long), **settings)
            logs = model(text).logits[0].double().log_softmax(-1)
        new = text[0, len(ids) :].tolist()
        found.append({
            "asked": {**asked, "eos_token_id": stop}, "tokens": new, "logProbabilities": [logs[len(ids) + step - 1, token].item() for step, token in enumerate(new)],
        })  # fmt: skip
    return found


explained = 3


def attributed(model, ids, tokens):
    """The logit of one token of a continuation where the text and what is before the token end, and gradient × input of the word embeddings."""
    embeddings = model.get_input_embeddings()(torch.tensor([[*ids, *tokens[:explained]]])).detach().requires_grad_()
    logit = model(inputs_embeds=embeddings).logits[0, -1, tokens[explained]]
    logit.backward()
    return {"position": explained, "value": logit.item(), "gradientXInput": (embeddings * embeddings.grad).sum(-1)[0].tolist()}


read = "The people who saw it said that the film was good, and that it had ended."


def surprising(model, ids):
    """What a text costs a model: its perplexity, −log₂ of the probability of each token but the first, and its place among all that could have come."""
    tokens = torch.tensor([ids])
    with torch.no_grad():
        result = model(tokens, labels=tokens)
    logs = result.logits[0, :-1].double().log_softmax(-1)
    own = logs.gather(1, tokens[0, 1:, None])
    bits = (-own[:, 0] / torch.log(torch.tensor(2.0, dtype=torch.double))).tolist()
    return {"text": read, "perplexity": result.loss.exp().item(), "bits": bits, "ranks": ((logs > own).sum(1) + 1).tolist()}


def exported(script, *arguments):
    environment = {**os.environ, "HF_HUB_OFFLINE": "1"}
    result = subprocess.run([os.environ["OPTIMUM_PYTHON"], here / script, *map(str, arguments)], env=environment, capture_output=True, text=True)
    if result.returncode != 0:
        raise RuntimeError(result.stderr[-2000:])


def keep(source, target):
    """Without the notes on where nodes came from, which are most of a small file."""
    model = onnx.load(str(source))
    graphs = [model.graph, *(attribute.g for node in model.graph.node for attribute in node.attribute if attribute.HasField("g"))]
    for graph in graphs:
        for part in [graph, *graph.node, *graph.value_info, *graph.input, *graph.output]:
            part.ClearField("metadata_props")
            part.ClearField("doc_string")
    target.write_bytes(gzip.compress(model.SerializeToString(), 9, mtime=0))
    print(target.name, target.stat().st_size, flush=True)


def main():
    made = {"byteLevel": byte_level(), "byteFallback": byte_fallback()}
    (here / "models").mkdir(exist_ok=True)
    for name, tokenizer in made.items():
        (here / "models" / f"{name}.tokenizer.json.gz").write_bytes(gzip.compress(tokenizer.to_str().encode(), 9, mtime=0))
    goldens = {}
    for name in random_models:
        model, tokenizer = random_model(name), made[tokenizer_of.get(name, "byteLevel")]
        goldens[name] = {"tokenizer": tokenizer_of.get(name, "byteLevel"), "cases": [generated(model, tokenizer, prompt) for prompt in prompts]}
        for case in goldens[name]["cases"]:
            case["searched"] = searched(model, case["ids"], case["tokens"])
            case["explained"] = attributed(model, case["ids"], case["tokens"])
        goldens[name]["surprise"] = surprising(model, tokenizer.encode(read).ids)
        if len(sys.argv) > 1 and name not in sys.argv[1:]:
            continue
        with tempfile.TemporaryDirectory() as folder:
            source, target = pathlib.Path(folder, "source"), pathlib.Path(folder, "target")
            model.save_pretrained(source)
            transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer, **special).save_pretrained(source)
            (here / "models" / f"{name}.config.json").write_bytes((source / "config.json").read_bytes())
            exported("export.py", source, target, *(["pair"] if name == "gpt2" else []))
            for file in sorted(target.glob("*.onnx")):
                keep(file, here / "models" / f"{name}.{file.stem}.onnx.gz")
    (here / "generated.json.gz").write_bytes(gzip.compress(json.dumps(goldens, separators=(",", ":")).encode(), 9, mtime=0))


main()
