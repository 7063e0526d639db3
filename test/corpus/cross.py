"""Attention x gradient, relevance through attention and attention flow of encoder-decoder models, by torch in double precision and networkx.

    python test/corpus/cross.py [name ...]

Writes test/corpus/cross/<name>.json for the models of seq2seq.py and the third token that each writes of the first text: over the words of the text and of the output so far,
attention x gradient of every map (the encoder's, then layer by layer the decoder's own and its map from the output to the text), and the relevance of Chefer, Gur and Wolf 2021
(equations 5 to 11) in the row of the token before, without what it begins with there; and attention flow (Abnar and Zuidema 2020) to each from that token, in a network with
text and output side by side in each layer.
"""

import json
import pathlib
import sys
import tempfile

import networkx
import torch
from reference import floats, run, texts
from seq2seq import inputs, models, saved

here = pathlib.Path(__file__).resolve().parent


def maps(name):
    """Maps with their gradients, as (what, map, gradient), [heads, queries, keys] each, in the order that they are computed in."""
    torch.set_default_dtype(torch.float32)
    with tempfile.TemporaryDirectory() as folder:
        model = saved(models[name], pathlib.Path(folder, "source")).double()
    batch = texts(inputs, "single")
    golden = json.loads((here / "seq2seq" / f"{name}.json").read_text())["single"]["written"]
    begun = torch.tensor([[golden["begins"], *golden["tokens"][:2]]])
    asked = {part: batch[part][:1] for part in ("input_ids", "attention_mask")}
    result = run(model, {**asked, "decoder_input_ids": begun})
    found = [("encoder", map) for map in result.encoder_attentions]
    for own, cross in zip(result.decoder_attentions, result.cross_attentions, strict=True):
        found += [("decoder", own), ("cross", cross)]
    target = result.logits[0, -1, golden["tokens"][2]]
    slopes = torch.autograd.grad(target, [map for _, map in found])
    return [(what, map[0].detach(), slope[0]) for (what, map), slope in zip(found, slopes, strict=True)]


def normalised(relevance):
    """Equations 8 and 9: what attention brought, in rows that add up to 1, beside what each token has of itself."""
    own = torch.eye(len(relevance)).to(relevance)
    brought = relevance - own
    return brought / brought.sum(-1, keepdim=True).where(brought.sum(-1, keepdim=True) != 0, 1) + own


def chefer(found):
    source, output = found[0][1].shape[-1], found[-1][1].shape[-2]
    text, own = torch.eye(source).double(), torch.eye(output).double()
    between = torch.zeros(output, source).double()
    for what, map, slope in found:
        weighted = (map * slope).clamp(min=0).mean(0)
        if what == "encoder":
            text = text + weighted @ text
        elif what == "decoder":
            own, between = own + weighted @ own, between + weighted @ between
        else:
            between = between + normalised(own).T @ weighted @ normalised(text)
    return torch.cat([between[-1], own[-1] - torch.eye(output)[-1]])


def by_gradient(found):
    source, output = found[0][1].shape[-1], found[-1][1].shape[-2]
    rows = []
    for what, map, slope in found:
        scores = (map * slope).sum((0, 1))
        rows.append(torch.cat([torch.zeros(source), scores] if what == "decoder" else [scores, torch.zeros(output)]))
    return rows


def flow(found):
    source, output = found[0][1].shape[-1], found[-1][1].shape[-2]
    tokens = source + output
    network = networkx.DiGraph()
    for layer, (what, map, _) in enumerate(found):
        edges = torch.eye(tokens).double()
        rows, columns = (0 if what == "encoder" else source), (source if what == "decoder" else 0)
        mean = map.mean(0)
        edges[rows : rows + mean.shape[0], columns : columns + mean.shape[1]] += mean
        for query, row in enumerate((edges / edges.sum(-1, keepdim=True)).tolist()):
            network.add_weighted_edges_from([((layer + 1, query), (layer, key), width) for key, width in enumerate(row)], weight="capacity")
    flows = [networkx.maximum_flow_value(network, (len(found), tokens - 1), (0, token), flow_func=networkx.algorithms.flow.edmonds_karp) for token in range(tokens)]
    return torch.tensor(flows) / sum(flows)


if __name__ == "__main__":
    torch.set_num_threads(1)
    (here / "cross").mkdir(exist_ok=True)
    for name in sys.argv[1:] or models:
        found = maps(name)
        record = {"attentionGradient": [floats(row) for row in by_gradient(found)], "chefer": floats(chefer(found)), "attentionFlow": floats(flow(found))}
        (here / "cross" / f"{name}.json").write_text(json.dumps(record, separators=(",", ":")) + "\n")
        print(name, flush=True)
