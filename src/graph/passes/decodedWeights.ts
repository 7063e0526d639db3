import { type Graph, newNames } from "../graph";
import type { TensorProto } from "../onnxSchema";
import { elementCount } from "../tensor";
import { mostWeightBytes } from "./fullPrecision";

/** How often one weight is decoded with other settings: a hostile file could ask for it thousands of times. */
const mostUses = 4;

/** Packed weights of a graph as floats, each decoded once for all nodes that read it alike; bounded in number and bytes. */
export class DecodedWeights {
  /** Those of the graph, and the decoded ones. */
  readonly initialisers: Map<string, TensorProto>;
  readonly fresh: (about: string) => string;
  readonly #made = new Map<string, string>();
  readonly #uses = new Map<string, number>();
  #bytes: number;

  constructor(graph: Graph) {
    this.initialisers = new Map(graph.initialisers);
    this.fresh = newNames(graph);
    this.#bytes = [...graph.initialisers.values()].reduce((sum, tensor) => sum + (tensor.rawData?.length ?? 0), 0);
  }

  /**
   * The name of the initialiser `packed` as floats [dims]; `settings` tells how it is read. `decode` is called with the new name where it was not decoded so
   * before. `undefined` where that would take too much, or where `decode` gives nothing.
   */
  named(
    packed: string,
    settings: readonly (string | number)[],
    dims: readonly number[],
    decode: (name: string) => TensorProto | undefined,
  ): string | undefined {
    const key = [packed, ...settings].join("\n");
    const known = this.#made.get(key);
    const used = this.#uses.get(packed) ?? 0;
    const size = 4 * elementCount(dims);
    if (known !== undefined || used === mostUses || this.#bytes + size > mostWeightBytes) {
      return known;
    }
    this.#uses.set(packed, used + 1);
    const floats = decode(this.fresh(`${packed}~floats`));
    if (floats?.name) {
      this.#bytes += size;
      this.#made.set(key, floats.name);
      this.initialisers.set(floats.name, floats);
    }
    return floats?.name;
  }
}
