import { type ModelValue, modelValue } from "./explainable";
import { expose } from "./expose";
import type { Graph } from "./graph";
import { prune } from "./passes/prune";
import { checked } from "./readGraph";
import { type WrittenModel, written } from "./written";

/** A model as it was shipped, with nothing rewritten but its output. */
export interface ShippedModel extends WrittenModel {
  readonly inputs: readonly ModelValue[];
  /** Output: the logits as 32-bit floats, whatever the file has them as. */
  readonly logits: string;
}

const logitsName = "explain/logits";

/**
 * Writes a graph as it was shipped, for comparing with its normal form: only what its output `logits` needs, and that as 32-bit floats. Throws
 * `model-unsupported` for a graph that is not safe to run.
 */
export function makeShipped(graph: Graph, logits: string): ShippedModel {
  const shipped = checked(graph);
  const named = expose(
    { ...shipped, outputs: shipped.outputs.filter(({ name }) => name === logits) },
    new Map([[logits, logitsName]]),
  );
  const outputs = named.outputs.filter(({ name }) => name === logitsName);
  return { ...written(prune({ ...named, outputs })), inputs: shipped.inputs.map(modelValue), logits: logitsName };
}
