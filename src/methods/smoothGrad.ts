import { message } from "../common/message";
import { defaultOptions } from "../common/options";
import { largestOf, type PointGradient, tokenNorms } from "./embedded";
import { SeededRandom } from "./maths/random";
import { type EmbeddedMethod, largestFigure } from "./method";

/** Samples, and the standard deviation of the noise relative to that of the embeddings. */
const smoothGradDefaults = { samples: 25, noise: 0.15 } as const;
const noiseStream = 4;

/**
 * SmoothGrad: the norm of the mean gradient under normal noise on the text's own tokens (Smilkov et al. 2017, eq. 1). The noise is drawn from the run's
 * seed; the figure `spread` is how far scores from halves of the samples are apart, as a share of the largest score.
 */
export const smoothGrad: EmbeddedMethod = {
  asks: "embedded",
  rules: "gradient",
  planned: smoothGradDefaults.samples,
  async run({ input, content, width, gradients }, { seed, signal, onProgress }) {
    const { samples, noise } = smoothGradDefaults;
    const random = SeededRandom.fromSeed(seed, noiseStream);
    const isOwn = (at: number) => content[Math.floor(at / width)] === 1;
    const sigma = noise * standardDeviation(input.filter((_, at) => isOwn(at)));
    const points = Array.from({ length: samples }, () =>
      input.map((value, at) => (isOwn(at) ? value + sigma * random.normal() : value)),
    );
    const found = await gradients(points, signal, onProgress);
    const halves = [0, 1].map((half) => found.filter((_, index) => index % 2 === half));
    const [even, odd] = halves.map((half) => tokenNorms(meanGradient(half, input.length), width));
    const values = tokenNorms(meanGradient(found, input.length), width);
    const apart = values.map((_, token) => (even?.[token] ?? 0) - (odd?.[token] ?? 0));
    const spread = largestOf(apart) / (largestOf(values) || 1);
    return { values, sum: null, evaluations: samples, figures: { spread } };
  },
  summary({ parts }, { request: { seed, lime } }) {
    const spread = largestFigure(parts, "spread");
    const { samples } = smoothGradDefaults;
    return {
      parameters: { seed, ...smoothGradDefaults },
      quality: { spread },
      notes: [
        message(
          "Two halves of the {0} samples differ by at most {1} % of the largest score.",
          samples,
          (100 * spread).toFixed(1),
        ),
        ...(lime.samples === defaultOptions.lime.samples
          ? []
          : [message("The number of samples asked for is that of LIME; SmoothGrad always takes {0}.", samples)]),
      ],
    };
  },
};

function meanGradient(found: readonly PointGradient[], size: number): Float32Array {
  const mean = new Float32Array(size);
  for (const { gradient } of found) {
    for (let at = 0; at < size; at++) {
      mean[at] = (mean[at] ?? 0) + (gradient[at] ?? 0) / found.length;
    }
  }
  return mean;
}

function standardDeviation(values: Float32Array): number {
  const count = Math.max(1, values.length);
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count);
}
