import type { ExplainError } from "../../../src/common/errors";
import type { Explanation } from "../../../src/common/explanation";
import type { HeadMatrix } from "../../../src/common/look";
import type { Place } from "../../../src/common/panelProtocol";
import type { PanelStrings } from "../../../src/common/panelStrings";
import { attentionKey } from "../../attentionKey";
import { element, setAttribute, setText } from "../../dom";
import { highlighter } from "../../highlighter";
import { type MatrixFigures, matrixFigures } from "../../pictures/attentionMath";
import type { Cell } from "../../pictures/gridFocus";
import type { PictureModel } from "../../pictures/picture";
import { PictureHost } from "../../pictures/pictureHost";
import { pictureKinds } from "../../pictures/pictureKinds";
import { Pulled } from "../../pulled";
import type { Snapshot } from "../../store";
import { sentence } from "../../words";
import { type SectionContext, type SectionView, section } from "../section";
import { placedMatrix } from "./axes";
import { HeadControls } from "./headControls";
import { figuresText, type PlacedMatrix, pictureModel, tokensOf } from "./headModel";
import { HeadPlace } from "./headPlace";
import { HeadReadout } from "./headReadout";
import { type HeadsView, possibleView, restoreHeadsView } from "./headsView";
import { choiceName, matrixKinds } from "./matrixKinds";
import { OverviewPart } from "./overviewPart";
import { stageName } from "./stageName";

const matricesKept = 32;

/** What is on view, for what is drawn between two updates; `view` is what is possible of what was chosen. */
interface Drawn {
  readonly explanation: Explanation;
  readonly strings: PanelStrings;
  readonly view: HeadsView;
}

/** All heads at a glance, and one of them (or several as one) to look into. */
export const headsSection = section<HeadsView>({
  id: "heads",
  title: (strings) => strings.heads,
  restore: restoreHeadsView,
  make: (context) => new HeadsSection(context),
});

class HeadsSection implements SectionView {
  readonly element = element("div", { class: "heads-view" });
  readonly #context: SectionContext<HeadsView>;
  readonly #controls: HeadControls;
  readonly #overview: OverviewPart;
  readonly #headTitle = element("h2");
  readonly #figures = element("p", { class: "small dim numbers figures" });
  readonly #pictures = new PictureHost((cell, byKeyboard) => this.#point(cell, byKeyboard));
  readonly #readout: HeadReadout;
  readonly #problem = element("p", { class: "problem", attributes: { role: "status" } });
  readonly #body: HTMLElement;
  readonly #pictureSection: HTMLElement;
  readonly #matrix: Pulled<HeadMatrix>;
  readonly #place = new HeadPlace();
  readonly #highlight: (tokens: readonly number[]) => void;
  #drawn: Drawn | null = null;
  #model: { readonly of: string; readonly placed: PlacedMatrix; readonly model: PictureModel } | null = null;

  constructor(context: SectionContext<HeadsView>) {
    const { host, view } = context;
    this.#context = context;
    this.#highlight = highlighter(host);
    this.#controls = new HeadControls(view);
    this.#readout = new HeadReadout(view);
    const failed = (error: ExplainError): void => this.#fail(error);
    this.#overview = new OverviewPart(context, this.#controls, { loaded: () => this.#redraw(), failed });
    this.#matrix = new Pulled<HeadMatrix>(matricesKept, {
      busy: (isBusy) => setAttribute(this.#pictureSection, "aria-busy", isBusy ? "true" : null),
      loaded: () => {
        this.#problem.hidden = true;
        this.#redraw();
      },
      failed,
    });
    this.#pictureSection = this.#makePictureSection();
    this.#body = element("div", { class: "heads-columns" }, this.#overview.element, this.#pictureSection);
    this.element.append(this.#problem, this.#body);
  }

  update(explanation: Explanation, { strings }: Snapshot): void {
    const view = possibleView(explanation, this.#context.view.value);
    const drawn = { explanation, strings, view };
    this.#drawn = drawn;
    this.#body.hidden = explanation.attention === null;
    if (!explanation.attention) {
      this.#problem.hidden = false;
      setText(this.#problem, strings.noAttention);
      return;
    }
    const key = attentionKey(explanation);
    this.#overview.ask(key, view.window);
    this.#matrix.ask(`${choiceName(view)} ${key}`, () => this.#pull(explanation, view));
    this.#controls.update(explanation, view, strings);
    this.#pictureSection.classList.toggle("as-table", view.pictureAsTable);
    this.#readout.update(view, strings, !pictureKinds[view.picture].saysItself && !view.pictureAsTable);
    this.#draw(drawn);
  }

  repaint(): void {
    this.#overview.repaint();
    this.#pictures.repaint();
  }

  show(place: Place): boolean {
    if (!("head" in place)) {
      return false;
    }
    this.#context.view.set({ matrix: "heads", layer: place.layer, head: place.head });
    this.#context.open();
    this.element.scrollIntoView();
    return true;
  }

  #makePictureSection(): HTMLElement {
    const controls = element(
      "div",
      { class: "controls" },
      this.#controls.layer.element,
      this.#controls.alignedHead.element,
      this.#controls.picture.element,
    );
    const headName = element("div", { class: "head-name" }, this.#headTitle, this.#figures);
    return element(
      "section",
      { class: "picture-section" },
      element("div", { class: "bar-of-controls" }, headName, controls),
      element("div", { class: "picture-and-readout" }, this.#pictures.element, this.#readout.element),
      element("div", { class: "under-picture" }, element("span"), this.#controls.pictureToggle.element),
    );
  }

  #pull(explanation: Explanation, view: HeadsView): Promise<HeadMatrix> {
    return this.#context.host.look(view.window, matrixKinds[view.matrix].look(view, explanation));
  }

  #fail(error: ExplainError): void {
    this.#pictureSection.removeAttribute("aria-busy");
    this.#problem.hidden = false;
    setText(this.#problem, sentence(error.text));
  }

  #redraw(): void {
    if (this.#drawn && !this.element.hidden) {
      this.#draw(this.#drawn);
    }
  }

  #draw(drawn: Drawn): void {
    this.#overview.draw(drawn.explanation, drawn.view, drawn.strings);
    this.#drawMatrix(drawn);
  }

  #drawMatrix({ explanation, view, strings }: Drawn): void {
    const kind = matrixKinds[view.matrix];
    const stage = stageName(explanation, kind.covers(view).layer, strings);
    setText(this.#headTitle, stage ? `${kind.title(view, strings)} · ${stage}` : kind.title(view, strings));
    const matrix = this.#matrix.value;
    if (!matrix) {
      // The last matrix stays until the next is there: a blank in between would only flicker.
      return;
    }
    const model = this.#modelOf(matrix, explanation, view, strings);
    const special = tokensOf(explanation, view.window).map((token) => token.special);
    // How far apart a place of the output and one of the text are says nothing.
    const figures = kind.alignsOutput ? null : (this.#figuresOf(view) ?? matrixFigures(matrix, special));
    const words = view.showSpecial ? strings.figures : strings.figuresHidden;
    setText(this.#figures, figures ? figuresText(words, figures) : strings.alignmentHelp);
    const cell = this.#place.in(model);
    this.#place.keep(model, cell);
    this.#pictures.update(model, view, strings, cell);
    this.#readout.point(model, cell, strings, false);
  }

  /** The picture's model, made anew only when the matrix, or what is shown of it, is another. */
  #modelOf(matrix: HeadMatrix, explanation: Explanation, view: HeadsView, strings: PanelStrings): PictureModel {
    const of = [choiceName(view), attentionKey(explanation), view.showSpecial, view.renormalise, view.topMass].join(
      " ",
    );
    if (this.#model?.of !== of) {
      const placed = placedMatrix(matrix, explanation, view);
      this.#model = { of, placed, model: pictureModel(placed, view, strings) };
    }
    return this.#model.model;
  }

  /** The figures of one head, which are those of the overview. */
  #figuresOf(view: HeadsView): MatrixFigures | undefined {
    const { layer, head } = matrixKinds[view.matrix].covers(view);
    return layer === null || head === null ? undefined : this.#overview.figuresAt({ row: layer, column: head });
  }

  #point(cell: Cell | null, byKeyboard: boolean): void {
    if (!this.#model || !this.#drawn) {
      return;
    }
    const { model, placed } = this.#model;
    if (!cell) {
      this.#highlight([]);
      return;
    }
    const { strings } = this.#drawn;
    this.#place.keep(model, cell);
    this.#pictures.point(cell);
    this.#readout.point(model, cell, strings, byKeyboard);
    const { rows, columns } = model.shaped;
    const pair = [placed.rows[rows[cell.row] ?? -1], placed.columns[columns[cell.column] ?? -1]];
    this.#highlight([...new Set(pair.flatMap((token) => (token && !token.special ? (token.index ?? []) : [])))]);
  }
}
