"""Attention flow by networkx, for random attention: the whole network of Abnar and Zuidema (2020) as a graph, and Edmonds-Karp as in their paper.

    python make.py > cases.json

Each case has the head means of its layers, first layer first, the token that is read (null: an even layer on top reads all), and the maximum
flow to each token. Some rows are nearly all on one token, as real attention is, and some cases are causal.
"""

import json
import sys

import networkx
import numpy


def attention(random, tokens, causal):
    scores = random.normal(size=(tokens, tokens)) * random.choice([0.5, 3, 8], size=(tokens, 1))
    if causal:
        scores[numpy.triu_indices(tokens, 1)] = -numpy.inf
    weights = numpy.exp(scores - scores.max(1, keepdims=True))
    return numpy.round(weights / weights.sum(1, keepdims=True), 6)


def flows(layers, read):
    tokens = len(layers[0])
    graph = networkx.DiGraph()
    for layer, mean in enumerate(layers):
        edges = mean + numpy.eye(tokens)
        edges /= edges.sum(1, keepdims=True)
        for query in range(tokens):
            for key in range(tokens):
                graph.add_edge((layer + 1, query), (layer, key), capacity=edges[query, key])
    source = (len(layers), read)
    if read is None:
        source = "all"
        for query in range(tokens):
            graph.add_edge(source, (len(layers), query), capacity=1 / tokens)
    algorithm = networkx.algorithms.flow.edmonds_karp
    return [networkx.maximum_flow_value(graph, source, (0, token), flow_func=algorithm) for token in range(tokens)]


def main():
    random = numpy.random.default_rng(7)
    cases = []
    for tokens, count, causal, read in [(2, 1, False, 0), (4, 2, False, 0), (6, 3, False, 2), (7, 4, True, 6), (5, 6, False, None), (9, 3, True, 8), (8, 5, False, 0), (12, 4, False, None)]:
        layers = [attention(random, tokens, causal) for _ in range(count)]
        cases.append({"layers": [layer.ravel().tolist() for layer in layers], "read": read, "flows": flows(layers, read)})
    json.dump(cases, sys.stdout)


if __name__ == "__main__":
    main()
