import { message } from "../common/message";
import { eachGradient, largestOf, tokenNorms } from "./embedded";
import { embeddingNoise, noiseShare } from "./embeddingNoise";
import { SeededRandom } from "./maths/random";
import { type EmbeddedMethod, largestFigure } from "./method";

const noiseStream = 4;

/**
 * SmoothGrad: the norm of the mean gradient under normal noise on the text's own tokens (Smilkov et al. 2017, eq. 1). The noise is drawn from the run's
 * seed; the figure `spread` is how far scores from halves of the samples are apart, as a share of the largest score.
 */
export const smoothGrad: EmbeddedMethod = {
  asks: "embedded",
  rules: "gradient",
  planned: ({ request }) => request.gradients.samples,
  async run(target, { request }, control) {
    const { input, content, width } = target;
    const { samples } = request.gradients;
    const random = SeededRandom.fromSeed(control.seed, noiseStream);
    const noisy = embeddingNoise(target, (token) => content[token] === 1, random);
    const halves = [new Float64Array(input.length), new Float64Array(input.length)] as const;
    const take = (gradient: Float32Array, half: Float64Array) => {
      for (let at = 0; at < half.length; at++) {
        half[at] = (half[at] ?? 0) + (gradient[at] ?? 0);
      }
    };
    const hear = ({ gradient }: { gradient: Float32Array }, index: number) =>
      take(gradient, halves[index % 2 === 0 ? 0 : 1]);
    await eachGradient(target, samples, () => noisy(input), hear, control);
    const norms = (sums: Float64Array, count: number) =>
      tokenNorms(
        sums.map((sum) => sum / count),
        width,
      );
    const [even, odd] = [norms(halves[0], Math.ceil(samples / 2)), norms(halves[1], Math.floor(samples / 2))];
    const values = norms(
      halves[0].map((sum, at) => sum + (halves[1][at] ?? 0)),
      samples,
    );
    const apart = values.map((_, token) => (even[token] ?? 0) - (odd[token] ?? 0));
    const spread = largestOf(apart) / (largestOf(values) || 1);
    return { values, sum: null, evaluations: samples, figures: { spread } };
  },
  summary({ parts }, { request: { seed, gradients } }) {
    const spread = largestFigure(parts, "spread");
    const { samples } = gradients;
    return {
      parameters: { seed, samples, noise: noiseShare },
      quality: { spread },
      notes: [
        message(
          "Two halves of the {0} samples differ by at most {1} % of the largest score.",
          samples,
          (100 * spread).toFixed(1),
        ),
      ],
    };
  },
};
