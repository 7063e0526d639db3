import type { PlannedMethod, RunPlan } from "../common/engineProtocol";
import { ExplainError } from "../common/errors";
import type { Attribution, PlacedRequest } from "../common/explanation";
import type { MethodId } from "../common/method";
import { fitRequest } from "../methods/plan";
import { implementations, methodAvailability } from "../methods/registry";
import { answered } from "./answered";
import { plannedPasses } from "./drivers/embedded";
import { plannedSteps } from "./drivers/inside";
import { plannedRows } from "./drivers/masked";
import { plannedMeasuring } from "./drivers/measures";
import type { LoadedModel } from "./loadedModel";
import { prepareText } from "./preparedText";
import type { TextRun } from "./textRun";
import { offeredBy } from "./usableMethods";

/** What every method would take on a text, and the measures of the request on `attributions` of it. Runs nothing. */
export async function planRun(
  model: LoadedModel,
  request: PlacedRequest,
  attributions: readonly Attribution[],
): Promise<RunPlan> {
  const text = prepareText(request, model);
  const run = { model, text, request: fitRequest(request, text) };
  const methods: PlannedMethod[] = [];
  for (const { id, available, why } of methodAvailability(offeredBy(model))) {
    methods.push(available ? await planOf(id, run) : { method: id, evaluations: null, why });
  }
  return { methods, measuring: plannedMeasuring(run, attributions, request.measures) };
}

async function planOf(method: MethodId, run: Pick<TextRun, "model" | "text" | "request">): Promise<PlannedMethod> {
  const implementation = implementations[method];
  const evaluations = await answered(async () => {
    switch (implementation.asks) {
      case "attention":
        return 0;
      case "embedded":
        return plannedPasses(implementation, run);
      case "inside":
        return plannedSteps(implementation, run);
      case "masked":
        return await plannedRows(implementation, run);
    }
  });
  return evaluations instanceof ExplainError
    ? { method, evaluations: null, why: evaluations.text }
    : { method, evaluations, why: null };
}
