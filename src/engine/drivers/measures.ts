import { ExplainError } from "../../common/errors";
import type { Attribution, Measured, MeasuredMethod } from "../../common/explanation";
import type { MeasureId } from "../../common/measure";
import { blindMethods, type MethodId, methodInfo } from "../../common/method";
import { deviation, meanValue } from "../../common/moments";
import type { Figure, MeasureQuestion, Rerunnable } from "../../measures/measure";
import { measureKinds } from "../../measures/registry";
import type { FeatureSet } from "../../methods/features";
import { randomScores } from "../../methods/random";
import type { TextRun } from "../textRun";
import { TextTarget } from "../textTarget";
import { refuseEmpty } from "./masked";
import { hideableUnits, scoresAt } from "./measurable";
import { type Explain, Reruns, rerunSize } from "./reruns";

/** Orders that the row of what no information looks like is the mean of. */
const randomOrders = 5;

/** Scores of the features that can be hidden, by a method or by none that knows anything. */
interface Measurable extends Pick<MeasureQuestion, "signed" | "method"> {
  readonly id: MethodId;
  readonly features: FeatureSet;
  /** One list for each order; what is measured is their mean. */
  readonly scores: readonly ArrayLike<number>[];
}

/** What is measured: a text, and scores of methods that are known. */
type MeasuredRun = Pick<TextRun, "model" | "text" | "request">;

/**
 * Measures how faithful the scores of finished methods are, each over the units that it has scores of, and beside them random scores, by the name of that method. `explain` runs them
 * again where a measure asks for that. Throws `method-unavailable` where hiding all would leave nothing to read.
 */
export async function measureMethods(
  run: TextRun,
  attributions: readonly Attribution[],
  wanted: readonly MeasureId[],
  explain: Explain,
): Promise<MeasuredMethod[]> {
  const { text, reporter, model } = run;
  if (model.task.isSilent) {
    throw new ExplainError("method-unavailable", "The model says nothing of a text that could be measured.");
  }
  const informed = attributions.filter(isInformed);
  const reruns = new Reruns(run, informed, explain);
  const measured = measurables(run, informed, (attribution) => reruns.of(attribution));
  reporter.phase("measuring", plannedOf(measured, wanted));
  let before = 0;
  const found: MeasuredMethod[] = [];
  for (const one of measured) {
    refuseEmpty(text, "all", [{ inputs: text.inputs, question: one }]);
    const values: Partial<Record<MeasureId, Measured>> = {};
    for (const id of wanted.filter((measure) => planned(measure, one) > 0)) {
      const start = before;
      const figures = await figuresOf(id, one, run, (done) => reporter.progress(start + done));
      before += planned(id, one);
      const [first] = figures;
      if (first) {
        const figure = figures.length > 1 ? overOrders(figures, first) : first;
        values[id] = { ...figure, notes: figure.notes ?? [], evaluations: planned(id, one) };
      }
    }
    found.push({ method: one.id, values });
  }
  return found;
}

/** How many evaluations {@link measureMethods} takes. */
export function plannedMeasuring(
  run: MeasuredRun,
  attributions: readonly Attribution[],
  wanted: readonly MeasureId[],
): number {
  const nothing = async () => null;
  const method = (attribution: Attribution) => ({ ...rerunSize(run, attribution), again: nothing });
  return plannedOf(measurables(run, attributions.filter(isInformed), method), wanted);
}

function plannedOf(measured: readonly Measurable[], wanted: readonly MeasureId[]): number {
  return measured.reduce((sum, one) => sum + wanted.reduce((all, id) => all + planned(id, one), 0), 0);
}

function isInformed({ method }: Attribution): boolean {
  return !methodInfo(method).isBlind;
}

/** How many evaluations a measure asks for, of all orders; 0 where it has nothing to say. */
function planned(id: MeasureId, { features, scores, method }: Measurable): number {
  return scores.length * (measureKinds[id].planned({ features: features.groups.length, method }) ?? 0);
}

/** What a measure finds for each order. */
async function figuresOf(
  id: MeasureId,
  { features, scores, signed, method }: Measurable,
  run: TextRun,
  onDone: (evaluations: number) => void,
): Promise<Figure[]> {
  const { request, signal, text } = run;
  const target = new TextTarget(run, text.inputs, features);
  const figures: Figure[] = [];
  for (const [order, each] of scores.entries()) {
    const before = order * (measureKinds[id].planned({ features: features.groups.length, method }) ?? 0);
    const onProgress = (done: number) => onDone(before + done);
    const question = { target, scores: each, signed, method };
    const figure = await measureKinds[id].run(question, { seed: request.seed, signal, onProgress });
    figures.push(...(figure ? [figure] : []));
  }
  return figures;
}

/** What can be measured of some methods, and of random scores. */
function measurables(
  { text, request }: MeasuredRun,
  informed: readonly Attribution[],
  rerunnable: (attribution: Attribution) => Rerunnable,
): Measurable[] {
  const { features } = hideableUnits(text, request.units);
  const orders = Array.from({ length: randomOrders }, (_, order) =>
    randomScores(features.groups.length, request.seed + order),
  );
  const known = informed.map((attribution): Measurable => {
    const units = hideableUnits(text, attribution.units);
    return {
      id: attribution.method,
      signed: methodInfo(attribution.method).scores === "signed",
      method: rerunnable(attribution),
      features: units.features,
      scores: [scoresAt(units, attribution.scores)],
    };
  });
  const random = blindMethods.map((id): Measurable => ({ id, signed: true, method: null, features, scores: orders }));
  return [...known, ...random].filter((one) => one.features.groups.length > 0);
}

/** The mean of what a measure finds for several random orders, and how much they scatter. */
function overOrders(figures: readonly Figure[], { curve, scale }: Figure): Figure {
  const values = figures.map(({ value }) => value);
  const mean = (at: number) => meanValue(figures.map((figure) => figure.curve?.y[at] ?? 0));
  return {
    value: meanValue(values),
    spread: deviation(values),
    curve: curve && { x: curve.x, y: curve.x.map((_, at) => mean(at)) },
    scale,
  };
}
