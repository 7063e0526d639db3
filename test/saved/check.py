"""Checkpoints that `models save` wrote as ONNX, in Python's onnxruntime against torch, and in the JavaScript pipelines.

    node scripts/build.mjs
    python test/saved/check.py --out FOLDER [--javascript PLACE]

Writes small random models of transformers into FOLDER, saves each as ONNX by dist/explain.mjs, checks the file with onnx, and compares all outputs. PLACE is a folder where `npm install @huggingface/transformers` was
run: the same BERT is asked there for the scores of texts. Neither folder is part of the repository.
"""

import argparse
import json
import pathlib
import subprocess

import numpy
import onnx
import onnxruntime
import torch
import transformers

root = pathlib.Path(__file__).resolve().parents[2]
words = "[PAD] [UNK] [CLS] [SEP] [MASK] a fine day was had by all the film is bad good not ##ly . ,".split(" ")
texts = ["the film is not bad .", "all had a fine day"]
encoder = dict(vocab_size=len(words), hidden_size=64, num_hidden_layers=3, num_attention_heads=4, intermediate_size=128)
decoder = dict(encoder, num_key_value_heads=2, pad_token_id=0, bos_token_id=2, eos_token_id=3)
labels = dict(id2label={0: "bad", 1: "good", 2: "neither"}, label2id={"bad": 0, "good": 1, "neither": 2})
models = {
    "bert": transformers.BertForSequenceClassification(transformers.BertConfig(**encoder, **labels)),
    "bert-words": transformers.BertForMaskedLM(transformers.BertConfig(**encoder)),
    "llama": transformers.LlamaForCausalLM(transformers.LlamaConfig(**decoder)),
    "gpt2": transformers.GPT2LMHeadModel(
        transformers.GPT2Config(vocab_size=len(words), n_embd=64, n_layer=3, n_head=4, bos_token_id=2, eos_token_id=3)
    ),
}


def write_checkpoint(model, folder: pathlib.Path, dtype: torch.dtype) -> None:
    generator = torch.Generator().manual_seed(20)
    for parameter in model.parameters():
        if parameter.dim() > 1:
            parameter.data = torch.randn(parameter.shape, generator=generator) * 0.3
    model.to(dtype).save_pretrained(folder)
    (folder / "vocab.txt").write_text("\n".join(words) + "\n")
    (folder / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "BertTokenizer", "model_max_length": 512}))


def run(*command: str) -> str:
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def compare(folder: pathlib.Path, saved: pathlib.Path, model_class) -> float:
    file = saved / "onnx/model.onnx"
    onnx.checker.check_model(str(file), full_check=True)
    assert max(entry.version for entry in onnx.load(str(file), load_external_data=False).opset_import) >= 17
    tokenizer = transformers.AutoTokenizer.from_pretrained(saved)
    batch = tokenizer(texts, padding=True, return_tensors="pt")
    model = model_class.from_pretrained(folder, dtype=torch.float32).eval()
    session = onnxruntime.InferenceSession(str(file))
    feeds = {name: batch[name] for name in (entry.name for entry in session.get_inputs()) if name in batch}
    with torch.no_grad():
        expected = model(**feeds).logits.numpy()
    (logits,) = session.run(["logits"], {name: value.numpy() for name, value in feeds.items()})
    # What padding gives is nobody's business, and differs between ways to mask.
    real = batch["attention_mask"].numpy().astype(bool) if logits.ndim == 3 else slice(None)
    return float(numpy.abs(logits[real] - expected[real]).max() / numpy.abs(expected).max())


def javascript(place: pathlib.Path, folder: pathlib.Path, saved: pathlib.Path) -> float:
    program = f"""
        import {{ env, pipeline }} from "@huggingface/transformers";
        Object.assign(env, {{ allowRemoteModels: false, localModelPath: {json.dumps(str(saved.parent) + "/")} }});
        const classify = await pipeline("text-classification", {json.dumps(saved.name)});
        console.log(JSON.stringify(await classify({json.dumps(texts)}, {{ top_k: 3 }})));
    """
    (place / "classify.mjs").write_text(program)
    results = json.loads(subprocess.run(["node", "classify.mjs"], cwd=place, check=True, stdout=subprocess.PIPE).stdout)
    classify = transformers.pipeline("text-classification", str(folder), tokenizer=str(saved), top_k=3, dtype=torch.float32)
    expected = [{entry["label"]: entry["score"] for entry in entries} for entries in classify(texts)]
    return max(
        abs(entry["score"] - scores[entry["label"]]) for entries, scores in zip(results, expected) for entry in entries
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--javascript", type=pathlib.Path)
    arguments = parser.parse_args()
    for name, model in models.items():
        for dtype in (torch.float32, torch.bfloat16):
            folder = arguments.out / f"{name}-{str(dtype).removeprefix('torch.')}"
            saved = folder.with_name(f"{folder.name}-onnx")
            write_checkpoint(model, folder, dtype)
            run("node", str(root / "dist/explain.mjs"), "models", "save", str(folder), "--output", str(saved), "--yes")
            difference = compare(folder, saved, type(model))
            print(f"{folder.name}: {difference:.1e} of the largest logit")
            assert difference < 1e-5
            if arguments.javascript and name == "bert":
                scores = javascript(arguments.javascript, folder, saved)
                print(f"{folder.name} in JavaScript: probabilities differ by {scores:.1e}")
                assert scores < 1e-5


main()
