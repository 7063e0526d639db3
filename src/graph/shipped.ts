import { type ModelValue, modelValue, readShipped } from "./explainable";
import { expose } from "./expose";
import type { ReadExternal } from "./externalData";
import { prune } from "./passes/prune";
import { type WrittenModel, written } from "./written";

/** A model as it was shipped, with nothing rewritten but its output. */
export interface ShippedModel extends WrittenModel {
  readonly inputs: readonly ModelValue[];
  /** Output: the logits as 32-bit floats, whatever the file has them as. */
  readonly logits: string;
}

const logitsName = "explain/logits";

/**
 * Writes the file as it was shipped, for comparing with its normal form: only what its output `logits` needs, and that as 32-bit floats. Throws what
 * `makeExplainable` throws.
 */
export function makeShipped(file: Uint8Array, logits: string, externalData?: ReadExternal): ShippedModel {
  const shipped = readShipped(file, externalData);
  const named = expose(
    { ...shipped, outputs: shipped.outputs.filter(({ name }) => name === logits) },
    new Map([[logits, logitsName]]),
  );
  const outputs = named.outputs.filter(({ name }) => name === logitsName);
  return { ...written(prune({ ...named, outputs })), inputs: shipped.inputs.map(modelValue), logits: logitsName };
}
