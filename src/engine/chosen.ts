import type { Attribution, Explanation, PlacedRequest } from "../common/explanation";
import { mostFaithful } from "../common/faithful";
import { formatNumber } from "../common/format";
import { measures } from "../common/measure";
import { type Message, message } from "../common/message";
import { type MethodId, methodInfo } from "../common/method";
import { type ScoredUnit, scoredUnits } from "../common/scoredUnits";
import { affordedRows } from "../methods/plan";
import { explainText } from "./explain";
import type { LoadedModel } from "./loadedModel";
import { planRun } from "./planned";
import { prepareText } from "./preparedText";
import type { RunReporter } from "./runReporter";

/**
 * Explains a text by the methods of the request and further ones, the cheapest first, as far as the effort of the request affords, measures all, and puts the most
 * faithful of those that can colour a text first, with a sentence that says why. Throws what {@link explainText} throws.
 */
export async function explainByMostFaithful(
  model: LoadedModel,
  request: PlacedRequest,
  signal: AbortSignal,
  reporter: RunReporter,
): Promise<Explanation> {
  const methods = [...new Set([...request.methods, ...(await affordedMethods(model, request))])];
  const wanted = [...new Set([...decisive, ...request.measures])];
  const found = await explainText(model, { ...request, methods, measures: wanted }, signal, reporter);
  return withBestFirst(found);
}

const decisive = ["comprehensiveness", "sufficiency"] as const;

/** Methods that can colour a text, the cheapest first, whose evaluations the effort affords together. */
async function affordedMethods(model: LoadedModel, request: PlacedRequest): Promise<MethodId[]> {
  const { inputs } = prepareText(request, model);
  const work = inputs.reduce((sum, { row }) => sum + model.session.runWork(row.ids.length), 0);
  let left = affordedRows(request.effort, work);
  const { methods } = await planRun(model, { ...request, measures: [] }, []);
  return methods
    .flatMap(({ method, evaluations }) => (evaluations !== null && canColour(method) ? [{ method, evaluations }] : []))
    .sort((a, b) => a.evaluations - b.evaluations)
    .flatMap(({ method, evaluations }) => {
      left -= evaluations;
      return left >= 0 ? [method] : [];
    });
}

function canColour(method: MethodId): boolean {
  const { scores, isBlind } = methodInfo(method);
  return scores === "signed" && !isBlind;
}

function withBestFirst(explanation: Explanation): Explanation {
  const { attributions, measures: measured } = explanation;
  const candidates = attributions.filter(({ method }) => canColour(method));
  const isCandidate = (method: MethodId) => candidates.some((one) => one.method === method);
  const best = mostFaithful(measured.filter(({ method }) => isCandidate(method) || methodInfo(method).isBlind));
  const chosen = candidates.find(({ method }) => method === best?.method) ?? candidates[0];
  if (!best || !chosen) {
    return explanation;
  }
  const label = methodInfo(chosen.method).label;
  const measure = measures[best.measure].label;
  const why =
    best.method === null
      ? message("By {0} no method does better here than random scores; {1} is shown all the same.", measure, label)
      : whyChosen(explanation, chosen, candidates, { measure, value: best.value, random: best.random });
  const first = { ...chosen, notes: [why, ...chosen.notes] };
  return { ...explanation, attributions: [first, ...attributions.filter((one) => one !== chosen)] };
}

function strongestPart(explanation: Explanation, attribution: Attribution): ScoredUnit | undefined {
  const size = ({ score }: ScoredUnit) => Math.abs(score);
  const [first, ...others] = scoredUnits(explanation, attribution);
  return others.reduce((best, unit) => (best && size(best) >= size(unit) ? best : unit), first);
}

/** Why a method was chosen, and what the text would look like by the others. */
function whyChosen(
  explanation: Explanation,
  chosen: Attribution,
  candidates: readonly Attribution[],
  { measure, value, random }: { readonly measure: string; readonly value: number; readonly random: number | null },
): Message {
  const others = candidates.filter((one) => one !== chosen);
  const strongest = strongestPart(explanation, chosen);
  const agreeing = others.filter((one) => strongestPart(explanation, one)?.index === strongest?.index);
  return message(
    "{0} was chosen as the most faithful of {1} methods here ({2} {3}, random scores {4}): its strongest part, “{5}”, is also that of {6} of the {7} others.",
    methodInfo(chosen.method).label,
    candidates.length,
    measure,
    formatNumber(value),
    random === null ? "?" : formatNumber(random),
    strongest?.text.trim() ?? "",
    agreeing.length,
    others.length,
  );
}
