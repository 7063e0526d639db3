import { togetherChanges } from "../../../src/common/attentionStudy";
import { formatPoints } from "../../../src/common/attentionVerdict";
import { changesLookOf } from "../../../src/common/changesLook";
import type { Explanation } from "../../../src/common/explanation";
import { formatCount } from "../../../src/common/format";
import type { AttentionChanges } from "../../../src/common/look";
import type { Message } from "../../../src/common/message";
import { meanValue } from "../../../src/common/moments";
import type { PanelStrings } from "../../../src/common/panelStrings";
import { fill } from "../../../src/common/words";
import { attentionKey } from "../../attentionKey";
import { element, setText } from "../../dom";
import type { HostConnection } from "../../messages";
import { Pulled } from "../../pulled";
import { sentence } from "../../words";

/** What other attention does to the prediction: shuffled, and the most different that leaves it as it is. Hidden where nobody asked. */
export class ChangesPart {
  readonly element = element("section", { class: "changes" });
  readonly #host: HostConnection;
  readonly #pulled: Pulled<AttentionChanges>;
  readonly #title = element("h2");
  readonly #problem = element("p", { class: "problem", attributes: { role: "status" } });
  readonly #loading = element("p", { class: "small dim" });
  readonly #table = element("div", { class: "scroller-x" });
  readonly #help = element("p", { class: "small dim" });
  #failure: Message | null = null;

  constructor(host: HostConnection, onChange: () => void) {
    this.#host = host;
    this.#pulled = new Pulled<AttentionChanges>(4, {
      busy: (isBusy) => {
        this.#failure = isBusy ? null : this.#failure;
      },
      loaded: onChange,
      failed: (error) => {
        this.#failure = error.text;
        onChange();
      },
    });
    this.element.append(this.#title, this.#problem, this.#loading, this.#table, this.#help);
  }

  /** Draws what it does to the text that is shown, and asks for it where `asked`. */
  update(explanation: Explanation, asked: boolean, strings: PanelStrings): void {
    this.element.hidden = !asked;
    if (asked) {
      const { index, places } = changesLookOf(explanation, 0);
      const key = [attentionKey(explanation), index, JSON.stringify(places)].join(" ");
      this.#pulled.ask(key, () => this.#pull(explanation));
      this.#draw(this.#pulled.value, this.#failure, strings);
    }
  }

  /** Draws what it does over a file. */
  show(changes: AttentionChanges | null, why: Message | null, strings: PanelStrings): void {
    this.element.hidden = changes === null && why === null;
    this.#draw(changes, why, strings);
  }

  #draw(changes: AttentionChanges | null, why: Message | null, strings: PanelStrings): void {
    setText(this.#title, strings.changesTitle);
    this.#problem.hidden = why === null;
    setText(this.#problem, why ? sentence(why) : "");
    this.#loading.hidden = changes !== null || why !== null;
    setText(this.#loading, strings.changesLoading);
    this.#table.hidden = changes === null;
    this.#help.hidden = changes === null;
    if (changes) {
      this.#table.replaceChildren(changesTable(changes, strings));
      setText(this.#help, fill(strings.changesHelp, changes.shuffles, formatCount(changes.evaluations)));
    }
  }

  async #pull(explanation: Explanation): Promise<AttentionChanges> {
    const changes: AttentionChanges[] = [];
    for (let window = 0; window < Math.max(1, explanation.windows.length); window++) {
      changes.push(await this.#host.look(window, changesLookOf(explanation, window)));
    }
    return togetherChanges(changes, meanValue);
  }
}

function changesTable(
  { shuffledLast, shuffledAll, divergence, movedByOther }: AttentionChanges,
  strings: PanelStrings,
): HTMLElement {
  const rows = [
    [strings.shuffledLast, formatPoints(shuffledLast)],
    [strings.shuffledAll, formatPoints(shuffledAll)],
    ...(divergence > 0
      ? [[fill(strings.mostDifferent, divergence.toFixed(2)), formatPoints(movedByOther)]]
      : [[strings.noneDifferent, strings.untold]]),
  ];
  const heads = [strings.otherAttention, strings.movesBy].map((text, at) =>
    element("th", { class: at === 0 ? "" : "number", text, attributes: { scope: "col" } }),
  );
  return element(
    "table",
    { class: "plain" },
    element("caption", { class: "unseen", text: strings.changesTitle }),
    element("thead", {}, element("tr", {}, ...heads)),
    element(
      "tbody",
      {},
      ...rows.map(([name, figure]) =>
        element(
          "tr",
          {},
          element("th", { text: name ?? "", attributes: { scope: "row" } }),
          element("td", { class: "number", text: figure ?? "" }),
        ),
      ),
    ),
  );
}
