import type { PanelView } from "../src/common/panelProtocol";
import type { PanelStrings } from "../src/common/panelStrings";
import { DistanceCurve } from "./distanceCurve";
import { element } from "./dom";
import type { Cell } from "./gridFocus";
import { Heatmap } from "./heatmap";
import { LineView } from "./lineView";
import type { Picture, PictureModel, PointListener } from "./picture";
import { curveTable, matrixTable } from "./pictureTables";

/** Shows one matrix as a map, as lines, as a curve over distance, or as a table. */
export class PictureHost {
  readonly element = element("div", { class: "picture" });
  readonly #pictures: Readonly<Record<"map" | "lines", Picture>>;
  readonly #curve = new DistanceCurve();
  readonly #table = element("div");
  #kind: PanelView["picture"] = "map";
  #drawn: { readonly model: PictureModel; readonly as: string } | null = null;

  constructor(onPoint: PointListener) {
    this.#pictures = { map: new Heatmap(onPoint), lines: new LineView(onPoint) };
    this.element.append(this.#pictures.map.element, this.#pictures.lines.element, this.#curve.element, this.#table);
  }

  update(model: PictureModel, view: PanelView, strings: PanelStrings, cell: Cell): void {
    const { picture, pictureAsTable } = view;
    const as = `${picture} ${pictureAsTable}`;
    this.#kind = picture;
    this.#pictures.map.element.hidden = pictureAsTable || picture !== "map";
    this.#pictures.lines.element.hidden = pictureAsTable || picture !== "lines";
    this.#curve.element.hidden = pictureAsTable || picture !== "curve";
    this.#table.hidden = !pictureAsTable;
    if (this.#drawn?.model === model && this.#drawn.as === as) {
      return;
    }
    this.#drawn = { model, as };
    if (pictureAsTable) {
      this.#table.replaceChildren(
        picture === "curve" ? curveTable(model.shaped, strings) : matrixTable(model, strings),
      );
    } else if (picture === "curve") {
      this.#curve.update(model.shaped, strings);
    } else {
      this.#pictures[picture].update(model);
      this.#pictures[picture].point(cell);
    }
  }

  point(cell: Cell): void {
    if (this.#kind !== "curve") {
      this.#pictures[this.#kind].point(cell);
    }
  }

  repaint(): void {
    this.#pictures.map.repaint();
    this.#pictures.lines.repaint();
    this.#curve.repaint();
  }
}
