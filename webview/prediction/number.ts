import { formatOutput } from "../../src/common/format";
import { element } from "../dom";
import { filled } from "../words";
import { nameCell, type OutputsFormat, OutputsView } from "./outputs";
import type { PredictionDrawing } from "./prediction";

const format: OutputsFormat = {
  comparable: false,
  // The headline has the only number already.
  worthListing: (count) => count > 1,
  caption: (strings) => strings.outputs,
  columns: (strings) => [strings.outputLabel, strings.number],
  row: (score) => [nameCell(score.label), element("td", { class: "number", text: formatOutput(score) })],
  rest: () => [],
};

/** Plain numbers: what raises one of them, and what lowers it. */
export const numberDrawing: PredictionDrawing = {
  make: (host) => new OutputsView(host, format),
  hues: ({ label }, _classes, strings) => ({
    against: filled(strings.legendLowers, label),
    supports: filled(strings.legendRaises, label),
  }),
};
