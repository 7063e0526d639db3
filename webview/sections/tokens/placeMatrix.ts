import { shownPiece } from "../../../src/common/byteCharacters";
import { scoreBuckets } from "../../../src/common/colourScale";
import { ExplainError } from "../../../src/common/errors";
import type { Attribution, Explanation } from "../../../src/common/explanation";
import { methodInfo } from "../../../src/common/method";
import type { PanelRequests } from "../../../src/common/panelProtocol";
import type { PanelStrings } from "../../../src/common/panelStrings";
import { placesOf, positionOf, writtenOf } from "../../../src/common/prediction/registry";
import { shownScore } from "../../../src/common/scoredUnits";
import { fill } from "../../../src/common/words";
import { linkButton } from "../../controls";
import { element, setText, visibleText } from "../../dom";
import { explainAgain } from "../../explainAgain";
import type { HostConnection } from "../../messages";
import { sentence } from "../../words";

type Row = PanelRequests["placeScores"]["result"];

/** What a matrix is of: equal names have the same rows. */
interface Subject {
  readonly name: string;
  readonly explanation: Explanation;
  readonly attribution: Attribution;
  readonly strings: PanelStrings;
}

/** More columns than these are not drawn: nobody could read them. */
const mostColumns = 200;

/** The scores of everything in a prediction that can be explained by itself (every entity, every token that was written), a row each, computed when they are asked for. */
export class PlaceMatrix {
  readonly element = element("section", { class: "place-matrix" });
  readonly #host: HostConnection;
  readonly #title = element("h2");
  readonly #help = element("p", { class: "small dim" });
  readonly #ask = linkButton(() => void this.#pull());
  readonly #state = element("p", { class: "small dim", attributes: { role: "status" } });
  readonly #table = element("table", { class: "plain places" });
  readonly #scroller: HTMLElement;
  #subject: Subject | null = null;
  #rows = new Map<number, Row>();
  #pulling = "";

  constructor(host: HostConnection) {
    this.#host = host;
    this.#scroller = element(
      "div",
      { class: "scroller-x", attributes: { tabindex: "0", role: "region" } },
      this.#table,
    );
    this.element.append(this.#title, this.#help, this.#ask, this.#state, this.#scroller);
  }

  update(explanation: Explanation, attribution: Attribution | undefined, strings: PanelStrings): void {
    const places = placesOf(explanation.prediction);
    this.element.hidden = places.length < 2 || !attribution;
    if (this.element.hidden || !attribution) {
      this.#subject = null;
      return;
    }
    const { model, text, pair, masked, seed } = explanation;
    const name = JSON.stringify([model.sha256, model.file, text, pair, masked, seed, attribution.method, places]);
    if (name !== this.#subject?.name) {
      this.#rows = new Map();
      this.#pulling = "";
      setText(this.#state, "");
    }
    this.#subject = { name, explanation, attribution, strings };
    setText(this.#title, strings.placesTitle);
    setText(this.#help, strings.placesHelp);
    this.#scroller.setAttribute("aria-label", strings.placesTitle);
    this.#draw();
  }

  /** Asks for all rows, one after the other, until the text, or the method, is another. */
  async #pull(): Promise<void> {
    const subject = this.#subject;
    if (!subject || this.#pulling === subject.name) {
      return;
    }
    const { name, attribution, strings } = subject;
    const places = placesOf(subject.explanation.prediction);
    this.#pulling = name;
    for (const [at, { position }] of places.entries()) {
      setText(this.#state, fill(strings.placesProgress, at + 1, places.length));
      try {
        const row = await this.#host.request("placeScores", { position, method: attribution.method });
        if (this.#pulling !== name) {
          return;
        }
        this.#rows.set(position, row);
        this.#draw();
      } catch (thrown) {
        if (this.#pulling === name) {
          this.#pulling = "";
          setText(this.#state, sentence(ExplainError.from(thrown).text));
        }
        return;
      }
    }
    this.#pulling = "";
    setText(this.#state, "");
  }

  #draw(): void {
    const subject = this.#subject;
    if (!subject) {
      return;
    }
    const { explanation, strings } = subject;
    const places = placesOf(explanation.prediction);
    setText(this.#ask, strings.explainEach);
    this.#ask.hidden = places.every(({ position }) => this.#rows.has(position));
    this.#scroller.hidden = this.#rows.size === 0;
    if (this.#rows.size === 0) {
      return;
    }
    const columns = columnsOf(explanation);
    const rows = places.flatMap(({ position, label }) => {
      const row = this.#rows.get(position);
      return row ? [{ position, label, scores: valuesOf(row, columns) }] : [];
    });
    const buckets = scoreBuckets(
      rows.flatMap(({ scores }) => scores.map((score) => ({ score: score ?? 0, error: 0 }))),
    );
    const head = columns.map(({ text }) =>
      element("th", { attributes: { scope: "col" } }, element("bdi", { text: visibleText(text) })),
    );
    this.#table.replaceChildren(
      element("caption", { class: "unseen", text: strings.placesTitle }),
      element("thead", {}, element("tr", {}, element("td"), ...head)),
      element(
        "tbody",
        {},
        ...rows.map((row, at) =>
          this.#row(row, buckets.slice(at * columns.length, (at + 1) * columns.length), subject),
        ),
      ),
    );
  }

  #row(
    { position, label, scores }: { position: number; label: string; scores: readonly (number | null)[] },
    buckets: readonly number[],
    { explanation, attribution, strings }: Subject,
  ): HTMLElement {
    const { scores: kind } = methodInfo(attribution.method);
    const button = element("button", {
      class: "chip",
      text: visibleText(label),
      attributes: {
        type: "button",
        "aria-pressed": String(position === positionOf(explanation)),
        title: fill(strings.whyToken, visibleText(label)),
      },
      on: { click: () => explainAgain(this.#host, explanation, { position, target: null, versus: null }) },
    });
    const cells = scores.map((score, at) =>
      element("td", {
        class: "number small",
        text: score === null ? "" : shownScore(kind, score),
        attributes: score === null ? {} : { "data-bucket": String(buckets[at] ?? 0) },
      }),
    );
    return element("tr", {}, element("th", { attributes: { scope: "row" } }, button), ...cells);
  }
}

/** A column: a token of the text, or one that was written. */
interface Column {
  readonly text: string;
  readonly isWritten: boolean;
  /** Its place among those of its kind. */
  readonly at: number;
}

function columnsOf({ tokens, prediction }: Explanation): Column[] {
  const own = tokens.filter(({ special, segment }) => !special && segment === 0);
  const written = writtenOf(prediction).slice(0, -1);
  return [
    ...own.map(({ text, piece }, at) => ({ text: text || shownPiece(piece), isWritten: false, at })),
    ...written.map(({ text, piece }, at) => ({ text: text || shownPiece(piece), isWritten: true, at })),
  ].slice(0, mostColumns);
}

/** The score of each column; `null` of what was written later than what is explained. */
function valuesOf({ text, output }: Row, columns: readonly Column[]): (number | null)[] {
  return columns.map(({ isWritten, at }) => (isWritten ? output : text)[at] ?? null);
}
