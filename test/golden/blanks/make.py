"""Makes tiny random masked language models, and what the pipeline "fill-mask" of transformers and torch compute with them.

    python make.py

Writes a folder for each kind of vocabulary (WordPiece, bytes with more than a thousand pieces, Unigram) with tokenizer and model.onnx, and cases.json: the likeliest words for the blank with their
ids, probabilities and logits; for the likeliest, and for the likeliest rather than the next one, gradients with respect to the word embeddings, and integrated gradients from a text of
nothing but masks by Gauss-Legendre quadrature in double precision.
"""

import copy
import json
import pathlib
import shutil

import numpy as np
import torch
import transformers
from onnx import load, save
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

here = pathlib.Path(__file__).resolve().parent
texts = [
    "The small cat [MASK] on the old mat.",
    "[MASK] is better than nothing, said the tall teacher in the rain.",
    "She was reading a long letter about [MASK]",
]
# Only so that there are pieces of words; what is learned of it has no meaning.
lines = [
    "The small cat is sitting on the old mat and sleeping.",
    "Nothing is better than reading a long letter in the garden, said the tall teacher.",
    "She was walking slowly through the rain, talking about the weather and the harvest.",
    "Small letters, tall teachers and old gardens are better than the coldest rain.",
]
size = dict(num_hidden_layers=2, num_attention_heads=2, intermediate_size=20, max_position_embeddings=40)
names = ["input_ids", "attention_mask"]


class Logits(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, *inputs):
        return self.model(**dict(zip(names, inputs))).logits


def wordpiece():
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.train_from_iterator(lines, trainers.WordPieceTrainer(vocab_size=110, special_tokens=special, show_progress=False))
    ends = [(token, tokenizer.token_to_id(token)) for token in ("[CLS]", "[SEP]")]
    tokenizer.post_processor = processors.TemplateProcessing("[CLS] $A [SEP]", "[CLS] $A [SEP] $B:1 [SEP]:1", ends)
    return tokenizer, dict(pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]", mask_token="[MASK]")


def bytewise():
    special = ["<s>", "<pad>", "</s>", "<unk>"]
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    more = [f"{line} {number} {number * 37 % 1009}{word}" for number, line in enumerate(lines * 300) for word in line.split()]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    tokenizer.train_from_iterator(more, trainers.BpeTrainer(vocab_size=1030, special_tokens=special, initial_alphabet=alphabet, show_progress=False))
    # As in RoBERTa: the mask is the last token, and takes the space before it.
    tokenizer.add_special_tokens([AddedToken("<mask>", lstrip=True, special=True)])
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), add_prefix_space=False)
    return tokenizer, dict(bos_token="<s>", eos_token="</s>", sep_token="</s>", cls_token="<s>", unk_token="<unk>", pad_token="<pad>", mask_token="<mask>")


def unigram():
    special = ["[PAD]", "[CLS]", "[SEP]", "[UNK]", "[MASK]"]
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="always")
    trainer = trainers.UnigramTrainer(vocab_size=120, special_tokens=special, unk_token="[UNK]", show_progress=False)
    tokenizer.train_from_iterator(lines, trainer)
    ends = [(token, tokenizer.token_to_id(token)) for token in ("[CLS]", "[SEP]")]
    tokenizer.post_processor = processors.TemplateProcessing("[CLS] $A [SEP]", "[CLS] $A [SEP] $B:1 [SEP]:1", ends)
    return tokenizer, dict(pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]", mask_token="[MASK]")


kinds = {
    "wordpiece": (wordpiece, transformers.BertForMaskedLM, transformers.BertConfig, dict(hidden_size=16, **size)),
    "bytewise": (bytewise, transformers.RobertaForMaskedLM, transformers.RobertaConfig, dict(hidden_size=12, **{**size, "max_position_embeddings": 42})),
    "unigram": (
        unigram,
        transformers.DebertaV2ForMaskedLM,
        transformers.DebertaV2Config,
        dict(hidden_size=16, relative_attention=True, position_buckets=4, pos_att_type=["p2c", "c2p"], norm_rel_ebd="layer_norm", share_att_key=True, position_biased_input=False, **size),
    ),
}


def random_model(kind, config, settings, tokenizer):
    roles = {f"{role}_token_id": getattr(tokenizer, f"{role}_token_id") for role in ("pad", "bos", "eos")}
    roles = {name: id for name, id in roles.items() if id is not None}
    model = kind(config(vocab_size=len(tokenizer), attn_implementation="eager", **roles, **settings)).eval()
    generator = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for parameter in model.parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            parameter.copy_(parameter + 0.1 * noise if parameter.dim() == 1 else 0.4 * noise)
    return model


def export(model, folder):
    ids = torch.tensor([[2, 9, 12, 7, 4, 3], [2, 8, 9, 10, 6, 3]])
    axes = {name: {0: "batch", 1: "sequence"} for name in [*names, "logits"]}
    file = str(folder / "model.onnx")
    torch.onnx.export(
        Logits(model).eval(), (ids, torch.ones_like(ids)), file, dynamo=False, opset_version=17, input_names=names, output_names=["logits"], dynamic_axes=axes
    )
    exported = load(file)
    for node in exported.graph.node:
        node.ClearField("doc_string")
    save(exported, file)


def case(name, model, tokenizer, text):
    text = text.replace("[MASK]", tokenizer.mask_token)
    ids = tokenizer(text, return_tensors="pt").input_ids
    position = ids[0].tolist().index(tokenizer.mask_token_id)
    filler = transformers.pipeline("fill-mask", model=model, tokenizer=tokenizer, device="cpu", top_k=10)
    answers = filler(text)
    double = copy.deepcopy(model).double()
    table = double.get_input_embeddings().weight
    replaced = ids.clone()
    replaced[0, 1:-1] = tokenizer.mask_token_id
    embeds, empty = table[ids].detach(), table[replaced].detach()
    logits = lambda one: double(inputs_embeds=one).logits[0, position]
    rounded = lambda numbers: [round(float(number), 9) for number in numbers]

    def target(reads):
        value = lambda one: sum(weight * logits(one)[id] for id, weight in reads)

        def gradient(one):
            one = one.detach().requires_grad_(True)
            return torch.autograd.grad(value(one), one)[0]

        nodes, weights = np.polynomial.legendre.leggauss(128)
        mean = sum(w / 2 * gradient(empty + (x + 1) / 2 * (embeds - empty)) for x, w in zip(nodes, weights))
        return {
            "value": round(float(value(embeds)), 9),
            "baseline": round(float(value(empty)), 9),
            "saliency": rounded(gradient(embeds)[0].norm(dim=-1)),
            "gradientXInput": rounded((gradient(embeds) * embeds)[0].sum(-1)),
            "integratedGradients": rounded(((embeds - empty) * mean)[0].sum(-1)),
        }

    first, second = (answer["token"] for answer in answers[:2])
    with torch.no_grad():
        given = logits(embeds)
    return {
        "model": name,
        "text": text,
        "ids": ids[0].tolist(),
        "position": position,
        "words": [{"id": a["token"], "text": a["token_str"], "probability": round(a["score"], 9), "logit": round(float(given[a["token"]]), 9)} for a in answers],
        "likeliest": target([(first, 1)]),
        "rather": target([(first, 1), (second, -1)]),
    }


def main():
    torch.set_num_threads(1)
    cases = []
    for name, (make, kind, config, settings) in kinds.items():
        folder = here / name
        shutil.rmtree(folder, ignore_errors=True)
        plain, roles = make()
        tokenizer = transformers.PreTrainedTokenizerFast(tokenizer_object=plain, model_max_length=40, **roles)
        model = random_model(kind, config, settings, tokenizer)
        tokenizer.save_pretrained(folder)
        model.config.save_pretrained(folder)
        settings = json.loads((folder / "config.json").read_text())
        (folder / "config.json").write_text(json.dumps({"architectures": [kind.__name__], **settings}, indent=1) + "\n")
        export(model, folder)
        cases += [case(name, model, tokenizer, text) for text in texts]
    (here / "cases.json").write_text(json.dumps(cases, separators=(",", ":")) + "\n")


main()
