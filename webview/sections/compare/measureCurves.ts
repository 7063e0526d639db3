import { formatNumber } from "../../../src/common/format";
import { type MeasureId, measureIds, measures } from "../../../src/common/measure";
import { type MethodId, methodInfo } from "../../../src/common/method";
import type { PanelStrings } from "../../../src/common/panelStrings";
import { Toggle } from "../../controls";
import { element, setText } from "../../dom";
import { LinePlot, type PlotLine } from "../../pictures/linePlot";
import { tintedTable } from "../../tintedTable";
import { rowName } from "./compareColumns";
import type { CompareRow, Comparison } from "./compareRows";

/** Plots leave so much of their width free at each end, for the first and the last tick. */
const margin = 0.05;
/** Ticks are at least this share of a plot's width apart. */
const tickRoom = 0.12;

/** What a measure's plot is made of. */
interface MeasurePlot {
  readonly element: HTMLElement;
  readonly title: HTMLElement;
  readonly plot: LinePlot;
  readonly summary: HTMLElement;
  readonly table: HTMLElement;
}

/** The curves of the measures that have some: a plot for each, a line for each method with that of random scores, and the same in numbers. */
export class MeasureCurves {
  readonly element = element("section", { class: "measure-curves" });
  readonly #title = element("h2");
  readonly #names = element("div", { class: "curve-names" });
  readonly #plots = element("div", { class: "curve-plots" });
  readonly #help = element("p", { class: "small dim" });
  readonly #toggles = new Map<MethodId, Toggle>();
  readonly #made = new Map<MeasureId, MeasurePlot>();
  #drawn: { readonly comparison: Comparison; readonly strings: PanelStrings } | null = null;
  /** The method whose lines stand out, and the one that is pointed at. */
  #chosen: MethodId | null = null;
  #pointed: MethodId | null = null;

  constructor() {
    this.element.append(this.#title, this.#names, this.#plots, this.#help);
    this.#names.addEventListener("pointerleave", () => this.#point(null));
  }

  update(comparison: Comparison, strings: PanelStrings): void {
    if (this.#drawn?.comparison === comparison && this.#drawn.strings === strings) {
      return;
    }
    this.#drawn = { comparison, strings };
    const rows = withCurves(comparison);
    this.element.hidden = rows.length === 0;
    setText(this.#title, strings.curvesTitle);
    setText(this.#help, strings.curvesHelp);
    this.#drawNames(rows, strings);
    const shown = measureIds.filter((id) => rows.some(({ measured }) => measured[id]?.curve));
    this.#plots.replaceChildren(...shown.map((id) => this.#drawPlot(id, rows, comparison, strings)));
    this.#pointOut();
  }

  repaint(): void {
    for (const { plot } of this.#made.values()) {
      plot.repaint();
    }
  }

  #drawNames(rows: readonly CompareRow[], strings: PanelStrings): void {
    // What is moved to another place on the page loses the focus.
    const focused = document.activeElement;
    this.#names.replaceChildren(
      ...rows.map((row) => {
        const toggle = this.#toggles.get(row.method) ?? this.#toggle(row.method);
        toggle.update(rowName(row, strings), this.#chosen === row.method);
        toggle.element.classList.toggle("dashed", methodInfo(row.method).isBlind === true);
        return toggle.element;
      }),
    );
    if (focused instanceof HTMLElement && this.#names.contains(focused)) {
      focused.focus();
    }
  }

  #toggle(method: MethodId): Toggle {
    const toggle = new Toggle(() => {
      this.#chosen = this.#chosen === method ? null : method;
      this.#pointOut();
    });
    toggle.element.addEventListener("pointerenter", () => this.#point(method));
    this.#toggles.set(method, toggle);
    return toggle;
  }

  #drawPlot(id: MeasureId, rows: readonly CompareRow[], { reference }: Comparison, strings: PanelStrings): HTMLElement {
    const made = this.#made.get(id) ?? makePlot();
    this.#made.set(id, made);
    const places = rows.flatMap(({ measured }) => measured[id]?.curve?.x ?? []);
    const last = Math.max(Number.MIN_VALUE, ...places);
    const x = (share: number): number => margin + (1 - 2 * margin) * (share / last);
    const shares = [...new Set(places)].toSorted((a, b) => a - b);
    const lines = rows.map(({ method, measured }): PlotLine => {
      const { x: at = [], y = [] } = measured[id]?.curve ?? {};
      return {
        points: y.map((value, place) => ({ x: x(at[place] ?? 0), y: value })),
        colour: "ink",
        strength: method === reference?.method ? 1 : 0.45,
        isDashed: methodInfo(method).isBlind === true,
      };
    });
    const { label } = measures[id];
    setText(made.title, label);
    made.plot.update({
      lines,
      ticks: apart(shares.map((share) => ({ x: x(share), text: formatShare(share) }))),
      format: formatNumber,
    });
    setText(made.summary, strings.showAsTable);
    made.table.replaceChildren(
      tintedTable({
        caption: label,
        corner: strings.method,
        columns: shares.map(formatShare),
        rows: rows.map((row) => ({
          name: rowName(row, strings),
          cells: shares.map((share) => {
            const curve = row.measured[id]?.curve;
            const value = curve?.y[curve.x.indexOf(share)];
            return { value: value ?? 0, words: value === undefined ? "" : formatNumber(value) };
          }),
        })),
      }),
    );
    return made.element;
  }

  #point(method: MethodId | null): void {
    this.#pointed = method;
    this.#pointOut();
  }

  #pointOut(): void {
    const { comparison } = this.#drawn ?? {};
    const method = this.#pointed ?? this.#chosen;
    const at = comparison && method ? withCurves(comparison).findIndex((row) => row.method === method) : -1;
    for (const { plot } of this.#made.values()) {
      plot.point(at < 0 ? null : at);
    }
    for (const [id, { element: button }] of this.#toggles) {
      button.setAttribute("aria-pressed", String(id === this.#chosen));
    }
  }
}

function withCurves({ rows }: Comparison): CompareRow[] {
  return rows.filter(({ measured }) => Object.values(measured).some(({ curve }) => curve));
}

function makePlot(): MeasurePlot {
  const title = element("h3");
  const plot = new LinePlot();
  const summary = element("summary", { class: "small" });
  const table = element("div");
  const made = element("div", { class: "curve" }, title, plot.element, element("details", {}, summary, table));
  return { element: made, title, plot, summary, table };
}

/** The ticks between the first and the last that have room. */
function apart(ticks: readonly { readonly x: number; readonly text: string }[]) {
  const kept: { readonly x: number; readonly text: string }[] = [];
  const last = ticks.at(-1);
  for (const tick of ticks) {
    const before = kept.at(-1);
    const hasRoom = !before || tick.x - before.x >= tickRoom;
    if (tick === last || (hasRoom && (!last || last.x - tick.x >= tickRoom))) {
      kept.push(tick);
    }
  }
  return kept;
}

function formatShare(share: number): string {
  return `${Math.round(100 * share)} %`;
}
