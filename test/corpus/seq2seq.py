"""Encoder–decoder models in two files, as optimum writes them, and what torch computes with each.

    OPTIMUM_CLI=... python test/corpus/seq2seq.py [--goldens] [name ...]

Writes test/corpus/seq2seq/<name>.<part>.onnx.gz for the parts encoder_model, decoder_model and decoder_model_merged, and <name>.json: the records of
reference.py, and the gradients of the log-probability of one output token with respect to the words of the text and of the output, and what the model writes. With --goldens no file is exported anew.
"""

import json
import pathlib
import sys
import tempfile

import onnx
import torch
import transformers
from architectures import Architecture, architectures, heads, inner, layers, pad, positions, random_model, start, end, t5, vocabulary, width
from decoders import answer, by_optimum, save_for_tools
from make import compress, strip
from reference import Lookups, floats, reference, run, texts

here = pathlib.Path(__file__).resolve().parent
inputs = ("input_ids", "attention_mask", "decoder_input_ids")
language, prefix = 33, [40, 41]
parts = ("encoder_model", "decoder_model", "decoder_model_merged")
sizes = dict(
    vocab_size=vocabulary, d_model=width, encoder_layers=layers, decoder_layers=layers, encoder_attention_heads=heads, decoder_attention_heads=heads,
    encoder_ffn_dim=inner, decoder_ffn_dim=inner, max_position_embeddings=positions, pad_token_id=pad, eos_token_id=end, bos_token_id=start,
    decoder_start_token_id=end, forced_eos_token_id=None, use_cache=True,
)  # fmt: skip
models = {
    "t5": Architecture(transformers.T5ForConditionalGeneration, transformers.T5Config(**{**t5, "use_cache": True}), inputs),
    "t5untied": Architecture(transformers.T5ForConditionalGeneration, transformers.T5Config(**{**t5, "use_cache": True, "tie_word_embeddings": False}), inputs),
    "bart": Architecture(transformers.BartForConditionalGeneration, transformers.BartConfig(**sizes), inputs),
    "marian": Architecture(transformers.MarianMTModel, transformers.MarianConfig(**sizes, scale_embedding=True), inputs),
    "mbart": Architecture(transformers.MBartForConditionalGeneration, transformers.MBartConfig(**sizes, scale_embedding=True), inputs),
}  # fmt: skip


def log_probability(model, batch):
    """Gradients of log p of token 5 at the last place of each row, in the order of the lookups: the text's words, the output's."""
    with Lookups(model) as lookups:
        result = run(model, batch)
    value = torch.log_softmax(result.logits[:, -1], -1)[:, 5]
    gradients = torch.autograd.grad(value.sum(), lookups)
    return {"token": 5, "values": floats(value), "source": floats(gradients[0]), "output": floats(gradients[1])}


def written(model, batch):
    """What the model writes for the first text of a batch: the likeliest token each time."""
    asked = {name: batch[name][:1] for name in ("input_ids", "attention_mask")}
    settings = dict(max_new_tokens=6, num_beams=1, do_sample=False, output_scores=True, return_dict_in_generate=True)
    result = model.generate(**asked, **settings)
    tokens = result.sequences[0, 1:].tolist()
    searched = [
        {"asked": search, "tokens": model.generate(**asked, max_new_tokens=6, do_sample=False, **search)[0, 1:].tolist()}
        for search in ({"num_beams": 3}, {"num_beams": 4, "length_penalty": -2.0, "early_stopping": "never", "eos_token_id": [end, tokens[3]]})
    ]
    scores = [torch.log_softmax(score[0], -1)[token].item() for score, token in zip(result.scores, tokens, strict=True)]
    # A language that the decoder begins with, as of the first mBART, or is made to write first, as of the others; and a text behind two tokens of a prefix.
    asked_for = dict(max_new_tokens=6, num_beams=1, do_sample=False)
    told = {
        "language": language,
        "begun": model.generate(**asked, **asked_for, decoder_start_token_id=language)[0, 1:].tolist(),
        "forced": model.generate(**asked, **asked_for, forced_bos_token_id=language)[0, 1:].tolist(),
    }
    ids = torch.cat([torch.tensor([prefix]), asked["input_ids"]], 1)
    longer = {"input_ids": ids, "attention_mask": torch.ones_like(ids)}
    behind = model.generate(**longer, **asked_for)
    with Lookups(model) as lookups:
        logits = run(model, {**longer, "decoder_input_ids": behind[:, :3]}).logits
    gradients = torch.autograd.grad(logits[0, -1, behind[0, 3]], lookups)
    products = [(lookup * gradient).sum(-1)[0].tolist() for lookup, gradient in zip(lookups, gradients, strict=True)]
    prefixed = {"ids": prefix, "tokens": behind[0, 1:].tolist(), "gradientXInput": [round(product, 7) for part in products for product in part]}
    # The third token's logit, and the product of its gradient with what it is taken with respect to, for the words of the text and what was written before.
    with Lookups(model) as lookups:
        logits = run(model, {**asked, "decoder_input_ids": result.sequences[:, :3]}).logits
    value = logits[0, -1, tokens[2]]
    gradients = torch.autograd.grad(value, lookups)
    products = [round(product, 7) for lookup, gradient in zip(lookups, gradients, strict=True) for product in (lookup * gradient).sum(-1)[0].tolist()]
    return {
        "begins": result.sequences[0, 0].item(), "tokens": tokens, "logProbabilities": scores, "searched": searched, "told": told, "prefixed": prefixed, "third": {"logit": value.item(), "gradientXInput": products},
    }  # fmt: skip


def saved(architecture, source):
    """A random model in a folder, and as it is read back from there: Marian computes its positions anew."""
    model = random_model(architecture, "eager")
    untied = getattr(architecture.config, "scale_decoder_outputs", True) is False
    if untied:
        model.lm_head.weight = torch.nn.Parameter((3 / width) * torch.randn((vocabulary, width), generator=torch.Generator().manual_seed(22)))
    save_for_tools(model, source)
    if untied:
        # Transformers 5 notes otherwise than 4, which optimum uses, that T5's last matrix is its own.
        path = source / "config.json"
        path.write_text(json.dumps({**json.loads(path.read_text()), "tie_word_embeddings": False}))
        return model
    return architecture.kind.from_pretrained(source, attn_implementation="eager").eval()


def make(name):
    with tempfile.TemporaryDirectory() as folder:
        source, target = pathlib.Path(folder, "source"), pathlib.Path(folder, "target")
        model = saved(models[name], source)
        cases = {}
        for side in ("single", "right"):
            batch = texts(inputs, side)
            cases[side] = {**reference(model, batch), "logProbability": log_probability(model, batch), "written": written(model, batch)}
        (here / "seq2seq" / f"{name}.json").write_text(json.dumps(cases, separators=(",", ":")) + "\n")
        if "--goldens" in sys.argv:
            return
        by_optimum(source, answer, target)
        for part in parts:
            path = here / "seq2seq" / f"{name}.{part}.onnx"
            onnx.save(onnx.load(target / f"{part}.onnx"), str(path), save_as_external_data=False)
            strip(path)
            compress(path)


def main(arguments):
    (here / "seq2seq").mkdir(exist_ok=True)
    for name in [name for name in arguments if name in models] or models:
        make(name)
        print(name, *((here / "seq2seq" / f"{name}.{part}.onnx.gz").stat().st_size for part in parts), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
