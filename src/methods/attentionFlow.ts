import { throwIfCancelled } from "../common/errors";
import { aggregateHeads } from "./attentionScores";
import { readWeights } from "./layerProduct";
import { LayeredFlow } from "./maths/layeredFlow";
import type { InsideMethod } from "./method";
import { Pacer } from "./pacer";
import { residualRow } from "./rollout";

/**
 * Attention flow (Abnar and Zuidema 2020, section 3): the layers are a network whose edges are as wide as rollout's rows (mean of heads plus the identity,
 * normalised); a token's score is the most that can flow to it from the tokens that the model reads, as a share of what can flow to all tokens one by one. Where the
 * mean of all tokens is read, an even layer on top stands for it.
 */
export const attentionFlow: InsideMethod = {
  asks: "inside",
  looks: [],
  planned: (tokens) => tokens,
  async run({ tokens, maps }, { query }, { signal, onProgress }) {
    const layers = (await maps()).map((layer) => {
      const mean = aggregateHeads(layer, "mean");
      const edges = new Float64Array(tokens * tokens);
      for (let row = 0; row < tokens; row++) {
        residualRow(mean, row, edges.subarray(row * tokens, (row + 1) * tokens));
      }
      return edges;
    });
    const network = new LayeredFlow(layers, readWeights(tokens, query(tokens)));
    const pacer = new Pacer(signal);
    const flows = new Float64Array(tokens);
    for (let token = 0; token < tokens; token++) {
      throwIfCancelled(signal);
      const search = network.to(token);
      let step = search.next();
      for (; !step.done; step = search.next()) {
        if (pacer.due()) {
          await pacer.rest();
        }
      }
      flows[token] = step.value;
      onProgress?.(token + 1);
    }
    const total = flows.reduce((sum, flow) => sum + flow, 0);
    return { values: flows.map((flow) => flow / total), sum: null, evaluations: 0 };
  },
};
