import { NewGraph } from "../newGraph";
import { shorten } from "../tensor";
import { corruptWeights } from "./refusals";
import type { Weights } from "./weights";

/** A forward pass as it is written down: inputs, weights under their names in the checkpoint, and operators in the order in which they run. */
export class Net extends NewGraph {
  readonly #weights: Weights;
  readonly #taken = new Map<string, string>();

  constructor(weights: Weights) {
    super();
    this.#weights = weights;
  }

  has(name: string): boolean {
    return this.#weights.has(name);
  }

  /** The weight under a name of the checkpoint, which must have these sizes. Throws `model-file-corrupt` where it is missing or has others. */
  weight(name: string, dims: readonly number[]): string {
    const known = this.#taken.get(name);
    const tensor = known === undefined ? this.#weights.find(name) : this.initialisers.get(known);
    if (!tensor) {
      throw corruptWeights(`it has no weights ${shorten(name)}`);
    }
    if (tensor.dims.length !== dims.length || tensor.dims.some((size, axis) => size !== dims[axis])) {
      throw corruptWeights(`${shorten(name)} is ${tensor.dims.join(" × ")} instead of ${dims.join(" × ")}`);
    }
    const own = known ?? this.constant(tensor, name);
    this.#taken.set(name, own);
    return own;
  }
}
