import type { Explanation } from "../src/common/explanation";
import { formatCount } from "../src/common/format";
import type { PanelPlan, PanelStatus } from "../src/common/panelProtocol";
import type { PanelStrings } from "../src/common/panelStrings";
import { fill } from "../src/common/words";
import type { HostConnection } from "./messages";
import { Pulled } from "./pulled";

/** What could be done about the text that is shown: asked again whenever what has been done is another, but never during a run. */
export class PulledPlan {
  readonly #host: HostConnection;
  readonly #plan: Pulled<PanelPlan>;

  constructor(host: HostConnection, onChange: () => void) {
    this.#host = host;
    this.#plan = new Pulled<PanelPlan>(1, { busy: () => undefined, loaded: onChange, failed: onChange });
  }

  /** `null` until it is known. */
  get value(): PanelPlan | null {
    return this.#plan.value;
  }

  ask({ attributions, measures }: Explanation, status: PanelStatus | null): void {
    if (status && status.progress === null) {
      const measured = JSON.stringify(measures.map(({ values }) => Object.keys(values)));
      this.#plan.ask(`${status.number} ${attributions.length} ${measured}`, () => this.#host.request("plan", null));
    }
  }
}

/** What running something takes. */
export function costWords(evaluations: number, strings: PanelStrings): string {
  if (evaluations === 0) {
    return strings.costNothing;
  }
  return evaluations === 1 ? strings.oneEvaluation : fill(strings.costAtMost, formatCount(evaluations));
}
