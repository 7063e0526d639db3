import { classProbabilities } from "./classification";

/** Which outputs of a model that compares two texts say that the first implies the second, and that it denies it. */
export interface EntailmentOutputs {
  readonly entailment: number;
  readonly contradiction: number;
}

/** The outputs of an entailment model by its labels, in their order; `null` where none of them is called entailment, or nothing else is. */
export function entailmentOutputs(labels: readonly string[]): EntailmentOutputs | null {
  const starting = (beginning: string): number =>
    labels.findIndex((label) => label.toLowerCase().startsWith(beginning));
  const entailment = starting("entail");
  if (entailment < 0 || labels.length < 2) {
    return null;
  }
  const named = starting("contra");
  // Models without that name have it at the other end, such as "not_entailment".
  return { entailment, contradiction: named >= 0 ? named : entailment === 0 ? labels.length - 1 : 0 };
}

/**
 * The probability of each candidate, from the outputs that the text has with each candidate's hypothesis. One of them holds: softmax of the
 * entailment logits; `several` may: entailment against contradiction for each, as always for a single one (Yin et al. 2019, as the pipeline of `transformers`).
 */
export function candidateProbabilities(
  outputs: readonly ArrayLike<number>[],
  { entailment, contradiction }: EntailmentOutputs,
  several: boolean,
): number[] {
  const entailed = outputs.map((row) => row[entailment] ?? Number.NaN);
  if (!several && outputs.length > 1) {
    return classProbabilities(entailed, "softmax");
  }
  return outputs.map(
    (row, at) => classProbabilities([entailed[at] ?? Number.NaN, row[contradiction] ?? Number.NaN], "softmax")[0] ?? 0,
  );
}
