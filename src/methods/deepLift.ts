import { message } from "../common/message";
import { tokenProducts } from "./embedded";
import type { EmbeddedMethod } from "./method";

/**
 * DeepLIFT contributions Σ_d (e_id − e′_id)·m_id of each token with the rescale rule (Shrikumar, Greenside and Kundaje 2017, eq. 3); the target gives as
 * gradients the multipliers m, for the text and the text without content in one batch.
 */
export const deepLift: EmbeddedMethod = {
  asks: "embedded",
  rules: "deepLift",
  planned: () => 2,
  async run({ input, baseline, width, gradients }, _, { signal, onProgress }) {
    const [full, empty] = await gradients([input, baseline], signal, onProgress);
    const difference = input.map((value, at) => value - (baseline[at] ?? 0));
    const sum = { base: empty?.value ?? Number.NaN, full: full?.value ?? Number.NaN };
    return { values: tokenProducts(difference, full?.gradient ?? input, width), sum, evaluations: 2 };
  },
  summary({ sum }, { baseline }) {
    const gap = sum?.gap ?? Number.NaN;
    return {
      parameters: { baseline },
      quality: { completenessGap: gap },
      notes: [message("The scores add up to the change of the prediction within {0} %.", (100 * gap).toFixed(1))],
    };
  },
};
