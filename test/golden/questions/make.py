"""Makes tiny random models that answer questions or compare two texts, and what the pipelines of `transformers` and torch compute with them.

    python make.py

Writes, for each of BERT, RoBERTa and DeBERTa-v2, a folder with model.onnx, config.json and tokenizer.json whose model gives start_logits and end_logits,
for BERT and RoBERTa one with an entailment model; cases.json.gz has the answers of the question answering pipeline, the probabilities of the
zero-shot pipeline, and gradients of start + end logit; it is compressed. Offsets are UTF-16.
"""

import gzip
import json
import pathlib

import numpy as np
import onnx
import tokenizers
import torch
import transformers
from texts import questions, statements
from tokenizers import decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers.pipelines.question_answering import QuestionAnsweringPipeline
from transformers.pipelines.zero_shot_classification import ZeroShotClassificationPipeline

here = pathlib.Path(__file__).resolve().parent
limit = 64
small = dict(
    hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=24, attn_implementation="eager", pad_token_id=1, bos_token_id=0, eos_token_id=2
)
corpus = sorted({text for question in questions for text in question} | {part for text, labels in statements for part in (text, *labels)})


def wordpiece():
    tokenizer = tokenizers.Tokenizer(models.WordPiece(unk_token="[UNK]", max_input_chars_per_word=100))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    names = ["[CLS]", "[PAD]", "[SEP]", "[UNK]", "[MASK]"]
    tokenizer.train_from_iterator(corpus, trainers.WordPieceTrainer(vocab_size=420, special_tokens=names, show_progress=False))
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 2), ("[CLS]", 0))
    tokenizer.decoder = decoders.WordPiece()
    return tokenizer, names


def bytes_():
    tokenizer = tokenizers.Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    names = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    trainer = trainers.BpeTrainer(vocab_size=420, special_tokens=names, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False)
    tokenizer.train_from_iterator(corpus, trainer)
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), trim_offsets=True, add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer, names


def unigram():
    tokenizer = tokenizers.Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Sequence([normalizers.Strip(), normalizers.Replace(tokenizers.Regex(" {2,}"), " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    names = ["[CLS]", "[PAD]", "[SEP]", "[UNK]", "[MASK]"]
    tokenizer.train_from_iterator(corpus, trainers.UnigramTrainer(vocab_size=420, special_tokens=names, unk_token="[UNK]", show_progress=False))
    single = [("[CLS]", 0), ("[SEP]", 2)]
    tokenizer.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=single)
    tokenizer.decoder = decoders.Metaspace()
    return tokenizer, names


deberta = dict(relative_attention=True, pos_att_type=["p2c", "c2p"], position_buckets=16, norm_rel_ebd="layer_norm", share_att_key=True, type_vocab_size=0)
kinds = {
    "bert": ("Bert", wordpiece, dict(max_position_embeddings=limit), ["input_ids", "attention_mask", "token_type_ids"]),
    "roberta": ("Roberta", bytes_, dict(max_position_embeddings=limit + 2, type_vocab_size=1), ["input_ids", "attention_mask"]),
    "deberta": ("DebertaV2", unigram, dict(max_position_embeddings=limit, **deberta), ["input_ids", "attention_mask"]),
}


def wrapped(tokenizer, names, inputs):
    first, pad, end, unknown, mask = names
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, cls_token=first, bos_token=first, pad_token=pad, sep_token=end, eos_token=end, unk_token=unknown, mask_token=mask,
        model_max_length=limit, model_input_names=inputs, clean_up_tokenization_spaces=False,
    )


def randomised(model, seed):
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in model.parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            parameter.copy_(parameter + 0.1 * noise if parameter.dim() == 1 else 0.3 * noise)
    return model.eval()


class Outputs(torch.nn.Module):
    """A model that takes its inputs by position and gives the named outputs only, as exported files do."""

    def __init__(self, model, inputs, outputs):
        super().__init__()
        self.model, self.inputs, self.outputs = model, inputs, outputs

    def forward(self, *inputs):
        found = self.model(**dict(zip(self.inputs, inputs)))
        return tuple(found[name] for name in self.outputs)


def write(folder, model, tokenizer, inputs, outputs):
    folder.mkdir(exist_ok=True)
    example = tokenizer("a b c", "d e", return_tensors="pt")
    axes = {name: {0: "batch", 1: "sequence"} for name in inputs}
    axes |= {name: {0: "batch", 1: "sequence"} if name != "logits" else {0: "batch"} for name in outputs}
    written = Outputs(model, inputs, outputs).eval()
    arguments = tuple(example[name] for name in inputs)
    names = dict(input_names=inputs, output_names=outputs)
    if model.config.model_type == "deberta-v2":
        # The other exporter leaves it to the run how often positions are repeated.
        dims = {0: torch.export.Dim("batch"), 1: torch.export.Dim("sequence")}
        program = torch.onnx.export(written, arguments, dynamo=True, opset_version=18, dynamic_shapes=(tuple(dims for _ in inputs),), verbose=False, **names)
        program.save(str(folder / "model.onnx"), external_data=False)
    else:
        torch.onnx.export(written, arguments, str(folder / "model.onnx"), dynamo=False, opset_version=17, dynamic_axes=axes, **names)
    exported = onnx.load(str(folder / "model.onnx"))
    for part in [exported.graph, *exported.graph.node, *exported.graph.value_info, *exported.graph.input, *exported.graph.output]:
        part.ClearField("metadata_props")
        part.ClearField("doc_string")
    onnx.save(exported, str(folder / "model.onnx"))
    config = model.config.to_diff_dict() | {"architectures": [type(model).__name__]}
    config = {key: value for key, value in config.items() if not key.startswith("_") and key not in ("transformers_version", "dtype")}
    (folder / "config.json").write_text(json.dumps(config, indent=1, ensure_ascii=False) + "\n")
    (folder / "tokenizer.json").write_text(tokenizer.backend_tokenizer.to_str())


def short_numbers(numbers):
    """32-bit numbers in as few digits as they need."""
    return [float(f"{number:.9g}") for number in numbers]


def units(text, at):
    return len(text[:at].encode("utf-16-le")) // 2


class Recording(QuestionAnsweringPipeline):
    """Keeps what the model gave for each window."""

    def postprocess(self, model_outputs, **parameters):
        self.outputs = list(model_outputs)
        return super().postprocess(self.outputs, **parameters)


def window(output, context):
    """Logits where an answer may begin and end, with the UTF-16 range of each token and the number of its word; those of the first token last."""
    encoding = output["encoding"]
    start, end = output["start"][0].tolist(), output["end"][0].tolist()
    content = [at for at, sequence in enumerate(encoding.sequence_ids) if sequence == 1]
    return {
        "ranges": [[units(context, offset) for offset in encoding.offsets[at]] for at in content],
        "words": [encoding.word_ids[at] for at in content],
        "starts": short_numbers(start[at] for at in content),
        "ends": short_numbers(end[at] for at in content),
        "none": short_numbers([start[0], end[0]]),
    }


def slope(model, pipeline, question, context, answer):
    """The gradient of start + end logit of the likeliest tokens that make an answer, and integrated gradients from masks by Gauss-Legendre quadrature."""
    tokenizer = pipeline.tokenizer
    encoded = tokenizer(question, context, return_tensors="pt")
    encoding = encoded.encodings[0]
    content = [at for at, sequence in enumerate(encoding.sequence_ids) if sequence == 1]
    with torch.no_grad():
        logits = model(**{name: encoded[name] for name in tokenizer.model_input_names})
    spans = [
        (first, last) for first in content for last in content
        if first <= last < first + 15 and pipeline.get_indices(encoding, first, last, 1, True) == (answer["start"], answer["end"])
    ]
    first, last = max(spans, key=lambda span: logits.start_logits[0, span[0]] + logits.end_logits[0, span[1]])
    ids = encoded["input_ids"]
    table = model.get_input_embeddings().weight
    others = {name: encoded[name] for name in tokenizer.model_input_names if name != "input_ids"}

    def value(embeds):
        position = {} if model.config.model_type != "roberta" else {"position_ids": torch.arange(ids.shape[1])[None] + 2}
        found = model(inputs_embeds=embeds, **others, **position)
        return found.start_logits[0, first] + found.end_logits[0, last]

    def gradient(embeds):
        embeds = embeds.detach().requires_grad_(True)
        return torch.autograd.grad(value(embeds), embeds)[0]

    embeds = table[ids]
    replaced = ids.clone()
    replaced[0, [at for at, sequence in enumerate(encoding.sequence_ids) if sequence is not None]] = tokenizer.mask_token_id
    empty = table[replaced]
    nodes, weights = np.polynomial.legendre.leggauss(128)
    mean = sum(w / 2 * gradient(empty + (x + 1) / 2 * (embeds - empty)) for x, w in zip(nodes, weights))
    rounded = lambda numbers: [round(float(number), 9) for number in numbers]
    return {
        "answer": answer["answer"],
        "positions": [first, last],
        "value": float(value(embeds)),
        "gradientXInput": rounded((gradient(embeds) * embeds)[0].sum(-1)),
        "integratedGradients": rounded(((embeds - empty) * mean)[0].sum(-1)),
    }


def question_cases():
    for seed, (name, (prefix, vocabulary, more, inputs)) in enumerate(kinds.items()):
        tokenizer = wrapped(*vocabulary(), inputs)
        config = getattr(transformers, f"{prefix}Config")(vocab_size=len(tokenizer), **small, **more)
        model = randomised(getattr(transformers, f"{prefix}ForQuestionAnswering")(config), seed)
        with torch.no_grad():
            # As sure of itself as trained models are.
            model.qa_outputs.weight.mul_(4)
        write(here / name, model, tokenizer, inputs, ["start_logits", "end_logits"])
        pipeline = Recording(model=model, tokenizer=tokenizer)
        for at, (question, context) in enumerate(questions):
            for longest in (15,) if at % 4 else (15, 3):
                found = pipeline(question=question, context=context, top_k=5, max_answer_len=longest, handle_impossible_answer=True)
                windows = [window(output, context) for output in pipeline.outputs]
                answers = [
                    {**answer, "start": units(context, answer["start"]), "end": units(context, answer["end"])} for answer in found
                ]
                case = {"model": name, "question": question, "context": context, "longest": longest, "windows": windows, "answers": answers}
                best = next(answer for answer in found if answer["answer"])
                if len(windows) == 1 and longest == 15:
                    exact = type(model)(config).eval()
                    exact.load_state_dict(model.state_dict())
                    case["slope"] = slope(exact.double(), pipeline, question, context, best)
                yield case


def entailment_cases():
    orders = {"bert": ["contradiction", "neutral", "entailment"], "roberta": ["ENTAILMENT", "NEUTRAL", "CONTRADICTION"]}
    for seed, (name, labels) in enumerate(orders.items()):
        prefix, vocabulary, more, inputs = kinds[name]
        tokenizer = wrapped(*vocabulary(), inputs)
        label2id = {label: at for at, label in enumerate(labels)}
        config = getattr(transformers, f"{prefix}Config")(vocab_size=len(tokenizer), id2label=dict(enumerate(labels)), label2id=label2id, **small, **more)
        model = randomised(getattr(transformers, f"{prefix}ForSequenceClassification")(config), 10 + seed)
        write(here / f"{name}Entailment", model, tokenizer, inputs, ["logits"])
        pipeline = ZeroShotClassificationPipeline(model=model, tokenizer=tokenizer)
        for text, candidates in statements:
            for template, several in (("This example is {}.", False), ("It is about {}.", True)):
                found = pipeline(text, candidate_labels=candidates, hypothesis_template=template, multi_label=several)
                rows = [model(**tokenizer(text, template.format(label), return_tensors="pt")).logits[0].tolist() for label in candidates]
                yield {
                    "model": f"{name}Entailment", "labels": labels, "text": text, "candidates": candidates, "template": template, "several": several,
                    "rows": rows, "scores": dict(zip(found["labels"], found["scores"])),
                }


def main():
    torch.set_num_threads(1)
    found = {"questions": list(question_cases()), "entailment": list(entailment_cases())}
    text = json.dumps(found, ensure_ascii=False, separators=(",", ":"))
    (here / "cases.json.gz").write_bytes(gzip.compress(text.encode(), mtime=0))


main()
