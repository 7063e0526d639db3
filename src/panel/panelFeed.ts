import type { Explanation } from "../common/explanation";
import type { PanelExplanation, PanelStatus, PanelSubject, ToPanel } from "../common/panelProtocol";

/** What the panel shows now. `subject` is asked only where the explanation is another than before: it takes time with the length of the text. */
export interface PanelContent {
  /** What has the explanation: another one with an equal explanation is another subject all the same. */
  readonly owner: object | null;
  readonly explanation: Explanation | null;
  readonly subject: () => PanelSubject | null;
  readonly status: Omit<PanelStatus, "number">;
}

/** Posts what the panel shows: an explanation when it is another, its status when anything of it has changed. */
export class PanelFeed {
  readonly #post: (message: ToPanel) => void;
  #number = 0;
  #sent: Pick<PanelContent, "owner" | "explanation"> | null = null;
  #status = "";

  constructor(post: (message: ToPanel) => void) {
    this.#post = post;
  }

  /** All that a web view has to know that has just started. */
  whole(content: PanelContent): { readonly explanation: PanelExplanation; readonly status: PanelStatus } {
    this.#sent = null;
    const explanation = this.#next(content);
    return { explanation, status: this.#statusOf(content) };
  }

  /** Posts what has changed since the last time. */
  update(content: PanelContent): void {
    if (this.#sent?.owner !== content.owner || this.#sent.explanation !== content.explanation) {
      this.#post({ event: "explanation", params: this.#next(content) });
    }
    const before = this.#status;
    const status = this.#statusOf(content);
    if (this.#status !== before) {
      this.#post({ event: "status", params: status });
    }
  }

  #next({ owner, explanation, subject }: PanelContent): PanelExplanation {
    this.#sent = { owner, explanation };
    this.#number += 1;
    return { number: this.#number, subject: subject() };
  }

  #statusOf(content: PanelContent): PanelStatus {
    const status = { ...content.status, number: this.#number };
    this.#status = JSON.stringify(status);
    return status;
  }
}
