import type { Curve, MeasureScale } from "../common/explanation";
import type { Message } from "../common/message";
import { numberLink } from "../methods/link";
import type { MaskedTarget } from "../methods/maskedTarget";
import type { MethodRun } from "../methods/methodRun";

/** Under what else a method can be run again: another seed, a text that means the same, a number of random layers from the output down, another label, noise on word embeddings. */
export type Circumstance =
  | { readonly kind: "seed"; readonly seed: number }
  | { readonly kind: "edit"; readonly text: string }
  | { readonly kind: "layers"; readonly count: number }
  | { readonly kind: "label" }
  | { readonly kind: "noise"; readonly radius: number; readonly draw: number };

/** The scores that are measured and those that the method gives otherwise, of the same units. */
export type Compared = readonly [own: readonly number[], other: readonly number[]];

/** The method whose scores are measured, as something that can be run again. */
export interface Rerunnable {
  /** Evaluations of one run. */
  readonly cost: number;
  /** The text, where it can be changed. */
  readonly text: string | null;
  /** Whether the method draws anything. */
  readonly draws: boolean;
  /** How many groups of layers can be replaced by random ones. */
  layers(): number;
  /** Whether there is another label that could have been explained. */
  readonly hasOtherLabel: boolean;
  /** Evaluations of one run under noise on word embeddings; `null` where the method reads none. */
  readonly noiseCost: number | null;
  /** `null` where the method gives nothing that could be compared. */
  again(circumstance: Circumstance): Promise<Compared | null>;
}

/** Scores that are measured, and the target that they are to explain. */
export interface MeasureQuestion {
  readonly target: MaskedTarget;
  /** One per feature of the target. */
  readonly scores: ArrayLike<number>;
  /** Whether a score's sign says for or against the target. */
  readonly signed: boolean;
  /** `null` for scores that are no method's. */
  readonly method: Rerunnable | null;
}

/** What a measure is given besides; all scores of a run are measured with the same seed, and so with the same draws. */
export type MeasureRun = Pick<MethodRun, "seed" | "signal" | "onProgress">;

/** What a measure finds for one list of scores. */
export interface Figure {
  readonly value: number;
  /** Standard error, where masks are drawn. */
  readonly spread: number | null;
  /** What the value is the summary of. */
  readonly curve: Curve | null;
  readonly scale: MeasureScale;
  /** What a person should know, in words. */
  readonly notes?: readonly Message[];
}

/** A measure of how faithful scores are to what the model does. */
export interface Measure {
  /** How many evaluations of the model it asks for; `null` where it has nothing to say of such scores. */
  planned(size: { readonly features: number; readonly method: Rerunnable | null }): number | null;
  /** A target without features is never asked about. `null` where the scores leave nothing to be told. */
  run(question: MeasureQuestion, run: MeasureRun): Promise<Figure | null>;
}

/** The features from the highest score to the lowest, the earlier one first among equals. */
export function strongestFirst(scores: ArrayLike<number>): number[] {
  return Array.from(scores, (_, feature) => feature).sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0) || a - b);
}

/** The probability (or number) on a text, and with some of its features hidden: `hides` says for each row which. */
export async function hiddenValues(
  target: MaskedTarget,
  hides: readonly (readonly number[])[],
  { signal, onProgress }: MeasureRun,
): Promise<readonly [whole: number, ...hidden: number[]]> {
  const { logOdds } = await target.evaluate(hidingRows(target.features, hides), signal, onProgress);
  const [whole = Number.NaN, ...hidden] = Array.from(logOdds, target.link.of);
  return [whole, ...hidden];
}

/** Keep-masks, row-major: the first keeps all, each of the others hides a list of features. */
export function hidingRows(features: number, hides: readonly (readonly number[])[]): Uint8Array {
  const rows = new Uint8Array((hides.length + 1) * features).fill(1);
  for (const [row, hidden] of hides.entries()) {
    for (const feature of hidden) {
      rows[(row + 1) * features + feature] = 0;
    }
  }
  return rows;
}

/** What {@link hiddenValues} are: probabilities, or the plain numbers of a model that has none. */
export function scaleOf({ link }: MaskedTarget): MeasureScale {
  return link === numberLink ? "number" : "probability";
}

/** From this τ-b on, scores are said hardly to have changed. */
export const hardlyChanges = 0.5;
