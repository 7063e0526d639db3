import type { PanelStrings } from "../../src/common/panelStrings";
import { element } from "../dom";
import type { Cell } from "./gridFocus";
import type { Picture, PictureModel, PointListener } from "./picture";
import { type PictureId, pictureEntries, pictureKinds } from "./pictureKinds";

/** How a matrix is to be shown. */
export interface PictureChoice {
  readonly picture: PictureId;
  /** In numbers instead of drawn. */
  readonly pictureAsTable: boolean;
}

/** Shows one matrix in one of the ways there are, drawn or as a table. */
export class PictureHost {
  readonly element = element("div", { class: "picture" });
  readonly #pictures: ReadonlyMap<PictureId, Picture>;
  readonly #table = element("div");
  #shown: PictureId = "map";
  #drawn: { readonly model: PictureModel; readonly as: string } | null = null;

  constructor(onPoint: PointListener) {
    this.#pictures = new Map(pictureEntries.map(([id, kind]) => [id, kind.make(onPoint)]));
    this.element.append(...[...this.#pictures.values()].map((picture) => picture.element), this.#table);
  }

  update(model: PictureModel, { picture, pictureAsTable }: PictureChoice, strings: PanelStrings, cell: Cell): void {
    const as = `${picture} ${pictureAsTable}`;
    this.#shown = picture;
    for (const [id, { element: drawn }] of this.#pictures) {
      drawn.hidden = pictureAsTable || id !== picture;
    }
    this.#table.hidden = !pictureAsTable;
    if (this.#drawn?.model === model && this.#drawn.as === as) {
      return;
    }
    this.#drawn = { model, as };
    if (pictureAsTable) {
      this.#table.replaceChildren(pictureKinds[picture].table(model, strings));
    } else {
      this.#pictures.get(picture)?.update(model, strings);
      this.point(cell);
    }
  }

  /** Moves the cross-hair of what is shown. */
  point(cell: Cell): void {
    this.#pictures.get(this.#shown)?.point?.(cell);
  }

  repaint(): void {
    for (const picture of this.#pictures.values()) {
      picture.repaint();
    }
  }
}
