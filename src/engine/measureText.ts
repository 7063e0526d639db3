import type { Attribution, ExplainRequest, MeasuredMethod } from "../common/explanation";
import { fitRequest } from "../methods/plan";
import { measureMethods } from "./drivers/measures";
import { explainText } from "./explain";
import type { LoadedModel } from "./loadedModel";
import { prepareText } from "./preparedText";
import type { RunReporter } from "./runReporter";

/** The measures of a request on attributions of its text that are known already, and on random scores. Throws what {@link measureMethods} throws. */
export async function measureText(
  model: LoadedModel,
  request: ExplainRequest,
  attributions: readonly Attribution[],
  signal: AbortSignal,
  reporter: RunReporter,
): Promise<readonly MeasuredMethod[]> {
  const text = prepareText(request, model);
  const { inputs } = text;
  reporter.phase("predicting", inputs.length);
  const rows = inputs.map(({ row }) => row);
  const shares = inputs.map(({ share }) => share);
  const prediction = model.task.predict(await model.batcher.evaluate(rows, signal), shares);
  const target = model.task.target(request, prediction);
  const run = { model, text, target, request: fitRequest(request, text), signal, reporter };
  return await measureMethods(run, attributions, request.measures, explainText);
}
