import type { Measure } from "./measure";

const draws = 10;
/** In units of the embeddings, as `captum` takes it by default. */
const radius = 0.02;

/**
 * Max-sensitivity (Yeh et al. 2019, definition 3.1): the largest ‖scores under noise − scores‖ / ‖scores‖ over drawn noises, each uniform within ±0.02 on every number of the word embeddings of the
 * text's own tokens, Euclidean norms, as `captum` estimates it. The scores are those of the method as it runs under noise, without any.
 */
export const maxSensitivity: Measure = {
  planned: ({ method }) => (method && method.noiseCost !== null ? (draws + 1) * method.noiseCost : null),
  async run({ method }, { onProgress }) {
    const scoresUnder = async (noise: { readonly radius: number; readonly draw: number }) =>
      (await method?.again({ kind: "noise", ...noise }))?.[1];
    const own = await scoresUnder({ radius: 0, draw: 0 });
    const changes: number[] = [];
    for (let draw = 0; draw < draws && own && method; draw++) {
      onProgress?.((draw + 1) * (method.noiseCost ?? 0));
      const other = await scoresUnder({ radius, draw });
      changes.push(...(other ? [relativeChange(own, other)] : []));
    }
    const value = Math.max(...changes);
    return Number.isFinite(value) ? { value, spread: null, curve: null, scale: "none" } : null;
  },
};

/** ‖other − own‖ / ‖own‖. */
export function relativeChange(own: readonly number[], other: readonly number[]): number {
  return Math.hypot(...own.map((score, at) => (other[at] ?? 0) - score)) / Math.hypot(...own);
}
