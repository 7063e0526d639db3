"""The texts of the tokenizer goldens: lines of SST-2, hard ones written here, and combinations of both."""

import csv
import random

SENTENCES = [
    "The quick brown fox jumps over the lazy dog.",
    "Ein großes Fräulein aß süße Äpfel im Café an der Straße.",
    "L'été dernier, où étiez-vous ? Ça m'a coûté 12,50 € à Besançon.",
    "El niño comió piña; ¿quién preguntó? ¡Nadie!",
    "Съешь ещё этих мягких французских булок, да выпей чаю.",
    "Η γρήγορη καφέ αλεπού ΠΗΔΆ πάνω από το σκυλί ΣΊΣΥΦΟΣ.",
    "आज मौसम बहुत अच्छा है और मैं क्षेत्र में जाऊँगा।",
    "ภาษาไทยไม่มีช่องว่างระหว่างคำ น้ำใจ",
    "السلام عليكم، كيف حالُكَ اليوم؟ ١٢٣",
    "שָׁלוֹם עוֹלָם, מה שלומך?",
    "今日は良い天気ですね。カタカナとひらがな、漢字。",
    "我喜欢看电影，尤其是科幻片！你呢？",
    "한국어 형태소 분석은 어렵습니다. 값이 얼마예요?",
    "Tiếng Việt có nhiều dấu: ắ ằ ẳ ẵ ặ, ướt nượp.",
    "İstanbul'da ılık bir gün, ışık ve İYİ.",
    "Zażółć gęślą jaźń — „cudzysłów” i ‚inny’.",
    "ﬁne oﬃce ﬂow, Ĳssel, ǆ, ĿL, ﬀ ﬅ",
    "Ｆｕｌｌ ｗｉｄｔｈ ＡＢＣ１２３！　ｶﾀｶﾅ ﾊﾟ",
    "x² + y³ = ½ ∑ ℝ ℵ₀ ≤ ∞ ㎏ № ™ ℃ Ⅷ ⑨",
    "def f(x):\n\treturn x**2  # it's\t\tcode\n\n\nprint(f(3))",
    "we've they'll I'm he'd she's it's don't WE'VE THEY'LL I'M",
    "1234567890 3.14 1,000,000 007 ٣٤٥ ५६ 12-31-1999 v2.0.1",
]

PIECES = [
    "", " ", "  ", "   ", "\t", "\n", "\r\n", "\r", " \n ", "\u00a0", "\u2003", "\u200b", "\u3000", "\u2028", "\u0085", "\u000b", "\u000c",
    "\ufeff", "\u00ad", "\u0000", "\u0001", "\u007f", "\u009f", "\u2060", "\u061c", "\u202e", "\ue000", "\U000f0000", "\u0378", "\ufdd0", "\uffff",
    "\ufffd", "\ud800", "\udc00", "\udfff\ud800", "a\udbffb",
    "e\u0301", "a\u0323\u0302", "a\u0302\u0323", "\u0301", "\u0301\u0323", "o\u0308\u0304", "q\u0307\u0323", "\u0345\u0301", "\u1e9b\u0323", "\u212b", "\u2126",
    "Å", "ǭ", "ṩ", "\u0344", "\u0958", "\u0f73\u0f71", "ක්‍ෂ", "नि", "각", "\u1100\u1161\u11a8", "\u1100\u1161", "가\u11a8",
    "ﬁ", "ﬃ", "ﷺ", "㌀", "㍿", "½", "①", "ª", "ſ", "ẞ", "ß", "ŉ", "İ", "ı", "ǅ", "Σ", "ΑΣ", "ς", "K", "ﾊﾟ", "が", "か\u3099", "\u32ff", "\ua7f2",
    "中", "𠀀", "𫠝", "丽", "﨎", "あ", "ア", "한", "ก็", "ำ", "ลำ", "لا", "ـ", "ּ", "👍", "👍🏽", "👩‍👩‍👧‍👦", "🏳️‍🌈", "🇩🇪", "🇩🇪🇫🇷🇯", "1️⃣", "☺️", "❤", "🥺", "🫠", "\u200d", "\ufe0f", "🧑🏿‍🚀",
    "[SEP]", "[CLS]", "[MASK]", "[UNK]", "[PAD]", "[sep]", "<s>", "</s>", "<mask>", "<pad>", "<unk>", "<|endoftext|>", "<s", "<0x41>", "▁", "▁▁", "Ġ", "##ing", "<extra>", "<EXTRA>", "new york", "New York",
    "'s", "'S", "'ll", "'LL", "'ſ", "’s", "...", "…", "!?", "--", "—", "_", "a_b", "$", "+", "=", "|", "~", "`", "^", "©", "€", "«x»", "¿", "、", "。", "·", "'", '"', "\\", "/",
    "0", "12", "123", "1234", "12345678", "٣", "१२", "²", "Ⅷ", "x", "xx", "é", "naïve", "Hello", "WORLD", "supercalifragilistic", "antidisestablishmentarianism", "http://a.b/c?d=e&f#g", "user@example.com", "C++", "#tag", "@you",
    "a" * 101, "ab" * 60, "好" * 40, "😀" * 30, "é" * 120, "\u0301" * 20, " " * 40, "\n" * 7, "!" * 30, "=" * 17, "a b " * 20, "\u1100" * 5,
]


def lines_of(path):
    with open(path, encoding="utf-8", newline="") as file:
        return [row[0] for row in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)][1:]


def training_texts(sst2):
    return lines_of(sst2 / "train.tsv")[:40_000] + SENTENCES * 60


def hard_texts():
    """About 900 texts: each piece alone and in three surroundings, sentences, and random chains of pieces."""
    chance = random.Random(5)
    texts = list(SENTENCES)
    for piece in PIECES:
        texts += [piece, f"a {piece} b"]
        texts.append(chance.choice([f"x{piece}y", f" {piece}", f"{piece} ", f"{piece}{piece}", f"Good{piece}\n"]))
    for _ in range(320):
        texts.append("".join(chance.choice(PIECES) for _ in range(chance.randint(2, 7))))
    for sentence in SENTENCES:
        place = chance.randrange(len(sentence))
        texts.append(sentence[:place] + chance.choice(PIECES) + sentence[place:])
        texts.append(f"  {sentence.upper()}\r\n")
        texts.append(sentence.replace(" ", chance.choice(["  ", "\t", "\u00a0", "\u3000", "\n"])))
    return list(dict.fromkeys(texts))


def all_texts(sst2):
    chance = random.Random(7)
    hard = hard_texts()
    easy = chance.sample(lines_of(sst2 / "dev.tsv"), 500) + chance.sample(lines_of(sst2 / "train.tsv"), 900)
    return hard, list(dict.fromkeys(easy))
