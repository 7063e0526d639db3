"""The bucket of each distance in T5, as `transformers` computes it.

    python test/golden/relativeBuckets/make.py

Writes relativeBuckets.json: for each number of buckets and furthest distance, both ways or only back, the buckets of the distances from −furthest − 3 to furthest + 3.
Versions are those of test/corpus/checkpoints/requirements.txt.
"""

import json
import pathlib

import torch
from transformers.models.t5.modeling_t5 import T5Attention

here = pathlib.Path(__file__).resolve().parent
rows = []
for count, furthest in ((32, 128), (8, 10), (16, 64), (64, 256), (32, 20), (12, 100), (4, 3)):
    for both in (True, False):
        distances = torch.arange(-furthest - 3, furthest + 4)
        buckets = T5Attention._relative_position_bucket(distances, bidirectional=both, num_buckets=count, max_distance=furthest)
        rows.append({"count": count, "furthest": furthest, "bothWays": both, "buckets": buckets.tolist()})
(here / "relativeBuckets.json").write_text(json.dumps(rows, separators=(",", ":")) + "\n")
