import type { Explanation } from "../../../src/common/explanation";
import type { PanelStrings } from "../../../src/common/panelStrings";
import { fill } from "../../../src/common/words";
import { Choice, Segmented, Toggle } from "../../controls";
import { type PictureId, pictureEntries } from "../../pictures/pictureKinds";
import type { ViewPart } from "../section";
import { excerpt } from "./headModel";
import type { HeadsView } from "./headsView";
import { isPossible, layersOf, type MatrixId, matrixEntries, matrixKinds } from "./matrixKinds";
import { stageName } from "./stageName";

const allLayers = "all";

/** What chooses the stretch of the text, the heads, and how they are drawn. */
export class HeadControls {
  readonly window: Choice;
  readonly matrix: Segmented<MatrixId>;
  readonly overviewToggle: Toggle;
  readonly layer: Choice;
  readonly alignedHead: Choice;
  readonly picture: Segmented<PictureId>;
  readonly pictureToggle: Toggle;

  constructor(view: ViewPart<HeadsView>) {
    this.window = new Choice((window) => view.set({ window: Number(window) }));
    this.matrix = new Segmented<MatrixId>((matrix) => view.set({ matrix }));
    this.overviewToggle = new Toggle(() => view.set({ overviewAsTable: !view.value.overviewAsTable }));
    this.layer = new Choice((layer) => view.set({ matrixLayer: layer === allLayers ? null : Number(layer) }));
    this.alignedHead = new Choice((head) => view.set({ alignedHead: head === allLayers ? null : Number(head) }));
    this.picture = new Segmented<PictureId>((picture) => view.set({ picture }));
    this.pictureToggle = new Toggle(() => view.set({ pictureAsTable: !view.value.pictureAsTable }));
  }

  /** Shows what is chosen of what the explanation has. */
  update({ attention, windows, text, pair }: Explanation, view: HeadsView, strings: PanelStrings): void {
    this.window.element.hidden = windows.length < 2;
    const parts = windows.map(({ start, end, segment }, index) => ({
      value: String(index),
      label: fill(
        strings.windowName,
        index + 1,
        windows.length,
        excerpt(((segment === 1 ? pair : text) ?? "").slice(start, end)),
      ),
    }));
    this.window.update(strings.windowLabel, parts, String(view.window));
    const matrices = matrixEntries
      .filter(([value]) => attention && isPossible(value, attention))
      .map(([value, { label }]) => ({ value, label: label(strings) }));
    this.matrix.update(strings.show, matrices, view.matrix);
    const layers = (attention ? layersOf(view.matrix, attention) : []).map((layer) => ({
      value: String(layer),
      label: [`${strings.layerShort} ${layer + 1}`, stageName({ attention }, layer, strings)]
        .filter(Boolean)
        .join(" · "),
    }));
    this.layer.element.hidden = !matrixKinds[view.matrix].isOfLayers;
    this.layer.update(
      strings.layer,
      [{ value: allLayers, label: strings.allLayers }, ...layers],
      view.matrixLayer === null ? allLayers : String(view.matrixLayer),
    );
    const heads = Array.from({ length: attention?.heads ?? 0 }, (_, head) => ({
      value: String(head),
      label: `${strings.headShort} ${head + 1}`,
    }));
    this.alignedHead.element.hidden = !matrixKinds[view.matrix].alignsOutput;
    this.alignedHead.update(
      strings.head,
      [{ value: allLayers, label: strings.allHeads }, ...heads],
      view.alignedHead === null ? allLayers : String(view.alignedHead),
    );
    const pictures = pictureEntries.map(([value, { label }]) => ({ value, label: label(strings) }));
    this.picture.update(strings.picture, pictures, view.picture);
    this.overviewToggle.update(strings.showAsTable, view.overviewAsTable);
    this.pictureToggle.update(strings.showAsTable, view.pictureAsTable);
  }
}
