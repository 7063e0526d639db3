"""Makes two tiny random models of named entities, with tokenizers trained on the texts below, and what the pipeline of transformers finds with each.

    python test/golden/entities/make.py
    python test/golden/entities/make.py hyphens

Writes <name>/ with the model's folder (model.onnx compressed), and cases.json: for each model and text the entities by aggregation strategy, offsets in
characters as Python counts them. The second line writes hyphens.json alone: what the pipeline finds with the models that are there where labels have hyphens of their own.
"""

import contextlib
import gzip
import json
import os
import pathlib
import sys
import tempfile
import warnings

import tokenizers
import torch
import transformers

here = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(here.parents[1] / "corpus"))
from make import strip  # noqa: E402

bio = ["O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC"]
plain = ["O", "PER", "ORG", "LOC"]
hyphens = {
    "wordPiece": ["O", "B-geo-loc", "I-geo-loc", "B-geo-org", "I-geo-org", "B-loc", "I-loc"],
    "byteLevel": ["O", "drug-name", "LOC", "brand-name"],
}
texts = [
    "Angela Merkel visited Paris.",
    "Ada Lovelace wrote to Charles Babbage in London.",
    "The Rolling Stones played in Hyde Park, London, on 5 July 1969!",
    "Microsoft bought GitHub for $7.5 billion.",
    "Dr. Jane O'Neill-Smith of the University of Oxford",
    "unbelievableness and counterintuitively",
    "Rock 'n' roll isn't dead, says Mick Jagger's label.",
    "He works at AT&T; she works at H&M.",
    "www.example.com/path?x=1 and mail@example.org",
    "“Quoted names” like «Marie Curie» — and dashes–here…",
    "São Paulo, Zürich, Kraków and Łódź",
    "İstanbul and Straße",
    "北京大学在中国北京。",
    "東京で田中さんに会った。",
    "서울에서 김민수를 만났다",
    "Москва и Санкт-Петербург",
    "القاهرة مدينة كبيرة",
    "😀 Paris 🇫🇷 is nice 👩‍👩‍👧",
    "🤖🤖🤖",
    "Paris🎉London",
    "  two  spaces   and\ttabs\nand lines ",
    "A",
    "...",
    "New York New York New York",
    "U.S.A. U.K. E.U.",
    "x = y + z; if (x > 1) return;",
    "C++ and C# are languages",
    "IBM, Intel, AMD and Nvidia",
    "Beyoncé Knowles-Carter",
    "naïve café résumé",
    "e.g. i.e. etc.",
    "1,000,000 people in Lagos and 2.5 million in Accra",
    "Tokyo-based Sony's CEO, Kenichiro Yoshida, resigned.",
    "@user #hashtag RT",
    "The end",
]
strategies = ("simple", "first", "average", "max")
special = dict(pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]", mask_token="[MASK]")
bracketed = list(special.values())
angled = dict(bos_token="<s>", pad_token="<pad>", eos_token="</s>", unk_token="<unk>", mask_token="<mask>", cls_token="<s>", sep_token="</s>")


def word_piece():
    """Accents stay, so that letters the training has not seen are unknown words."""
    tokenizer = tokenizers.Tokenizer(tokenizers.models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = tokenizers.normalizers.BertNormalizer(lowercase=False, strip_accents=False)
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.BertPreTokenizer()
    tokenizer.train_from_iterator(texts[:12] + texts[20:], tokenizers.trainers.WordPieceTrainer(vocab_size=260, special_tokens=bracketed, show_progress=False))
    ids = [(token, tokenizer.token_to_id(token)) for token in ("[CLS]", "[SEP]")]
    tokenizer.post_processor = tokenizers.processors.TemplateProcessing(single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=ids)
    tokenizer.decoder = tokenizers.decoders.WordPiece()
    return transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_max_length=64, **special)


def byte_level():
    tokenizer = tokenizers.Tokenizer(tokenizers.models.BPE())
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=340, special_tokens=["<s>", "<pad>", "</s>", "<unk>", "<mask>"], initial_alphabet=tokenizers.pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.post_processor = tokenizers.processors.RobertaProcessing(("</s>", 2), ("<s>", 0), trim_offsets=True, add_prefix_space=False)
    tokenizer.decoder = tokenizers.decoders.ByteLevel()
    return transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_max_length=64, **angled)


def sizes(tokenizer, labels):
    return dict(
        vocab_size=len(tokenizer), hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=24, max_position_embeddings=130,
        id2label=dict(enumerate(labels)), label2id={label: index for index, label in enumerate(labels)}, pad_token_id=tokenizer.pad_token_id,
    )  # fmt: skip


def models():
    words, pieces = word_piece(), byte_level()
    return {
        "wordPiece": (words, transformers.BertForTokenClassification(transformers.BertConfig(**sizes(words, bio)))),
        "byteLevel": (pieces, transformers.RobertaForTokenClassification(transformers.RobertaConfig(type_vocab_size=1, **sizes(pieces, plain)))),
    }


def randomise(model):
    """Weights wide enough that labels differ from token to token, about every second one outside."""
    generator = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() == 2:
                parameter.copy_(0.3 * torch.randn(parameter.shape, generator=generator))
        model.classifier.bias[0] += 1.2
    return model.eval()


class Logits(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, input_ids, attention_mask):
        return self.model(input_ids=input_ids, attention_mask=attention_mask).logits


def save(name, tokenizer, model):
    folder = here / name
    folder.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as everything:
        model.config.save_pretrained(everything)
        tokenizer.save_pretrained(everything)
        config = json.loads(pathlib.Path(everything, "config.json").read_text())
        config["architectures"] = [type(model).__name__]
        (folder / "config.json").write_text(json.dumps(config, indent=1) + "\n")
        for file in ("tokenizer.json", "tokenizer_config.json"):
            read = json.loads(pathlib.Path(everything, file).read_text())
            (folder / file).write_text(json.dumps(read, ensure_ascii=False, separators=(",", ":")) + "\n")
    path = folder / "model.onnx"
    tokens = tokenizer("Paris is nice", return_tensors="pt")
    names = ["input_ids", "attention_mask"]
    axes = {one: {0: "batch", 1: "sequence"} for one in (*names, "logits")}
    with open(os.devnull, "w") as silence, contextlib.redirect_stdout(silence), contextlib.redirect_stderr(silence):
        torch.onnx.export(
            Logits(model).eval(), tuple(tokens[one] for one in names), str(path), input_names=names, output_names=["logits"], dynamic_axes=axes, opset_version=17, dynamo=False
        )
    strip(path)
    (folder / "model.onnx.gz").write_bytes(gzip.compress(path.read_bytes(), 9, mtime=0))
    path.unlink()
    print(name, (folder / "model.onnx.gz").stat().st_size, len(tokenizer))


def found(pipeline, text):
    return {
        strategy: [
            {"label": entity["entity_group"], "start": entity["start"], "end": entity["end"], "score": float(entity["score"])}
            for entity in pipeline(text, aggregation_strategy=strategy)
        ]
        for strategy in strategies
    }


def kept(name, labels):
    """What is found by a model that is there, whose weights are those of `randomise`, with other names for its labels."""
    tokenizer = transformers.AutoTokenizer.from_pretrained(here / name)
    model = randomise(transformers.AutoModelForTokenClassification.from_config(transformers.AutoConfig.from_pretrained(here / name)))
    model.config.id2label = dict(enumerate(labels))
    pipeline = transformers.pipeline("token-classification", model=model, tokenizer=tokenizer, device="cpu")
    return [{"text": text, **found(pipeline, text)} for text in texts]


if __name__ == "__main__":
    warnings.filterwarnings("ignore")
    transformers.logging.set_verbosity_error()
    torch.manual_seed(0)
    if sys.argv[1:] == ["hyphens"]:
        found_there = {name: {"labels": labels, "cases": kept(name, labels)} for name, labels in hyphens.items()}
        (here / "hyphens.json").write_text(json.dumps(found_there, ensure_ascii=False, separators=(",", ":")) + "\n")
        sys.exit()
    cases = {}
    for name, (tokenizer, model) in models().items():
        save(name, tokenizer, randomise(model))
        pipeline = transformers.pipeline("token-classification", model=model, tokenizer=tokenizer, device="cpu")
        cases[name] = [{"text": text, **found(pipeline, text)} for text in texts]
    (here / "cases.json").write_text(json.dumps(cases, ensure_ascii=False, separators=(",", ":")) + "\n")
