import type { AttentionOverview, HeadMatrix } from "../src/common/engineProtocol";
import { ExplainError } from "../src/common/errors";
import type { Explanation } from "../src/common/explanation";
import type { PanelView } from "../src/common/panelProtocol";
import type { PanelStrings } from "../src/common/panelStrings";
import { type MatrixFigures, matrixFigures } from "./attentionMath";
import { Choice, Segmented, Toggle } from "./controls";
import { element, setText, throttle } from "./dom";
import type { Cell } from "./gridFocus";
import { excerpt, figuresText, matrixTitle, pictureModel, tokensOf } from "./headModel";
import { HeadOverview } from "./headOverview";
import { HeadReadout } from "./headReadout";
import { choiceName, HeadSource } from "./headSource";
import { type HostConnection, Latest } from "./messages";
import type { PictureModel } from "./picture";
import { PictureHost } from "./pictureHost";
import { overviewTable } from "./pictureTables";
import { attentionKey, fill, type Snapshot, type Store, sentence } from "./store";

const highlightEvery = 60;
const allLayers = "all";

interface Loaded<T> {
  readonly key: string;
  readonly value: T;
}

/** Section 3: all heads at a glance, and one of them (or several as one) to look into. */
export class HeadsView {
  readonly element = element("div", { class: "heads-view" });
  readonly #source: HeadSource;
  readonly #store: Store;
  readonly #title = element("h2");
  readonly #window: Choice;
  readonly #aggregate: Segmented<PanelView["aggregate"]>;
  readonly #overview: HeadOverview;
  readonly #overviewTable = element("div");
  readonly #overviewToggle: Toggle;
  readonly #hovered = element("span", { class: "small dim numbers" });
  readonly #headTitle = element("h2");
  readonly #figures = element("p", { class: "small dim numbers figures" });
  readonly #layer: Choice;
  readonly #picture: Segmented<PanelView["picture"]>;
  readonly #pictures = new PictureHost((cell, byKeyboard) => this.#point(cell, byKeyboard));
  readonly #pictureToggle: Toggle;
  readonly #readout: HeadReadout;
  readonly #problem = element("p", { class: "problem", attributes: { role: "status" } });
  readonly #body: HTMLElement;
  readonly #pictureSection: HTMLElement;
  readonly #latestOverview = new Latest();
  readonly #latestMatrix = new Latest();
  readonly #highlight: (tokens: readonly number[]) => void;
  #snapshot: Snapshot | null = null;
  #overviewLoaded: Loaded<AttentionOverview> | null = null;
  #matrixLoaded: Loaded<HeadMatrix> | null = null;
  #overviewAsked = "";
  #matrixAsked = "";
  #shapedFor = "";
  #model: PictureModel | null = null;
  /** Where the person looked last: the positions of query and key in the window, whatever is hidden. */
  #place: Cell | null = null;
  #tableDrawn: AttentionOverview | null = null;

  constructor(host: HostConnection, store: Store) {
    this.#store = store;
    this.#source = new HeadSource(host);
    this.#highlight = throttle(highlightEvery, (tokens) => host.tell("highlight", { tokens }));
    this.#window = new Choice((window) => store.setView({ window: Number(window) }));
    this.#aggregate = new Segmented<PanelView["aggregate"]>((aggregate) => store.setView({ aggregate }));
    this.#layer = new Choice((layer) => store.setView({ aggregateLayer: layer === allLayers ? null : Number(layer) }));
    this.#picture = new Segmented<PanelView["picture"]>((picture) => store.setView({ picture }));
    this.#overview = new HeadOverview(
      (cell) => this.#choose(cell),
      (cell) => this.#hover(cell),
    );
    this.#overviewToggle = new Toggle(() => store.setView({ overviewAsTable: !store.snapshot.view.overviewAsTable }));
    this.#pictureToggle = new Toggle(() => store.setView({ pictureAsTable: !store.snapshot.view.pictureAsTable }));
    this.#readout = new HeadReadout(store);
    const overviewControls = element("div", { class: "controls" }, this.#window.element, this.#aggregate.element);
    const overviewSection = element(
      "section",
      { class: "overview-section" },
      element("div", { class: "bar-of-controls" }, this.#title, overviewControls),
      this.#overview.element,
      this.#overviewTable,
      element("div", { class: "under-picture" }, this.#hovered, this.#overviewToggle.element),
    );
    const pictureControls = element("div", { class: "controls" }, this.#layer.element, this.#picture.element);
    const headName = element("div", { class: "head-name" }, this.#headTitle, this.#figures);
    this.#pictureSection = element(
      "section",
      { class: "picture-section" },
      element("div", { class: "bar-of-controls" }, headName, pictureControls),
      element("div", { class: "picture-and-readout" }, this.#pictures.element, this.#readout.element),
      element("div", { class: "under-picture" }, element("span"), this.#pictureToggle.element),
    );
    this.#body = element("div", { class: "heads-columns" }, overviewSection, this.#pictureSection);
    this.element.append(this.#problem, this.#body);
  }

  update(snapshot: Snapshot): void {
    this.#snapshot = snapshot;
    const { strings, view, state } = snapshot;
    const explanation = state?.explanation ?? null;
    const shown = explanation !== null && view.section === "heads";
    this.element.hidden = !shown;
    if (!explanation || !shown) {
      return;
    }
    this.#body.hidden = explanation.attention === null;
    if (!explanation.attention) {
      this.#problem.hidden = false;
      setText(this.#problem, strings.noAttention);
      return;
    }
    this.#pull(explanation);
    this.#drawControls(explanation, snapshot);
    this.#drawOverview(explanation, snapshot);
    this.#drawMatrix(explanation, snapshot);
  }

  /** Draws again, after the theme has changed. */
  repaint(): void {
    this.#overview.repaint();
    this.#pictures.repaint();
  }

  /** The view as it can be: clamped to the heads and windows that this explanation has. */
  #possibleView({ attention, windows }: Explanation): PanelView {
    const { view } = this.#store.snapshot;
    const clamp = (value: number, count: number): number => Math.max(0, Math.min(count - 1, value));
    const layers = attention?.layers ?? 1;
    return {
      ...view,
      layer: clamp(view.layer, layers),
      head: clamp(view.head, attention?.heads ?? 1),
      aggregateLayer: view.aggregateLayer === null ? null : clamp(view.aggregateLayer, layers),
      window: clamp(view.window, Math.max(1, windows.length)),
    };
  }

  #pull(explanation: Explanation): void {
    const view = this.#possibleView(explanation);
    const key = attentionKey(explanation);
    const overviewKey = `${view.window} ${key}`;
    const matrixKey = `${choiceName(view)} ${key}`;
    if (overviewKey !== this.#overviewAsked) {
      this.#overviewAsked = overviewKey;
      void this.#pullOverview(key, overviewKey, view.window);
    }
    if (matrixKey !== this.#matrixAsked) {
      this.#matrixAsked = matrixKey;
      void this.#pullMatrix(key, matrixKey, view);
    }
  }

  async #pullOverview(key: string, overviewKey: string, window: number): Promise<void> {
    const current = this.#latestOverview.begin();
    try {
      const value = await this.#source.overview(key, window);
      if (current()) {
        this.#overviewLoaded = { key: overviewKey, value };
        this.#redraw();
      }
    } catch (thrown) {
      this.#fail(current, thrown, () => {
        this.#overviewAsked = "";
      });
    }
  }

  async #pullMatrix(key: string, matrixKey: string, view: PanelView): Promise<void> {
    const current = this.#latestMatrix.begin();
    this.#pictureSection.setAttribute("aria-busy", "true");
    try {
      const value = await this.#source.matrix(key, view);
      if (current()) {
        this.#pictureSection.removeAttribute("aria-busy");
        this.#matrixLoaded = { key: matrixKey, value };
        this.#problem.hidden = true;
        this.#redraw();
      }
    } catch (thrown) {
      this.#fail(current, thrown, () => {
        this.#matrixAsked = "";
      });
    }
  }

  /** Says what went wrong; the next change of the state or the view asks again. */
  #fail(current: () => boolean, thrown: unknown, forget: () => void): void {
    if (current()) {
      this.#pictureSection.removeAttribute("aria-busy");
      this.#problem.hidden = false;
      setText(this.#problem, sentence(ExplainError.from(thrown).text));
      forget();
    }
  }

  #redraw(): void {
    const explanation = this.#snapshot?.state?.explanation;
    if (this.#snapshot && explanation && this.#snapshot.view.section === "heads") {
      this.#drawOverview(explanation, this.#snapshot);
      this.#drawMatrix(explanation, this.#snapshot);
    }
  }

  #drawControls(explanation: Explanation, { strings, view }: Snapshot): void {
    const { attention, windows } = explanation;
    const kinds = { self: strings.kindSelf, cross: strings.kindCross, causal: strings.kindCausal };
    if (attention) {
      const { layers, heads, kind } = attention;
      setText(this.#title, fill(strings.overviewTitle, layers, heads, kinds[kind]));
    }
    this.#window.element.hidden = windows.length < 2;
    const parts = windows.map(({ start, end }, index) => ({
      value: String(index),
      label: fill(strings.windowName, index + 1, windows.length, excerpt(explanation.text.slice(start, end))),
    }));
    this.#window.update(strings.windowLabel, parts, String(this.#possibleView(explanation).window));
    this.#aggregate.update(
      strings.show,
      [
        { value: "heads", label: strings.aggregateHeads },
        { value: "mean", label: strings.aggregateMean },
        { value: "maximum", label: strings.aggregateMaximum },
        { value: "rollout", label: strings.aggregateRollout },
      ],
      view.aggregate,
    );
    const layers = Array.from({ length: attention?.layers ?? 0 }, (_, layer) => ({
      value: String(layer),
      label: `${strings.layerShort} ${layer + 1}`,
    }));
    this.#layer.element.hidden = view.aggregate !== "mean" && view.aggregate !== "maximum";
    this.#layer.update(
      strings.layer,
      [{ value: allLayers, label: strings.allLayers }, ...layers],
      view.aggregateLayer === null ? allLayers : String(view.aggregateLayer),
    );
    this.#picture.update(
      strings.picture,
      [
        { value: "map", label: strings.pictureMap },
        { value: "lines", label: strings.pictureLines },
        { value: "curve", label: strings.pictureCurve },
      ],
      view.picture,
    );
    this.#overviewToggle.update(strings.showAsTable, view.overviewAsTable);
    this.#pictureToggle.update(strings.showAsTable, view.pictureAsTable);
    this.#pictureSection.classList.toggle("as-table", view.pictureAsTable);
    this.#readout.update(view, strings, view.picture !== "curve" && !view.pictureAsTable);
  }

  #drawOverview(explanation: Explanation, { strings, view }: Snapshot): void {
    const loaded = this.#overviewLoaded;
    const ready = loaded !== null && loaded.key === this.#overviewAsked;
    this.#overview.element.hidden = !ready || view.overviewAsTable;
    this.#overviewTable.hidden = !ready || !view.overviewAsTable;
    if (!ready) {
      setText(this.#hovered, strings.loadingHeads);
      return;
    }
    const overview = loaded.value;
    if (view.overviewAsTable && this.#tableDrawn !== overview) {
      this.#tableDrawn = overview;
      this.#overviewTable.replaceChildren(overviewTable(overview, strings.heads, strings));
    }
    this.#overview.update({
      overview,
      special: tokensOf(explanation, view.window).map(({ special }) => special),
      view: this.#possibleView(explanation),
      label: strings.overviewLabel,
      headName: (cell) => this.#headName(cell, strings),
    });
    this.#hover(null);
  }

  #drawMatrix(explanation: Explanation, { strings }: Snapshot): void {
    const view = this.#possibleView(explanation);
    setText(this.#headTitle, matrixTitle(view, strings));
    const loaded = this.#matrixLoaded;
    if (loaded?.key !== this.#matrixAsked) {
      // The last matrix stays until the next is there: a blank in between would only flicker.
      return;
    }
    const tokens = tokensOf(explanation, view.window);
    const special = tokens.map((token) => token.special);
    const figures = this.#figuresOf(view) ?? matrixFigures(loaded.value, special);
    const wanted = [loaded.key, view.showSpecial, view.renormalise, view.topMass].join(" ");
    if (wanted !== this.#shapedFor) {
      this.#shapedFor = wanted;
      this.#model = pictureModel(loaded.value, tokens, view, strings);
    }
    const model = this.#model;
    if (!model) {
      return;
    }
    const template = view.showSpecial ? strings.figures : strings.figuresHidden;
    setText(this.#figures, figuresText(template, figures));
    const cell = this.#cellIn(model);
    this.#keepPlace(model, cell);
    this.#pictures.update(model, view, strings, cell);
    this.#readout.point(model, cell, strings, false);
  }

  #figuresOf({ aggregate, layer, head }: PanelView): MatrixFigures | undefined {
    return aggregate === "heads" ? this.#figuresAt({ row: layer, column: head }) : undefined;
  }

  #figuresAt({ row, column }: Cell): MatrixFigures | undefined {
    const loaded = this.#overviewLoaded;
    return loaded?.key === this.#overviewAsked
      ? loaded.value.figures.find(({ layer, head }) => layer === row && head === column)
      : undefined;
  }

  #headName(cell: Cell, strings: PanelStrings): string {
    const figures = this.#figuresAt(cell);
    const name = fill(strings.layerAndHead, cell.row + 1, cell.column + 1);
    if (!figures) {
      return name;
    }
    return `${name} · ${figuresText(strings.figures, figures)}`;
  }

  #hover(cell: Cell | null): void {
    const strings = this.#snapshot?.strings;
    if (strings) {
      setText(this.#hovered, cell ? this.#headName(cell, strings) : "");
    }
  }

  #choose({ row, column }: Cell): void {
    const { aggregate } = this.#store.snapshot.view;
    if (aggregate === "mean" || aggregate === "maximum") {
      this.#store.setView({ aggregateLayer: row, layer: row, head: column });
    } else {
      this.#store.setView({ aggregate: "heads", layer: row, head: column });
    }
  }

  #keepPlace({ shaped }: PictureModel, cell: Cell): void {
    const row = shaped.rows[cell.row];
    const column = shaped.columns[cell.column];
    this.#place = row === undefined || column === undefined ? null : { row, column };
  }

  /** The cell looked at before, if it is still shown; otherwise the strongest between content tokens. */
  #cellIn({ shaped, rowLabels, columnLabels }: PictureModel): Cell {
    const { rows, columns, values } = shaped;
    if (this.#place) {
      const kept = { row: rows.indexOf(this.#place.row), column: columns.indexOf(this.#place.column) };
      if (kept.row >= 0 && kept.column >= 0) {
        return kept;
      }
    }
    let best: Cell = { row: 0, column: 0 };
    let strongest = -1;
    values.forEach((value, index) => {
      const row = Math.floor(index / columns.length);
      const column = index % columns.length;
      if (value > strongest && !rowLabels[row]?.special && !columnLabels[column]?.special) {
        strongest = value;
        best = { row, column };
      }
    });
    return best;
  }

  #point(cell: Cell | null, byKeyboard: boolean): void {
    const model = this.#model;
    const strings = this.#snapshot?.strings;
    const explanation = this.#snapshot?.state?.explanation;
    if (!model || !strings || !explanation) {
      return;
    }
    if (!cell) {
      this.#highlight([]);
      return;
    }
    this.#keepPlace(model, cell);
    this.#pictures.point(cell);
    this.#readout.point(model, cell, strings, byKeyboard);
    const tokens = tokensOf(explanation, this.#possibleView(explanation).window);
    const pair = [tokens[model.shaped.rows[cell.row] ?? -1], tokens[model.shaped.columns[cell.column] ?? -1]];
    this.#highlight([...new Set(pair.flatMap((token) => (token && !token.special ? [token.index] : [])))]);
  }
}
