"""A checkpoint to make: a class of transformers, its settings, and what it is fed."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Case:
    kind: type
    config: object
    inputs: tuple = ("input_ids", "attention_mask")
    pad: int = 1
    end: int = 2
