"""Prints the model's answers to texts that are hard for it, to masked text, and LIME's weights for one sentence."""

import argparse
from pathlib import Path

import numpy as np
import onnxruntime
from lime.lime_text import LimeTextExplainer
from tokenizers import Tokenizer

from data import LABELS
from reference import feeds_of

TEXTS = {
    "plain": [
        "One of the best films I have seen in years.",
        "A dull, lifeless mess with nothing to say.",
        "I loved every minute of it!",
        "The plot is thin, but the actors carry it with charm.",
        "The actors are charming, but the plot is paper-thin and the ending is awful.",
    ],
    "sarcasm": [
        "Oh great, another superhero movie. Just what the world needed.",
        "If you enjoy watching paint dry, this is the film for you.",
        "A wonderful cure for insomnia.",
        "I could not have hoped for a better way to waste two hours of my life.",
        "Brilliant. They spent 200 million dollars on that.",
    ],
    "negation": [
        "not bad",
        "This movie is not good.",
        "This movie isn't bad at all.",
        "I don't think anyone could dislike this film.",
        "It is not that the film is bad; it is just never good.",
        "Nobody will be disappointed.",
        "You won't regret missing it.",
        "It never fails to entertain.",
        "Hardly a masterpiece.",
    ],
    "neutral": [
        "The film runs for 112 minutes and was shot in Toronto.",
        "The meeting is at three o'clock on Tuesday.",
        "She opened the door.",
        "movie",
        ".",
        "",
    ],
    "other subjects": [
        "The battery died after two days and the seller never answered.",
        "The patient tested positive for the virus.",
        "The bug was fixed and all tests pass.",
        "War crimes were committed in the village.",
    ],
    "other languages": [
        "Ein wunderbarer Film, ich habe jede Minute geliebt.",
        "Ein furchtbar langweiliger Film.",
        "Un film magnifique et bouleversant.",
        "Una película aburrida y sin sentido.",
        "この映画はとても面白かった。",
        "😀👍",
        "😡👎",
    ],
}
MIXED = (
    "The camera work is beautiful and the music is a delight. The two leads are warm, funny and believable. "
    "The first hour flies by. "
)
TURN = "But the last hour is so stupid, so cruel and so badly written that I left angry and would not recommend it to anyone."
LIME_TEXT = "A gorgeous, witty and seductive movie, though its unsubtle ending never quite earns the tears it asks for."


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="the model folder")
    parser.add_argument("--samples", type=int, default=2000)
    options = parser.parse_args()
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = 1
    settings.add_session_config_entry("session.disable_quant_qdq", "1")
    session = onnxruntime.InferenceSession(str(options.folder / "onnx" / "model.onnx"), settings, providers=["CPUExecutionProvider"])
    tokenizer = Tokenizer.from_file(str(options.folder / "tokenizer.json"))

    def probabilities(ids: list[list[int]]) -> np.ndarray:
        parts = []
        for start in range(0, len(ids), 32):
            logits = session.run(None, feeds_of(ids[start : start + 32]))[0].astype(np.float64)
            raised = np.exp(logits - logits.max(-1, keepdims=True))
            parts.append(raised / raised.sum(-1, keepdims=True))
        return np.concatenate(parts)

    def of_texts(texts: list[str]) -> np.ndarray:
        return probabilities([tokenizer.encode(text).ids[:512] for text in texts])

    def show(text: str, answer: np.ndarray) -> None:
        print(f"  {LABELS[int(answer.argmax())]} {100 * answer.max():.1f} %  {text}")

    for kind, texts in TEXTS.items():
        print(kind)
        for text in texts:
            show(text, of_texts([text])[0])
    print("long and mixed")
    show("praise, then blame", of_texts([MIXED + TURN])[0])
    show("blame, then praise", of_texts([TURN + " " + MIXED])[0])
    show("praise six times, then blame", of_texts([MIXED * 6 + TURN])[0])
    print("all content masked, by number of masks")
    cls, sep, mask = (tokenizer.token_to_id(token) for token in ("[CLS]", "[SEP]", "[MASK]"))
    for count in (1, 2, 4, 8, 16, 24, 32, 64):
        print(f"  {count}: positive {100 * probabilities([[cls] + [mask] * count + [sep]])[0][1]:.1f} %")
    print("LIME, words removed")
    explainer = LimeTextExplainer(class_names=[LABELS[0], LABELS[1]], random_state=1)
    show(LIME_TEXT, of_texts([LIME_TEXT])[0])
    explained = explainer.explain_instance(LIME_TEXT, of_texts, num_features=20, num_samples=options.samples)
    print("  " + ", ".join(f"{word} {weight:+.3f}" for word, weight in explained.as_list()))
    explainer = LimeTextExplainer(class_names=[LABELS[0], LABELS[1]], random_state=1, bow=False, mask_string="[MASK]")
    explained = explainer.explain_instance(LIME_TEXT, of_texts, num_features=20, num_samples=options.samples)
    print("LIME, words masked")
    print("  " + ", ".join(f"{word} {weight:+.3f}" for word, weight in explained.as_list()))


if __name__ == "__main__":
    main()
