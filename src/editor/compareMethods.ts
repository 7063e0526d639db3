import { attributionOf } from "../common/explanation";
import { formatCount } from "../common/format";
import { blindMethods, methodInfo } from "../common/method";
import type { Controller } from "./controller";
import type { Engine } from "./engine";
import type { Explained } from "./explained";
import type { PanelPort } from "./panelPort";
import { pickMany } from "./surfaceLists";
import type { Translate } from "./translate";

/** What comparing needs of its surroundings. */
export interface CompareParts {
  readonly controller: Pick<Controller, "addMethods">;
  readonly engine: Pick<Engine, "request">;
  readonly panel: Pick<PanelPort, "show">;
  readonly translate: Translate;
}

/** Lets the person tick further methods for an explained text, each with what it takes, runs them, and shows all side by side in the panel. */
export async function compareMethods(
  { controller, engine, panel, translate }: CompareParts,
  explained: Explained,
): Promise<void> {
  const { explanation, request } = explained;
  if (!explanation) {
    return;
  }
  const plan = await engine.request("plan", { request: { ...request, measures: [] }, attributions: [] });
  const items = plan.methods.flatMap(({ method, evaluations }) =>
    evaluations === null || attributionOf(explanation, method)
      ? []
      : [{ method, label: translate(methodInfo(method).label), description: costWords(evaluations, translate) }],
  );
  const picked = await pickMany(items, {
    title: translate("Methods to compare"),
    placeholder: translate("Those that have been run stay"),
  });
  if (picked) {
    panel.show(explained, { methods: "all" });
    await controller.addMethods(explained, [...picked.map(({ method }) => method), ...blindMethods]);
  }
}

function costWords(evaluations: number, translate: Translate): string {
  if (evaluations === 0) {
    return translate("no evaluations of its own");
  }
  return evaluations === 1 ? translate("1 evaluation") : translate("at most {0} evaluations", formatCount(evaluations));
}
