import type { Measure } from "./measure";

const draws = 10;
/** In units of the embeddings, as `captum` takes it by default. */
const radius = 0.02;

/**
 * Max-sensitivity (Yeh et al. 2019, definition 3.1): the largest ‖scores under noise − scores‖ / ‖scores‖ over drawn noises, each uniform within ±0.02 on every number of the word embeddings of the
 * text's own tokens, Euclidean norms, as `captum` estimates it.
 */
export const maxSensitivity: Measure = {
  planned: ({ method }) => (method && method.noiseCost !== null ? draws * method.noiseCost : null),
  async run({ method }, { onProgress }) {
    const changes: number[] = [];
    for (let draw = 0; draw < draws && method; draw++) {
      const compared = await method.again({ kind: "noise", radius, draw });
      onProgress?.((draw + 1) * (method.noiseCost ?? 0));
      changes.push(...(compared ? [relativeChange(...compared)] : []));
    }
    const value = Math.max(...changes);
    return Number.isFinite(value) ? { value, spread: null, curve: null, scale: "none" } : null;
  },
};

/** ‖other − own‖ / ‖own‖. */
export function relativeChange(own: readonly number[], other: readonly number[]): number {
  return Math.hypot(...own.map((score, at) => (other[at] ?? 0) - score)) / Math.hypot(...own);
}
