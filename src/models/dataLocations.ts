import { closeSync } from "node:fs";
import { type OpenFile, openPlain } from "./plainFile";
import { type Field, ProtobufWindow } from "./protobufWindow";

type Kind = "model" | "graph" | "function" | "node" | "attribute" | "tensor" | "entry";

/** What the messages of onnx.proto3 hold, by the numbers of their fields: all that a tensor may lie in. */
const held: Readonly<Record<Kind, Readonly<Record<number, Kind>>>> = {
  model: { 7: "graph", 25: "function" },
  graph: { 1: "node", 5: "tensor" },
  function: { 7: "node", 11: "attribute" },
  node: { 5: "attribute" },
  attribute: { 5: "tensor", 6: "graph", 10: "tensor", 11: "graph" },
  tensor: { 13: "entry" },
  entry: {},
};
const entryFields = { key: 1, value: 2 } as const;
/** Graphs in graphs that no model has. */
const mostDepth = 100;
const mostLocations = 1_000;
const longestLocation = 500;

/**
 * The files in which an `.onnx` file keeps weights, as it names them: relative to its folder, unchecked. Weights themselves are stepped over. Empty where there are none, and where it cannot be told, as of a
 * damaged file: whoever opens it says why. `path` is without symbolic links.
 */
export function dataLocations(path: string): readonly string[] {
  let file: OpenFile | undefined;
  try {
    file = openPlain(path);
    const bytes = new ProtobufWindow(file);
    const found = new Set<string>();
    collect(bytes, "model", { start: 0, end: bytes.length }, 0, found);
    return [...found];
  } catch {
    return [];
  } finally {
    if (file) {
      closeSync(file.descriptor);
    }
  }
}

function collect(
  bytes: ProtobufWindow,
  kind: Kind,
  { start, end }: Pick<Field, "start" | "end">,
  depth: number,
  found: Set<string>,
): void {
  if (depth > mostDepth || found.size > mostLocations) {
    throw new Error("No model is made like this.");
  }
  if (kind === "entry") {
    const parts = [...bytes.fields(start, end)];
    const [key, value] = [entryFields.key, entryFields.value].map((wanted) =>
      parts.find(({ number, packed }) => packed && number === wanted),
    );
    if (key && value && bytes.text(key) === "location") {
      found.add(bytes.text(value, longestLocation));
    }
    return;
  }
  for (const field of bytes.fields(start, end)) {
    const inner = field.packed ? held[kind][field.number] : undefined;
    if (inner) {
      collect(bytes, inner, field, depth + 1, found);
    }
  }
}
