import type { Attribution, MeasuredMethod, PlacedRequest } from "../common/explanation";
import { fitRequest } from "../methods/plan";
import { measureMethods } from "./drivers/measures";
import { explainText } from "./explain";
import { continueText } from "./generation/continueText";
import type { LoadedModel } from "./loadedModel";
import { predictText, prepareRead } from "./readText";
import type { RunReporter } from "./runReporter";

/** The measures of a request on attributions of its text that are known already, and on random scores. Throws what {@link measureMethods} throws. */
export async function measureText(
  model: LoadedModel,
  request: PlacedRequest,
  attributions: readonly Attribution[],
  signal: AbortSignal,
  reporter: RunReporter,
): Promise<readonly MeasuredMethod[]> {
  const continuation = await continueText(model, request, signal, reporter);
  const whole = await prepareRead(model, request, signal, continuation);
  reporter.phase("predicting", whole.inputs.length);
  const { target, text } = await predictText(model, whole, request, signal, (windows) => reporter.progress(windows));
  const run = { model, text, target, request: fitRequest(request, text), signal, reporter };
  return await measureMethods(run, attributions, request.measures, explainText);
}
