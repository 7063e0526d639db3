import { refuseUnbounded } from "./bounds";
import { type ReadExternal, resolveExternal } from "./externalData";
import { type Graph, graphOf } from "./graph";
import { refuseUnknownOperators } from "./knownOperators";
import { readModel } from "./modelFile";
import { normalForm } from "./normalForm";
import { unsupported } from "./refusal";
import { refuseMuchWork } from "./workBounds";

/** A model file as a graph. */
export interface ReadGraph {
  /** As the file has it, not yet checked. */
  readonly shipped: Graph;
  /** In normal form, checked. */
  readonly graph: Graph;
}

/** Values added by rewriting start with this; a model that uses it for itself is refused. */
export const reserved = "explain/";

/**
 * Reads a file as a graph and brings it into normal form. `file` is only read. `externalData` fetches weights from files beside the model; what it must
 * check is said at `externalRanges`. Throws `model-file-corrupt`, `model-file-unsafe`, `model-unsupported` or `operator-unsupported`.
 */
export function readGraph(file: Uint8Array, externalData?: ReadExternal): ReadGraph {
  const shipped = readShipped(file, externalData);
  const graph = checked(normalForm(shipped));
  refuseUnknownOperators(graph.nodes);
  refuseMuchWork(graph);
  return { shipped, graph };
}

/** A file as a graph as it is, otherwise like {@link readGraph}; operators are not looked at. */
export function readShipped(file: Uint8Array, externalData?: ReadExternal): Graph {
  const read = resolveExternal(readModel(file), (location, offset, length) => {
    if (!externalData) {
      throw unsupported("its weights lie in other files, which cannot be read here");
    }
    return externalData(location, offset, length);
  });
  return graphOf(read);
}

/** The same graph. Throws `model-unsupported` where running it could take time or memory without end, or where it has names that are {@link reserved}. */
export function checked(graph: Graph): Graph {
  refuseUnbounded(graph);
  const names = [
    ...graph.inputs.map(({ name = "" }) => name),
    ...graph.initialisers.keys(),
    ...graph.nodes.flatMap((node) => node.output),
  ];
  if (names.some((name) => name.startsWith(reserved))) {
    throw unsupported("it already uses names that are kept for explanations");
  }
  return graph;
}
