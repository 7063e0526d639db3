"""What captum, shap and torch take on the bundled model, one explanation for each line of standard input.

    python python.py -

Reads lines {"what", "ids", "special", …}, answers each with {"seconds", "cpu", "evaluations", "scores", "peak"}: wall and processor time of one explanation, how many texts the model was run on, the scores of
all tokens, and the most memory this process has taken, in bytes. The bundled file's weights in single precision, `sdpa` attention where no attention weights are needed; weights are frozen and runs that need no
gradient are in inference mode; two threads. Needs test/parity/requirements.txt.
"""

import json
import pathlib
import re
import sys
import time

import numpy
import shap
import torch
from captum.attr import IntegratedGradients

root = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(root / "test" / "parity"))
sys.path.insert(0, str(root / "test" / "golden" / "owen"))
from make import Masker, linkage  # noqa: E402
from models import bundled_torch  # noqa: E402

MASK = 103


class Side:
    def __init__(self):
        self.model = bundled_torch().float().eval().requires_grad_(False)
        self.table = self.model.get_input_embeddings().weight
        self.layers = self.model.bert.encoder.layer
        self.evaluations = 0

    def attend(self, kind):
        if self.model.config._attn_implementation != kind:
            self.model.set_attn_implementation(kind)

    def logit(self, embeds):
        self.evaluations += len(embeds)
        return self.model(inputs_embeds=embeds, attention_mask=torch.ones(embeds.shape[:2], dtype=torch.int64)).logits[:, 1]

    def fed(self, asked):
        """Embeddings of the text and of the text with all words masked."""
        ids = torch.tensor([asked["ids"]])
        return self.table[ids], self.table[torch.where(torch.tensor(asked["special"]), ids, MASK)]

    def game(self, asked):
        """The logit as a function of which of the text's own tokens are kept."""
        ids = torch.tensor(asked["ids"])
        content = ~torch.tensor(asked["special"])

        def game(rows):
            kept = torch.from_numpy(numpy.asarray(rows) > 0.5).reshape(-1, int(content.sum()))
            values = []
            for part in kept.split(asked["batch"]):
                masked = ids.repeat(len(part), 1)
                masked[:, content] = torch.where(part, masked[:, content], MASK)
                with torch.inference_mode():
                    values.append(self.model(input_ids=masked, attention_mask=torch.ones_like(masked)).logits[:, 1])
            self.evaluations += len(kept)
            return torch.cat(values).numpy()

        return game, int(content.sum())

    def with_specials(self, asked, scores):
        full = numpy.zeros(len(asked["ids"]))
        full[~numpy.array(asked["special"])] = numpy.ravel(scores)
        return full

    def gradientXInput(self, asked):
        self.attend("sdpa")
        embeds = self.fed(asked)[0].requires_grad_(True)
        (gradient,) = torch.autograd.grad(self.logit(embeds).sum(), embeds)
        return (gradient * embeds).sum(-1)[0].detach()

    def integratedGradients(self, asked):
        self.attend("sdpa")
        embeds, empty = self.fed(asked)
        path = IntegratedGradients(self.logit)
        found = path.attribute(embeds, baselines=empty, n_steps=asked["samples"], method="gausslegendre", internal_batch_size=asked["batch"])
        return found.sum(-1)[0].detach()

    def partitionShap(self, asked):
        self.attend("sdpa")
        game, count = self.game(asked)
        explainer = shap.explainers.Partition(game, Masker(count, linkage(asked["tree"], count)))
        found = explainer(numpy.ones((1, count)), max_evals=asked["samples"], batch_size=asked["batch"], silent=True)
        return self.with_specials(asked, found.values)

    def kernelShap(self, asked):
        self.attend("sdpa")
        game, count = self.game(asked)
        explainer = shap.KernelExplainer(game, numpy.zeros((1, count)))
        return self.with_specials(asked, explainer.shap_values(numpy.ones((1, count)), nsamples=asked["samples"], l1_reg=False, silent=True))

    def alti(self, asked):
        """Ferrando et al. 2022, equations 9 to 11, each layer at once."""
        self.attend("eager")
        projections, kept = [], []
        for layer in self.layers:
            attention = layer.attention
            projections.append(attention.self.value.register_forward_hook(lambda _, __, result: kept.append(result[0])))
            projections.append(attention.output.LayerNorm.register_forward_hook(lambda _, given, result: kept.append((given[0][0], result[0]))))
        with torch.inference_mode():
            ids = torch.tensor([asked["ids"]])
            run = self.model(input_ids=ids, attention_mask=torch.ones_like(ids), output_attentions=True, output_hidden_states=True)
            self.evaluations += 1
            for hook in projections:
                hook.remove()
            product = torch.eye(ids.shape[1])
            for at, layer in enumerate(self.layers):
                (value, (added, y)), maps, x = kept[2 * at : 2 * at + 2], run.attentions[at][0], run.hidden_states[at][0]
                heads, tokens = maps.shape[:2]
                weight = layer.attention.output.dense.weight.T.reshape(heads, -1, x.shape[1])
                parts = torch.einsum("hij,hjd->ijd", maps, torch.einsum("jhs,hsd->hjd", value.reshape(tokens, heads, -1), weight))
                parts[range(tokens), range(tokens)] += x
                norm = layer.attention.output.LayerNorm
                deviation = (added.var(-1, unbiased=False) + norm.eps).sqrt()
                parts = (parts - parts.mean(-1, keepdim=True)) * norm.weight / deviation[:, None, None]
                rows = (y.abs().sum(-1)[:, None] - (y[:, None] - parts).abs().sum(-1)).clamp(min=0)
                product = rows / rows.sum(1, keepdim=True) @ product
        return product[0]

    def valueZeroing(self, asked):
        """Mohebbi et al. 2023: every layer on its own states, all tokens' value vectors zeroed in turn, `batch` of them at once."""
        self.attend("sdpa")
        with torch.inference_mode():
            ids = torch.tensor([asked["ids"]])
            states = self.model(input_ids=ids, attention_mask=torch.ones_like(ids), output_hidden_states=True).hidden_states
            tokens = ids.shape[1]
            self.evaluations += 1 + tokens
            product = torch.eye(tokens).double()
            for at, layer in enumerate(self.layers):
                columns = []
                for zeroed in torch.arange(tokens).split(asked["batch"]):

                    def zero(_, __, result, zeroed=zeroed):
                        result = result.clone()
                        result[range(len(zeroed)), zeroed] = 0
                        return result

                    hook = layer.attention.self.value.register_forward_hook(zero)
                    left = layer(states[at].repeat(len(zeroed), 1, 1))
                    left = left[0] if isinstance(left, tuple) else left
                    hook.remove()
                    # Single precision would leave nothing of most of these differences.
                    columns.append(1 - torch.cosine_similarity(left.double(), states[at + 1].double(), dim=-1))
                matrix = torch.cat(columns).T.clamp(min=0)
                product = matrix / matrix.sum(1, keepdim=True) @ product
        return product[0]


def peak():
    return 1024 * int(re.search(r"VmHWM:\s+(\d+)", pathlib.Path("/proc/self/status").read_text())[1])


def main():
    torch.set_num_threads(2)
    side = Side()
    # What reading the bundled file took is not counted.
    pathlib.Path("/proc/self/clear_refs").write_text("5")
    for line in sys.stdin:
        asked = json.loads(line)
        side.evaluations = 0
        # shap draws from this one.
        numpy.random.seed(0)
        start, cpu = time.perf_counter(), time.process_time()
        scores = getattr(side, asked["what"])(asked)
        answer = dict(seconds=time.perf_counter() - start, cpu=time.process_time() - cpu, evaluations=side.evaluations)
        print(json.dumps(answer | dict(scores=[float(score) for score in scores], peak=peak())), flush=True)


if __name__ == "__main__":
    main()
