import { message } from "../common/message";
import { eachGradient, largestOf, tokenNorms, tokenProducts } from "./embedded";
import { embeddingNoise, noiseShare } from "./embeddingNoise";
import { SeededRandom } from "./maths/random";
import { studentFactor } from "./maths/student";
import { type EmbeddedMethod, largestFigure } from "./method";

const noiseStream = 6;
/** The largest standard error, as a share of the largest score, with which the scores count as settled. */
const tolerance = 0.1;

/**
 * GradientSHAP: E[(ẽ − ẽ′)·∇f(ẽ′ + α(ẽ − ẽ′))] of each token, over texts ẽ and baselines ẽ′ with normal noise around their embeddings and α from 0 to 1
 * (Lundberg and Lee 2017; Erion et al. 2021, eq. 3). One α is drawn in each of as many equal parts of the way as there are samples; standard errors are
 * those of neighbouring parts' differences (collapsed strata, Cochran 1977, section 5A.12), widened for how few of them matter. Tokens that are the same in text and baseline have no noise and 0.
 */
export const gradientShap: EmbeddedMethod = {
  asks: "embedded",
  rules: "gradient",
  planned: ({ request }) => 2 + request.gradients.samples,
  async run(target, { request }, control) {
    const { input, baseline, width } = target;
    const { samples } = request.gradients;
    const random = SeededRandom.fromSeed(control.seed, noiseStream);
    const moves = tokenNorms(
      input.map((value, at) => value - (baseline[at] ?? 0)),
      width,
    );
    const noisy = embeddingNoise(target, (token) => (moves[token] ?? 0) > 0, random);
    const [start, end] = await target.gradients([baseline, input], control.signal, control.onProgress);
    const differences = new Map<number, Float32Array>();
    const pointAt = (index: number) => {
      const [from, to] = [noisy(baseline), noisy(input)];
      const share = (index + random.uniform()) / samples;
      differences.set(
        index,
        to.map((value, at) => value - (from[at] ?? 0)),
      );
      return from.map((value, at) => value + share * ((to[at] ?? 0) - value));
    };
    const moments = new Moments(moves.length);
    await eachGradient(
      target,
      samples,
      pointAt,
      ({ gradient }, index) => {
        moments.add(tokenProducts(gradient, differences.get(index) ?? input, width));
        differences.delete(index);
      },
      control,
      2,
    );
    const { mean: values, standardErrors } = moments;
    return {
      values,
      standardErrors,
      sum: { base: start?.value ?? Number.NaN, full: end?.value ?? Number.NaN },
      converged: largestOf(standardErrors) <= tolerance * largestOf(values),
      evaluations: 2 + samples,
      figures: { error: largestOf(standardErrors) / (largestOf(values) || 1) },
    };
  },
  summary({ parts, sum }, { baseline, request: { seed, gradients } }) {
    const gap = sum?.gap ?? Number.NaN;
    const error = largestFigure(parts, "error");
    return {
      parameters: { seed, baseline, samples: gradients.samples, noise: noiseShare },
      quality: { additivityGap: gap, largestError: error },
      notes: [
        message(
          "The scores miss the change of the prediction by {0} %; drawn again, each would move by at most about {1} % of the largest.",
          (100 * gap).toFixed(1),
          (100 * error).toFixed(1),
        ),
      ],
    };
  },
};

/** Mean, and standard errors by differences of successive samples, of each token's score. */
class Moments {
  readonly #sum: Float64Array;
  /** Sums of the differences' squares and of their fourth powers. */
  readonly #squares: Float64Array;
  readonly #fourths: Float64Array;
  /** Of each token the last score, and the square of the last difference. */
  #previous: { readonly scores: Float64Array; readonly squares: Float64Array | undefined } | undefined;
  #count = 0;

  constructor(tokens: number) {
    this.#sum = new Float64Array(tokens);
    this.#squares = new Float64Array(tokens);
    this.#fourths = new Float64Array(tokens);
  }

  add(scores: Float64Array): void {
    const last = this.#previous?.scores;
    const squares = last && scores.map((score, token) => (score - (last[token] ?? 0)) ** 2);
    // A sample has two neighbours, but the first and the last have one, which counts for both.
    const times = this.#count === 1 ? 1.5 : 1;
    squares?.forEach((square, token) => {
      this.#squares[token] = (this.#squares[token] ?? 0) + times * square;
      this.#fourths[token] = (this.#fourths[token] ?? 0) + times * square ** 2;
    });
    scores.forEach((score, token) => {
      this.#sum[token] = (this.#sum[token] ?? 0) + score;
    });
    this.#previous = { scores, squares };
    this.#count++;
  }

  get mean(): Float64Array {
    return this.#sum.map((sum) => sum / this.#count);
  }

  /**
   * The root of Σ vₖ/n², where the variance vₖ of a sample is half the mean square of its differences d from its neighbours. Widened by Student's factor: parts where scores vary most decide, so
   * that such a sum has 2·(Σd²)²/Σd⁴ degrees of freedom (Satterthwaite 1946; neighbouring differences share a sample), two thirds of the samples at most.
   */
  get standardErrors(): Float64Array {
    const last = this.#previous?.squares;
    return this.#squares.map((sum, token) => {
      const square = last?.[token] ?? 0;
      const squares = sum + square / 2;
      const fourths = (this.#fourths[token] ?? 0) + square ** 2 / 2;
      const degrees = Math.min((2 * squares ** 2) / fourths, (2 / 3) * (this.#count - 1));
      return squares === 0 ? 0 : (studentFactor(degrees) * Math.sqrt(squares / 2)) / this.#count;
    });
  }
}
