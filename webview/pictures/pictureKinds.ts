import type { PanelStrings } from "../../src/common/panelStrings";
import { DistanceCurve } from "./distanceCurve";
import { Heatmap } from "./heatmap";
import { LineView } from "./lineView";
import type { Picture, PictureModel, PointListener } from "./picture";
import { curveTable, matrixTable } from "./pictureTables";

/** One way to draw a matrix. */
interface PictureKind {
  /** What it is called among the others. */
  readonly label: (strings: PanelStrings) => string;
  readonly make: (onPoint: PointListener) => Picture;
  /** The same in numbers. */
  readonly table: (model: PictureModel, strings: PanelStrings) => HTMLElement;
  /** It has a readout of its own. */
  readonly saysItself: boolean;
}

/** All ways to draw a matrix, in the order of the choices. */
export const pictureKinds = {
  map: {
    label: (strings) => strings.pictureMap,
    make: (onPoint) => new Heatmap(onPoint),
    table: (model, strings) => matrixTable(model, strings.mapLabel, strings),
    saysItself: false,
  },
  lines: {
    label: (strings) => strings.pictureLines,
    make: (onPoint) => new LineView(onPoint),
    table: (model, strings) => matrixTable(model, strings.linesLabel, strings),
    saysItself: false,
  },
  curve: {
    label: (strings) => strings.pictureCurve,
    make: () => new DistanceCurve(),
    table: curveTable,
    saysItself: true,
  },
} satisfies Readonly<Record<string, PictureKind>>;

/** The name of a way to draw a matrix. */
export type PictureId = keyof typeof pictureKinds;

/** All of {@link pictureKinds} with their names. */
export const pictureEntries = Object.entries(pictureKinds) as readonly (readonly [PictureId, PictureKind])[];
