"""What torch computes for the corpus: logits, attention maps, hidden states, and gradients with respect to each for two targets."""

import base64
import contextlib

import torch
import transformers
from architectures import end, pad, vocabulary, width

lengths = (7, 5)


def texts(names, side):
    """`single` is the second, shorter text alone; `right` and `left` are both texts, padded on that side."""
    generator = torch.Generator().manual_seed(1)
    every = []
    for length in lengths:
        ids = torch.randint(4, vocabulary, (length,), generator=generator)
        ids[-1] = end
        kinds = (torch.arange(length) >= length // 2).long()
        every.append((ids, torch.ones(length, dtype=torch.long), kinds, torch.randint(4, vocabulary, (4,), generator=generator)))
    chosen = every[1:] if side == "single" else every
    longest = max(len(ids) for ids, *_ in chosen)

    def padded(row, value):
        missing = longest - len(row)
        return torch.nn.functional.pad(row, (missing, 0) if side == "left" else (0, missing), value=value)

    mask = torch.stack([padded(mask, 0) for _, mask, *_ in chosen])
    inputs = {
        "input_ids": torch.stack([padded(ids, pad) for ids, *_ in chosen]),
        "attention_mask": mask,
        "position_ids": (mask.cumsum(1) - 1).clamp(min=0),
        "token_type_ids": torch.stack([padded(kinds, 0) for _, _, kinds, _ in chosen]),
        "decoder_input_ids": torch.stack([decoder for *_, decoder in chosen]),
    }
    if "encoder_hidden_states" in names:
        # A decoder alone: what it is about comes from an encoder that is not in the file.
        states = torch.randn((len(lengths), max(lengths), width), generator=generator)[-len(chosen) :]
        inputs["input_ids"] = inputs["decoder_input_ids"]
        inputs["encoder_attention_mask"] = mask
        inputs["encoder_hidden_states"] = torch.stack([padded_states(*pair, side) for pair in zip(states, mask, strict=True)])
    return {name: inputs[name] for name in names}


def padded_states(states, mask, side):
    """States of the real tokens, the first ones of `states` wherever they are in the text; zeros elsewhere."""
    real = int(mask.sum())
    result = torch.zeros((len(mask), states.shape[1]))
    result[mask == 1] = states[:real]
    return result


def run(model, inputs):
    """What torch answers, attention maps and hidden states included; a decoder alone is given the states of its encoder."""
    wanted = dict(output_attentions=True, output_hidden_states=True)
    if "encoder_hidden_states" not in inputs:
        return model(**inputs, **wanted)
    encoder = transformers.modeling_outputs.BaseModelOutput(last_hidden_state=inputs["encoder_hidden_states"])
    return model(encoder_outputs=encoder, attention_mask=inputs["encoder_attention_mask"], decoder_input_ids=inputs["input_ids"], **wanted)


def seeds(logits, inputs):
    """Two directions in the logits: one class (at the last real token, where every token has logits), and a mix of all of them."""
    rows = logits.shape[0]
    one, mix = torch.zeros_like(logits), torch.zeros_like(logits)
    for row in range(rows):
        # The last row is the same text in every case, so it gets the same numbers.
        generator = torch.Generator().manual_seed(100 - (rows - row))
        if logits.dim() == 2:
            one[row, 1] = 1
            mix[row] = torch.randn(logits.shape[1], generator=generator)
        else:
            same_length = "attention_mask" in inputs and "decoder_input_ids" not in inputs
            real = inputs["attention_mask"][row].nonzero()[:, 0] if same_length else torch.arange(logits.shape[1])
            one[row, real[-1], 1] = 1
            mix[row, real] = torch.randn((len(real), logits.shape[2]), generator=generator)
    return {"one class": one, "mix": mix}


class Lookups:
    """
    Keeps the result of every lookup in the word-embedding table, of an encoder and a decoder in the tables of both, while it is open: before a scaling that a model puts
    inside its module. Where a model does not say which table that is, it is the first one that is looked up.
    """

    def __init__(self, model):
        self.tables, self.found = [], []
        stacks = [model.get_encoder(), model.get_decoder()] if model.config.is_encoder_decoder else [model]
        # Models of characters have several tables, others one that is no module.
        with contextlib.suppress(NotImplementedError, AttributeError):
            self.tables = [stack.get_input_embeddings().weight for stack in stacks]

    def __enter__(self):
        self.embedding = torch.nn.functional.embedding

        def recording(ids, weight, *rest, **named):
            result = self.embedding(ids, weight, *rest, **named)
            self.tables = self.tables or [weight]
            if any(weight is table for table in self.tables):
                self.found.append(result)
            return result

        torch.nn.functional.embedding = recording
        return self.found

    def __exit__(self, *_):
        torch.nn.functional.embedding = self.embedding


class Maps:
    """Keeps what the Softmax modules of a model give while it is open: SqueezeBERT shows its scores instead of its attention maps."""

    def __init__(self, model):
        self.modules, self.found = [module for module in model.modules() if isinstance(module, torch.nn.Softmax)], []

    def __enter__(self):
        self.hooks = [module.register_forward_hook(lambda _, __, result: self.found.append(result)) for module in self.modules]
        return self.found

    def __exit__(self, *_):
        for hook in self.hooks:
            hook.remove()


def floats(tensor):
    data = tensor.detach().to(torch.float32).contiguous().numpy()
    return {"dims": list(data.shape), "base64": base64.b64encode(data.tobytes()).decode()}


def inner_tensors(result, lookups, maps):
    places = [("embedding", "main", "lookup", lookups)]
    if result.get("encoder_hidden_states") is not None:
        places += [("hidden", "encoder", "state", result.encoder_hidden_states), ("attention", "encoder", "self", result.encoder_attentions)]
    if result.get("decoder_hidden_states") is not None:
        places += [("hidden", "main", "state", result.decoder_hidden_states), ("attention", "main", "self", result.decoder_attentions)]
        places += [("attention", "main", "cross", result.cross_attentions)]
    else:
        places += [("hidden", "main", "state", result.hidden_states), ("attention", "main", "self", maps or getattr(result, "attentions", None) or ())]
    return [(what, stream, kind, index, tensor) for what, stream, kind, tensors in places for index, tensor in enumerate(tensors)]


def reference(model, inputs):
    """The record of one batch; `model` must be eager, since only then torch keeps its attention maps."""
    with Lookups(model) as lookups, Maps(model) as maps:
        result = run(model, inputs)
    tensors = inner_tensors(result, lookups, maps)
    targets = seeds(result.logits, inputs)
    record = {
        "inputs": {name: floats(value) if value.is_floating_point() else value.tolist() for name, value in inputs.items()},
        "logits": floats(result.logits),
        "seeds": {name: floats(seed) for name, seed in targets.items()},
        "tensors": [{"what": what, "stream": stream, "kind": kind, "layer": layer, "value": floats(value), "gradients": {}} for what, stream, kind, layer, value in tensors],
    }
    for name, seed in targets.items():
        # What is computed without gradients is shown without them.
        reached = [(place, tensor) for place, (*_, tensor) in zip(record["tensors"], tensors, strict=True) if tensor.requires_grad]
        gradients = torch.autograd.grad(result.logits, [tensor for _, tensor in reached], seed, retain_graph=True, allow_unused=True)
        for (place, _), gradient in zip(reached, gradients, strict=True):
            if gradient is not None:
                place["gradients"][name] = floats(gradient)
    return record


def goldens(model, architecture):
    sides = getattr(architecture, "sides", ("single", "right", "left"))
    return {side: reference(model, texts(architecture.inputs, side)) for side in sides}
