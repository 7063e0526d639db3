import type { ExplainError } from "../../../src/common/errors";
import type { Explanation } from "../../../src/common/explanation";
import type { AttentionOverview } from "../../../src/common/look";
import type { PanelStrings } from "../../../src/common/panelStrings";
import { fill } from "../../../src/common/words";
import { element, setText } from "../../dom";
import type { MatrixFigures } from "../../pictures/attentionMath";
import type { Cell } from "../../pictures/gridFocus";
import { overviewTable } from "../../pictures/pictureTables";
import { Pulled } from "../../pulled";
import type { SectionContext } from "../section";
import type { HeadControls } from "./headControls";
import { figuresText, tokensOf } from "./headModel";
import { HeadOverview } from "./headOverview";
import type { HeadsView } from "./headsView";
import { matrixKinds } from "./matrixKinds";
import { stageName } from "./stageName";

/** All heads of one stretch of the text, drawn or as a table, with the figures of the one under the pointer. */
export class OverviewPart {
  readonly element: HTMLElement;
  readonly #context: SectionContext<HeadsView>;
  readonly #title = element("h2");
  readonly #overview: HeadOverview;
  readonly #table = element("div");
  readonly #hovered = element("span", { class: "small dim numbers" });
  readonly #pulled: Pulled<AttentionOverview>;
  #strings: PanelStrings | null = null;
  #explanation: Explanation | null = null;
  #tableOf: AttentionOverview | null = null;

  constructor(
    context: SectionContext<HeadsView>,
    controls: HeadControls,
    listeners: { readonly loaded: () => void; readonly failed: (error: ExplainError) => void },
  ) {
    this.#context = context;
    this.#pulled = new Pulled<AttentionOverview>(2, { busy: () => undefined, ...listeners });
    this.#overview = new HeadOverview(
      (cell) => this.#choose(cell),
      (cell) => this.#hover(cell),
    );
    const chosen = element("div", { class: "controls" }, controls.window.element, controls.matrix.element);
    this.element = element(
      "section",
      { class: "overview-section" },
      element("div", { class: "bar-of-controls" }, this.#title, chosen),
      this.#overview.element,
      this.#table,
      element("div", { class: "under-picture" }, this.#hovered, controls.overviewToggle.element),
    );
  }

  /** Pulls the overview of one window; `key` names the attention (see `attentionKey`). */
  ask(key: string, window: number): void {
    this.#pulled.ask(`${window} ${key}`, () => this.#context.host.look(window, { kind: "overview" }));
  }

  draw(explanation: Explanation, view: HeadsView, strings: PanelStrings): void {
    const { attention } = explanation;
    const overview = this.#pulled.value;
    this.#strings = strings;
    this.#explanation = explanation;
    if (attention) {
      const kinds = { self: strings.kindSelf, cross: strings.kindCross, causal: strings.kindCausal };
      setText(this.#title, fill(strings.overviewTitle, attention.layers, attention.heads, kinds[attention.kind]));
    }
    this.#overview.element.hidden = !overview || view.overviewAsTable;
    this.#table.hidden = !overview || !view.overviewAsTable;
    if (!overview) {
      setText(this.#hovered, strings.loadingHeads);
      return;
    }
    if (view.overviewAsTable && this.#tableOf !== overview) {
      this.#tableOf = overview;
      this.#table.replaceChildren(overviewTable(overview, strings.heads, strings));
    }
    this.#overview.update({
      overview,
      special: tokensOf(explanation, view.window).map(({ special }) => special),
      view,
      label: strings.overviewLabel,
      headName: (cell) => this.#headName(cell, strings),
    });
    this.#hover(null);
  }

  repaint(): void {
    this.#overview.repaint();
  }

  /** The figures of the head at a layer (row) and head (column), once they are known. */
  figuresAt({ row, column }: Cell): MatrixFigures | undefined {
    return this.#pulled.value?.figures.find(({ layer, head }) => layer === row && head === column);
  }

  #headName(cell: Cell, strings: PanelStrings): string {
    const figures = this.figuresAt(cell);
    const name = fill(strings.layerAndHead, cell.row + 1, cell.column + 1);
    const stage = this.#explanation && stageName(this.#explanation, cell.row, strings);
    return [name, stage, figures && figuresText(strings.figures, figures)].filter(Boolean).join(" · ");
  }

  #hover(cell: Cell | null): void {
    if (this.#strings) {
      setText(this.#hovered, cell ? this.#headName(cell, this.#strings) : "");
    }
  }

  #choose({ row, column }: Cell): void {
    const { view } = this.#context;
    const ofLayers = matrixKinds[view.value.matrix].isOfLayers;
    view.set({ layer: row, head: column, ...(ofLayers ? { matrixLayer: row } : { matrix: "heads" }) });
  }
}
