import type { Question } from "../methods/method";
import type { FittedRequest } from "../methods/plan";
import type { Target } from "../tasks/target";
import type { LoadedModel } from "./loadedModel";
import type { PreparedText } from "./preparedText";
import type { RunReporter } from "./runReporter";

/** A text that is being explained: what every method works on, and whom it tells how far it is. */
export interface TextRun {
  readonly model: LoadedModel;
  readonly text: PreparedText;
  readonly target: Target;
  readonly request: FittedRequest;
  readonly signal: AbortSignal;
  readonly reporter: RunReporter;
  /** Noise on the word embeddings of the text's own tokens, uniform within ± `radius`; gradient methods alone read it. `steps` as in {@link Question}. */
  readonly noise?: { readonly radius: number; readonly draw: number; readonly steps: number | null };
}
