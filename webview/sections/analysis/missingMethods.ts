import type { Explanation } from "../../../src/common/explanation";
import { methodInfo } from "../../../src/common/method";
import type { PanelStatus } from "../../../src/common/panelProtocol";
import type { PanelStrings } from "../../../src/common/panelStrings";
import { fill } from "../../../src/common/words";
import { pushButton } from "../../controls";
import { element, setText } from "../../dom";
import type { HostConnection } from "../../messages";
import { costWords, PulledPlan } from "../../pulledPlan";
import { sentence } from "../../words";
import { unstudied } from "./unstudied";

/** What must still be run before attention can be judged, with what that takes, or why it cannot be; hidden where nothing is missing. */
export class MissingMethods {
  readonly element = element("div", { class: "missing-methods" });
  readonly #words = element("p", { attributes: { role: "status" } });
  readonly #run: HTMLElement;
  readonly #plan: PulledPlan;
  #explanation: Explanation | null = null;

  constructor(host: HostConnection, onChange: () => void) {
    this.#plan = new PulledPlan(host, onChange);
    this.#run = pushButton(false, () => {
      for (const method of this.#explanation ? unstudied(this.#explanation) : []) {
        host.tell("addMethod", { method });
      }
    });
    this.element.append(this.#words, this.#run);
  }

  update(explanation: Explanation, status: PanelStatus | null, strings: PanelStrings): void {
    const missing = unstudied(explanation);
    this.#explanation = explanation;
    this.element.hidden = missing.length === 0;
    if (missing.length === 0) {
      return;
    }
    this.#plan.ask(explanation, status);
    const isByToken = explanation.attributions.every(({ units }) => units === "token");
    const planned = this.#plan.value?.methods.filter(({ method }) => missing.includes(method)) ?? [];
    const why = planned.flatMap((one) => (one.why ? [sentence(one.why)] : []));
    const refused = status?.refused.find(({ method }) => missing.includes(method));
    const names = missing.map((method) => methodInfo(method).label).join("; ");
    const asked = refused ? fill(strings.addingFailed, refused.why) : (why[0] ?? fill(strings.analysisMissing, names));
    setText(this.#words, isByToken ? asked : strings.analysisByToken);
    this.#run.hidden = !isByToken || planned.length === 0 || why.length > 0 || status?.progress !== null;
    const evaluations = planned.reduce((sum, one) => sum + (one.evaluations ?? 0), 0);
    setText(this.#run, fill(strings.runMissing, costWords(evaluations, strings)));
  }
}
