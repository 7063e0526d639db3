import { kendallTau } from "../common/kendall";
import { hidingRows, type Measure } from "./measure";

/**
 * Kendall's τ-b of the scores with what leaving out one feature takes from the target's own value (Jain and Wallace 2019, section 4.1); of scores without signs, with how much it changes it.
 */
export const leaveOneOut: Measure = {
  planned: ({ features }) => features + 1,
  async run({ target, scores, signed }, { signal, onProgress }) {
    const { features } = target;
    const each = Array.from({ length: features }, (_, feature) => [feature]);
    const { logit } = await target.evaluate(hidingRows(features, each), signal, onProgress);
    const [whole = Number.NaN, ...without] = logit;
    const falls = without.map((value) => (signed ? whole - value : Math.abs(whole - value)));
    const found = kendallTau(scores, falls);
    return found && { value: found.tau, spread: null, curve: null, scale: "none" };
  },
};
