import { shownPiece } from "../../src/common/byteCharacters";
import type { Explanation } from "../../src/common/explanation";
import { formatPercent } from "../../src/common/format";
import type { PanelStrings } from "../../src/common/panelStrings";
import type { GeneratedAlternative } from "../../src/common/prediction/generated";
import { fill } from "../../src/common/words";
import { linkButton } from "../controls";
import { element, setText, visibleText } from "../dom";
import { explainAgain } from "../explainAgain";
import type { HostConnection } from "../messages";
import { type OutputsFormat, OutputsView } from "./outputs";
import type { PredictionView } from "./prediction";

/** A token that can be asked about. */
export interface StripToken {
  readonly text: string;
  /** How it is called where it has no text. */
  readonly piece: string;
  /** The option `position` by which it is explained. */
  readonly position: number;
  readonly isExplained: boolean;
  /** What is said of it beside what could have come in its place. */
  readonly says: readonly string[];
  readonly alternatives: readonly GeneratedAlternative[];
  /** How strongly it stands out, from 0 to 5. */
  readonly strength: number;
}

/** How a text is shown as tokens of which each can be asked about; a string is shown as it is. */
export interface StripFormat {
  readonly outputs: OutputsFormat;
  readonly caption: (strings: PanelStrings) => string;
  readonly tokens: (explanation: Explanation, strings: PanelStrings) => readonly (StripToken | string)[];
  /** It can be written into the document. */
  readonly isInsertable?: true;
  /** What the colours of tokens mean; left out where they have none. */
  readonly legend?: (strings: PanelStrings) => readonly HTMLElement[];
}

/** A text whose tokens are buttons that ask why they stand there; and what could have come in place of the one that is explained. */
export class TokenStrip implements PredictionView {
  readonly element = element("div");
  readonly #host: HostConnection;
  readonly #format: StripFormat;
  readonly #text = element("p", { class: "strip", attributes: { dir: "auto" } });
  readonly #legend = element("p", { class: "legend small dim" });
  readonly #insert: HTMLElement;
  readonly #outputs: OutputsView;
  #explanation: Explanation | null = null;

  constructor(host: HostConnection, format: StripFormat) {
    this.#host = host;
    this.#format = format;
    this.#outputs = new OutputsView(host, format.outputs);
    this.#insert = linkButton(() => host.tell("insert", { outcome: null }));
    this.element.append(this.#text, this.#legend, this.#insert, this.#outputs.element);
  }

  update(explanation: Explanation, strings: PanelStrings): void {
    this.#outputs.update(explanation, strings);
    if (explanation === this.#explanation) {
      return;
    }
    this.#explanation = explanation;
    this.#text.setAttribute("aria-label", this.#format.caption(strings));
    const tokens = this.#format.tokens(explanation, strings);
    this.#insert.hidden = this.#format.isInsertable !== true;
    setText(this.#insert, strings.insertText);
    this.#legend.hidden = this.#format.legend === undefined;
    this.#legend.replaceChildren(...(this.#format.legend?.(strings) ?? []));
    this.#text.replaceChildren(
      ...tokens.map((token) => (typeof token === "string" ? token : this.#button(token, strings))),
    );
  }

  #button({ text, piece, position, isExplained, says, alternatives, strength }: StripToken, strings: PanelStrings) {
    const shown = visibleText(text || shownPiece(piece));
    const likely = alternatives.map(
      ({ word, logProbability }) => `${visibleText(word)} ${formatPercent(Math.exp(logProbability))}`,
    );
    return element("button", {
      class: "stripToken",
      text: text === "" ? shown : text,
      attributes: {
        type: "button",
        "aria-pressed": String(isExplained),
        "data-strength": String(strength),
        title: [fill(strings.whyToken, shown), ...says, ...likely].join("\n"),
      },
      on: {
        click: () => explainAgain(this.#host, this.#explanation, { position, target: null, versus: null }),
      },
    });
  }
}
