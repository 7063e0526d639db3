import type { FittedRequest } from "../methods/plan";
import type { ClassTarget } from "../tasks/classification";
import type { RunFigures } from "./attributions";
import type { LoadedModel } from "./loadedModel";
import type { PreparedText } from "./preparedText";
import type { RunReporter } from "./runReporter";

/** A text that is being explained: what every method works on, and whom it tells how far it is. */
export interface TextRun {
  readonly model: LoadedModel;
  readonly text: PreparedText;
  readonly target: ClassTarget;
  readonly request: FittedRequest;
  readonly signal: AbortSignal;
  readonly reporter: RunReporter;
}

/** The figures of a method that began at `start`, by the clock of `performance`. */
export function figuresOf(
  { request }: Pick<TextRun, "request">,
  start: number,
  parameters: RunFigures["parameters"],
): RunFigures {
  return { units: request.units, parameters, milliseconds: performance.now() - start };
}
