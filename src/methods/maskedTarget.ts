import type { Link } from "./link";

/** The target of an explanation as a function of which features are kept: all that a perturbation method sees of model and text. */
export interface MaskedTarget {
  /** How many features there are; may be 0. */
  readonly features: number;
  /** From `logOdds` to what LIME explains: a probability, or the number itself. */
  readonly link: Link;
  /**
   * Evaluates the target under keep-masks. `rows` is uint8 [rows, features], row-major, 1 = kept; one value per row comes back.
   * Runs in short batches; `onDone` hears how many of these rows are done. Rejects with a `cancelled` `ExplainError` soon after `signal` aborts.
   * With 0 features no rows can be told apart, so methods never call it then.
   */
  evaluate(rows: Uint8Array, signal: AbortSignal, onDone?: (rowsDone: number) => void): Promise<TargetValues>;
  /** What share of the whole has to be computed again when these features alone change; 1 where it is left out. */
  costOf?(features: readonly number[]): number;
}

/** The target on each row of a call, on two scales. */
export interface TargetValues {
  /** The target's own value: the label's logit, the log-odds "A rather than B", or a plain number. */
  readonly logit: Float64Array;
  /** log p/(1 − p) of the target's probability; for "A rather than B" the log-odds between the two; of a plain number, itself. */
  readonly logOdds: Float64Array;
  /** The own values of other targets on the same rows, each as `logit`: what is looked for may be what matters to any of them. */
  readonly beside?: readonly Float64Array[];
}
