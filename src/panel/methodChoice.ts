import { attributionOf, type Explanation } from "../common/explanation";
import { unmeasured } from "../common/extended";
import { type MeasureId, quickMeasureIds, rerunMeasureIds } from "../common/measure";
import { type MethodId, methodIds, methodInfo } from "../common/method";
import type { MethodAvailability, ModelReference } from "../common/model";
import type { PanelPlan } from "../common/panelProtocol";
import type { Controller } from "../editor/controller";
import type { Engine } from "../editor/engine";
import type { Explained } from "../editor/explained";
import { settingKeys } from "../editor/ids";
import type { SettingsStore } from "../editor/settingsStore";

/** Knows which methods run on a model, asking the engine once for each; where it could not say, again for the next explanation. */
export class OfferedMethods {
  readonly #engine: Pick<Engine, "request">;
  readonly #onKnown: () => void;
  /** By the model's reference. */
  readonly #known = new Map<string, readonly MethodAvailability[]>();
  /** For which explanation the engine was asked last about a model. */
  readonly #asked = new Map<string, Explanation>();

  constructor(engine: Pick<Engine, "request">, onKnown: () => void) {
    this.#engine = engine;
    this.#onKnown = onKnown;
  }

  /** The methods to offer for an explanation, in the order of all lists: those that run on its model, and what has been run. */
  of({ explanation, run }: Pick<Explained, "explanation" | "run">): readonly MethodId[] {
    if (!explanation) {
      return [];
    }
    const { reference } = explanation.model;
    const key = JSON.stringify(reference);
    if (!run && !this.#known.has(key) && this.#asked.get(key) !== explanation) {
      this.#asked.set(key, explanation);
      void this.#ask(key, reference);
    }
    const known = this.#known.get(key) ?? [];
    return methodIds.filter(
      (id) => known.some((one) => one.id === id && one.available) || attributionOf(explanation, id),
    );
  }

  /** What the engine plans for an explanation, with what it has found out about the model since. */
  async planOf(
    { request }: Pick<Explained, "request">,
    explanation: Explanation,
    signal: AbortSignal,
  ): Promise<PanelPlan> {
    const planFor = (measures: readonly MeasureId[]) =>
      this.#engine.request(
        "plan",
        { request: { ...request, measures }, attributions: unmeasured(explanation, measures) },
        signal,
      );
    const [plan, checks] = await Promise.all([planFor(quickMeasureIds), planFor(rerunMeasureIds)]);
    const known = this.#known.get(JSON.stringify(explanation.model.reference)) ?? [];
    const methods = plan.methods.map((one) => {
      const refused = known.find(({ id, available }) => id === one.method && !available);
      return refused ? { ...one, evaluations: null, why: refused.why } : one;
    });
    return { methods, measuring: plan.measuring, checking: checks.measuring };
  }

  async #ask(key: string, reference: ModelReference): Promise<void> {
    try {
      const description = await this.#engine.request("describeModel", reference);
      this.#known.set(key, description.methods);
      this.#onKnown();
    } catch {
      // What has been run is offered all the same; the next run says what is wrong with the model.
    }
  }
}

/** Makes a method that of the editor's colours, or bars, and runs it where it has not been. */
export async function chooseMethod(
  { controller, settings }: { readonly controller: Controller; readonly settings: SettingsStore },
  explained: Explained,
  method: MethodId,
): Promise<void> {
  const scores = methodInfo(method).scores;
  if (scores !== "size") {
    await settings.set(scores === "attention" ? settingKeys.attentionMethod : settingKeys.importanceMethod, method);
  }
  void controller.addMethods(explained, [method]);
}
