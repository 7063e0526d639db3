import type { MaskedMethod } from "./method";

/**
 * Leave-one-out importance f(all) − f(all without i) of each feature i (Li, Monroe and Jurafsky 2016): one evaluation for the whole text and one for each
 * feature left out. Positive where the feature supports the target.
 */
export const occlusion: MaskedMethod = {
  asks: "masked",
  of: "windows",
  hides: "one",
  planned: ({ features: { groups } }) => (groups.length === 0 ? 0 : groups.length + 1),
  async run(target, _, { signal, onProgress }) {
    const { features } = target;
    if (features === 0) {
      return { values: new Float64Array(0), sum: null, evaluations: 0 };
    }
    const rows = new Uint8Array((features + 1) * features).fill(1);
    for (let feature = 0; feature < features; feature++) {
      rows[(feature + 1) * features + feature] = 0;
    }
    const { logit } = await target.evaluate(rows, signal, onProgress);
    const full = logit[0] ?? Number.NaN;
    return { values: logit.subarray(1).map((value) => full - value), sum: null, evaluations: features + 1 };
  },
  summary: (_, { baseline }) => ({ parameters: { baseline } }),
};
