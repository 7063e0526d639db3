import type { EmbeddedTarget } from "./embedded";
import type { SeededRandom } from "./maths/random";

/** The standard deviation of the noise as a share of that of the embeddings (Smilkov et al. 2017, section 3). */
export const noiseShare = 0.15;

/**
 * Adds normal noise to embeddings [tokens, width] at the tokens for which `isNoisy`; as wide as {@link noiseShare} of the standard deviation of the
 * embeddings of the text's own tokens.
 */
export function embeddingNoise(
  { input, content, width }: Pick<EmbeddedTarget, "input" | "content" | "width">,
  isNoisy: (token: number) => boolean,
  random: SeededRandom,
): (values: Float32Array) => Float32Array {
  const tokenOf = (at: number) => Math.floor(at / width);
  const sigma = noiseShare * standardDeviation(input.filter((_, at) => content[tokenOf(at)] === 1));
  return (values) => values.map((value, at) => (isNoisy(tokenOf(at)) ? value + sigma * random.normal() : value));
}

function standardDeviation(values: Float32Array): number {
  const count = Math.max(1, values.length);
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count);
}
