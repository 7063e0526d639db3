import type { TensorProto } from "../onnxSchema";

/** The tensors of a checkpoint by their names, as 32-bit floats that are read when they are looked at. */
export interface Weights {
  has(name: string): boolean;
  /** The tensor under a name; `undefined` where there is none. */
  find(name: string): TensorProto | undefined;
}

/**
 * The weights whose names may or may not begin with the prefix that a model with a head puts before its body's: a body that was saved alone has none. Old
 * names of a norm's weight and bias (gamma, beta) are found too.
 */
export function weightsUnder(weights: Weights, prefix: string): Weights {
  const nameOf = (name: string): string | undefined => candidates(name, prefix).find((known) => weights.has(known));
  return {
    has: (name) => nameOf(name) !== undefined,
    find: (name) => {
      const found = nameOf(name);
      return found === undefined ? undefined : weights.find(found);
    },
  };
}

function candidates(name: string, prefix: string): string[] {
  const old = name.replace(/\.weight$/, ".gamma").replace(/\.bias$/, ".beta");
  const names = [name, old];
  return [...names.map((own) => `${prefix}${own}`), ...names];
}
