import { ExplainError } from "../../common/errors";
import { type Attribution, attributionOf, type ExplainRequest, type Explanation } from "../../common/explanation";
import { outcomesOf } from "../../common/prediction/registry";
import { scoredUnits, shownUnits } from "../../common/scoredUnits";
import type { Circumstance, Compared, Rerunnable } from "../../measures/measure";
import { Pacer } from "../../methods/pacer";
import { implementations } from "../../methods/registry";
import { answered } from "../answered";
import type { LoadedModel } from "../loadedModel";
import { layerCount, randomisedGraph } from "../randomisedModel";
import { readOutputs } from "../readText";
import { RunReporter } from "../runReporter";
import type { TextRun } from "../textRun";
import { embeddedAttribution } from "./embedded";
import { hideableUnits, scoresAt } from "./measurable";

/** Explains a text, as the engine does. */
export type Explain = (
  model: LoadedModel,
  request: ExplainRequest,
  signal: AbortSignal,
  reporter: RunReporter,
) => Promise<Explanation>;

/** Runs the methods of an explanation again under other circumstances: all of them together, once for each. */
export class Reruns {
  readonly #run: TextRun;
  readonly #attributions: readonly Attribution[];
  readonly #explain: Explain;
  readonly #found = new Map<string, Promise<Explanation | null>>();

  constructor(run: TextRun, attributions: readonly Attribution[], explain: Explain) {
    this.#run = run;
    this.#attributions = attributions;
    this.#explain = explain;
  }

  /** One method's. */
  of(attribution: Attribution): Rerunnable {
    return {
      ...rerunSize(this.#run, attribution),
      again: async (circumstance) =>
        circumstance.kind === "noise"
          ? await this.#noisy(attribution, circumstance)
          : this.#compared(attribution, circumstance, await this.#again(circumstance)),
    };
  }

  #again(circumstance: Exclude<Circumstance, { kind: "noise" }>): Promise<Explanation | null> {
    const key = JSON.stringify(circumstance);
    const known = this.#found.get(key) ?? this.#explained(circumstance);
    this.#found.set(key, known);
    return known;
  }

  async #explained(circumstance: Exclude<Circumstance, { kind: "noise" }>): Promise<Explanation | null> {
    const { model, request, signal, target } = this.#run;
    const methods = this.#attributions
      .filter((one) => circumstance.kind !== "seed" || draws(one))
      .map(({ method }) => method);
    const usual: ExplainRequest = { ...request, target: target.label, versus: target.versus, methods, measures: [] };
    const on = (changed: LoadedModel, changes: Partial<ExplainRequest> = {}) =>
      this.#explain(changed, { ...usual, ...changes }, signal, new RunReporter(() => undefined));
    const found = await answered(async () => {
      switch (circumstance.kind) {
        case "seed":
          return await on(model, { seed: circumstance.seed });
        case "edit":
          return await on(model, { text: circumstance.text });
        case "label":
          return await on(
            model,
            target.versus === null
              ? { target: await this.#otherLabel() }
              : { target: target.versus, versus: target.label },
          );
        case "layers": {
          const graph = await randomisedGraph(
            model.session.parts.read(),
            circumstance.count,
            request.seed,
            new Pacer(signal),
          );
          return await model.withGraph(graph, (random) => on(random));
        }
      }
    });
    return found instanceof ExplainError ? null : found;
  }

  /** The most probable label that is not the one explained. */
  async #otherLabel(): Promise<string | null> {
    const { model, text, target, request, signal } = this.#run;
    const prediction = model.task.predict(await readOutputs(model, text, request, signal), request);
    return outcomesOf(prediction).find(({ label }) => label !== target.label)?.label ?? null;
  }

  /** The scores that the method has and those it gets, of units that both have. */
  #compared(own: Attribution, circumstance: Circumstance, found: Explanation | null): Compared | null {
    const other = found && attributionOf(found, own.method);
    if (!found || !other) {
      return null;
    }
    if (circumstance.kind !== "edit") {
      const units = hideableUnits(this.#run.text, own.units);
      return [scoresAt(units, own.scores), scoresAt(units, other.scores)];
    }
    // Tokens may be others after an edit; words are the same, but for a full stop at the end.
    const words = (text: Parameters<typeof scoredUnits>[0], attribution: Attribution) =>
      scoredUnits(text, attribution, shownUnits(attribution, "word"));
    const [before, after] = [words(this.#run.text, own), words(found, other)];
    const count = Math.min(before.length, after.length);
    const isSame = (at: number) => before[at]?.text.toLowerCase() === after[at]?.text.toLowerCase();
    const scores = (units: typeof before) => units.slice(0, count).map(({ score }) => score);
    return before.slice(0, count).every((_, at) => isSame(at)) ? [scores(before), scores(after)] : null;
  }

  async #noisy(own: Attribution, noise: Extract<Circumstance, { kind: "noise" }>): Promise<Compared | null> {
    const method = implementations[own.method];
    if (method.asks !== "embedded") {
      return null;
    }
    const run = { ...this.#run, reporter: new RunReporter(() => undefined), noise };
    const found = await answered(() => embeddedAttribution(own.method, method, run));
    if (found instanceof ExplainError) {
      return null;
    }
    const units = hideableUnits(this.#run.text, own.units);
    return [scoresAt(units, own.scores), scoresAt(units, found.attribution.scores)];
  }
}

/** What running a method again takes, and what there is to change. */
export function rerunSize(
  { model, text, request }: Pick<TextRun, "model" | "text" | "request">,
  attribution: Attribution,
): Omit<Rerunnable, "again"> {
  const { method, evaluations } = attribution;
  return {
    cost: Math.max(1, evaluations),
    text: text.masked.length === 0 && request.pair === null ? text.text : null,
    draws: draws(attribution),
    layers: () => layerCount(model.session.parts),
    hasOtherLabel: model.task.gives !== "number" && model.task.labels.length > 1,
    readsEmbeddings: implementations[method].asks === "embedded",
  };
}

/** Whether a method has drawn anything: it has errors, or says with what seed. */
function draws({ parameters, standardErrors }: Attribution): boolean {
  return standardErrors !== null || parameters.seed !== undefined;
}
