import { ExplainError } from "../../common/errors";
import type { Attribution, Explanation, LimeFeatures, PlacedRequest } from "../../common/explanation";
import { outcomesOf } from "../../common/prediction/registry";
import { scoredUnits, shownUnits } from "../../common/scoredUnits";
import type { Circumstance, Compared, Rerunnable } from "../../measures/measure";
import { randomCounts } from "../../measures/randomLayers";
import { featureSet } from "../../methods/features";
import { Pacer } from "../../methods/pacer";
import { implementations } from "../../methods/registry";
import { textTree } from "../../text/textTree";
import { answered } from "../answered";
import type { LoadedModel } from "../loadedModel";
import { type PreparedText, prepareText } from "../preparedText";
import { layerCount, randomisedGraph } from "../randomisedModel";
import { readOutputs } from "../readText";
import { RunReporter } from "../runReporter";
import type { TextRun } from "../textRun";
import { embeddedAttribution, plannedPasses } from "./embedded";
import { hiddenTogether } from "./masked";
import { hideableUnits, scoresAt } from "./measurable";

/** Explains a text, as the engine does. */
export type Explain = (
  model: LoadedModel,
  request: PlacedRequest,
  signal: AbortSignal,
  reporter: RunReporter,
) => Promise<Explanation>;

/** A text as it was read again, and what methods say of it. */
type Again = Parameters<typeof scoredUnits>[0] & Pick<Explanation, "attributions">;

/** Runs the methods of an explanation again under other circumstances: all of them together, once for each. */
export class Reruns {
  readonly #run: TextRun;
  readonly #attributions: readonly Attribution[];
  readonly #explain: Explain;
  readonly #found = new Map<string, Promise<Again | null>>();

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

  #again(circumstance: Exclude<Circumstance, { kind: "noise" }>): Promise<Again | null> {
    const key = JSON.stringify(circumstance);
    const known = this.#found.get(key) ?? this.#explained(circumstance);
    this.#found.set(key, known);
    return known;
  }

  async #explained(circumstance: Exclude<Circumstance, { kind: "noise" }>): Promise<Again | null> {
    const { model, request, signal, target } = this.#run;
    const methods = this.#attributions
      .filter((one) => isAsked(circumstance, one, rerunSize(this.#run, one)))
      .map(({ method }) => method);
    const usual: PlacedRequest = { ...request, target: target.label, versus: target.versus, methods, measures: [] };
    const on = (changed: LoadedModel, changes: Partial<PlacedRequest> = {}) =>
      this.#explain(changed, { ...usual, ...changes }, signal, new RunReporter(() => undefined));
    const found = await answered(async () => {
      switch (circumstance.kind) {
        case "seed":
          return await on(model, { seed: circumstance.seed });
        case "edit":
          return this.#readAlike(circumstance.text) ?? (await on(model, { text: circumstance.text }));
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

  /** What is known of the text already, for one that differs in nothing that the model or a method reads: as where the tokenizer makes small letters of all. */
  #readAlike(text: string): Again | null {
    const { model, request, text: own } = this.#run;
    if (model.task.places !== null || model.task.hypotheses || own.continuation) {
      return null;
    }
    const other = prepareText({ ...request, text }, model);
    const kinds = new Set(
      this.#attributions.flatMap(({ method }) => {
        const implementation = implementations[method];
        return implementation.asks === "masked" ? hiddenTogether(implementation, request) : [];
      }),
    );
    const asRead = (one: PreparedText) => asMethodsRead(one, kinds);
    return asRead(other) === asRead(own) ? { ...other, attributions: this.#attributions } : null;
  }

  /** The most probable label that is not the one explained. */
  async #otherLabel(): Promise<string | null> {
    const { model, text, target, request, signal } = this.#run;
    const prediction = model.task.predict(await readOutputs(model, text, request, signal), request);
    return outcomesOf(prediction).find(({ label }) => label !== target.label)?.label ?? null;
  }

  /** The scores that the method has and those it gets, of units that both have. */
  #compared(own: Attribution, circumstance: Circumstance, found: Again | null): Compared | null {
    const other = found?.attributions.find(({ method }) => method === own.method);
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

  async #noisy(own: Attribution, { radius, draw }: Extract<Circumstance, { kind: "noise" }>): Promise<Compared | null> {
    const method = implementations[own.method];
    if (method.asks !== "embedded") {
      return null;
    }
    const noise = { radius, draw, steps: stepsOf(own) };
    const run = { ...this.#run, reporter: new RunReporter(() => undefined), noise };
    const found = await answered(() => embeddedAttribution(own.method, method, run));
    if (found instanceof ExplainError) {
      return null;
    }
    const units = hideableUnits(this.#run.text, own.units);
    return [scoresAt(units, own.scores), scoresAt(units, found.attribution.scores)];
  }
}

/** All that decides what methods say of a text: its rows, which tokens are of one unit, or hidden together, the parts of its tree, and what stands for an absent word. */
function asMethodsRead(text: PreparedText, kinds: ReadonlySet<LimeFeatures>): string {
  const { tokens, words, sentences, inputs, windows, masked, fixed, baseline } = text;
  const groups = (units: typeof words) => units.map((unit) => unit.tokens);
  return JSON.stringify([
    tokens.map(({ id, special, segment }) => [id, special, segment]),
    groups(words),
    groups(sentences),
    [...kinds].map((kind) => featureSet(kind, text).groups),
    textTree(
      text,
      tokens.map(({ index }) => [index]),
    ),
    inputs.map(({ positions, row, weights, share }) => [positions, row, [...weights], share]),
    windows.length,
    masked,
    fixed,
    baseline,
  ]);
}

/** What running a method again takes, and what there is to change. */
export function rerunSize(
  { model, text, request }: Pick<TextRun, "model" | "text" | "request">,
  attribution: Attribution,
): Omit<Rerunnable, "again"> {
  const { method, evaluations } = attribution;
  const implementation = implementations[method];
  const noise = { radius: 0, draw: 0, steps: stepsOf(attribution) };
  return {
    cost: Math.max(1, evaluations),
    text: text.masked.length === 0 && request.pair === null ? text.text : null,
    draws: draws(attribution),
    layers: () => layerCount(model.session.parts),
    hasOtherLabel: model.task.gives !== "number" && model.task.labels.length > 1,
    noiseCost: implementation.asks === "embedded" ? plannedPasses(implementation, { text, request, noise }) : null,
  };
}

/** The steps from which on the scores of a method no longer moved while they were doubled twice, or all that it took where they did; `null` where it takes none. */
function stepsOf({ parameters: { steps }, converged }: Attribution): number | null {
  return typeof steps === "number" ? Math.ceil(converged ? steps / 4 : steps) : null;
}

/** Whether a method has anything new to say under a circumstance, and somebody asks for it. */
function isAsked(
  circumstance: Circumstance,
  attribution: Attribution,
  size: Pick<Rerunnable, "layers" | "cost">,
): boolean {
  switch (circumstance.kind) {
    case "seed":
      return draws(attribution);
    case "layers":
      return randomCounts(size).includes(circumstance.count);
    default:
      return true;
  }
}

/** Whether a method has drawn anything: it has errors, or says with what seed. */
function draws({ parameters, standardErrors }: Attribution): boolean {
  return standardErrors !== null || parameters.seed !== undefined;
}
