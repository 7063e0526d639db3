"""The bundled model's logit of `positive` where every word of a text is replaced by a baseline, and where the first half of its tokens are, by torch.

    python make.py > cases.json         (requirements: those of `test/golden/gradients`)
"""

import json
import pathlib
import sys

import torch
from transformers import AutoTokenizer

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "parity"))
from models import bundled, bundled_torch  # noqa: E402

CASES = [
    ("A gorgeous, witty and seductive movie.", "A dull, tired and endless mess."),
    ("dull", "a wonderful surprise from start to end"),
    ("I laughed twice and slept once; nobody else in the room did either.", "Nobody laughed."),
]


def main():
    torch.set_num_threads(1)
    tokenizer = AutoTokenizer.from_pretrained(bundled)
    network = bundled_torch().double().eval()
    table = network.get_input_embeddings().weight.detach()
    cases = []
    for text, other in CASES:
        ids = tokenizer(text, return_tensors="pt")["input_ids"][0]
        content = torch.arange(1, len(ids) - 1)
        contrast = tokenizer(other, add_special_tokens=False)["input_ids"][: len(content)]
        contrast += [tokenizer.mask_token_id] * (len(content) - len(contrast))
        vectors = {
            "mask": table[tokenizer.mask_token_id].expand(len(content), -1),
            "zero": torch.zeros(len(content), table.shape[1]).double(),
            "mean": table.mean(0).expand(len(content), -1),
            "text": table[torch.tensor(contrast)],
        }
        values = {}
        for name, vector in vectors.items():
            embeds = table[ids].clone()
            embeds[content] = vector
            half = table[ids].clone()
            half[content[: len(content) // 2]] = vector[: len(content) // 2]
            logits = [network(inputs_embeds=one[None]).logits[0, 1].item() for one in (embeds, half)]
            values[name] = {"all": round(logits[0], 9), "half": round(logits[1], 9)}
        cases.append({"text": text, "other": other, "values": values})
    json.dump(cases, sys.stdout, indent=1)


if __name__ == "__main__":
    main()
