import { logitsOutput, type ModelValue, modelValue } from "./explainable";
import { type Graph, linksOf } from "./graph";
import { refuseUnknownOperators } from "./knownOperators";
import { integerAttribute, operatorOf } from "./node";
import { normalForm, type Past } from "./normalForm";
import { cacheSwitch } from "./passes/constantIf";
import { headWidthOf } from "./passes/groupQueryAttention";
import { placesInput, readPlaces } from "./passes/readPlaces";
import { checked } from "./readGraph";
import { unsupported } from "./refusal";
import { refuseMuchWork } from "./workBounds";
import { type WrittenModel, written } from "./written";

/** Keys or values of the earlier tokens in one layer, float32 [1, heads, tokens, width]: where they go in, and come out with those of new tokens behind. */
export interface PastValue {
  /** `null` in a graph that begins a text. */
  readonly input: { readonly name: string; readonly heads: number; readonly width: number } | null;
  readonly output: string;
}

/** A language model rewritten for going on with a text: its logits [1, width] are those behind the place in {@link placesInput}. */
export interface DecodingModel extends WrittenModel {
  /** What is filled from tokens. */
  readonly inputs: readonly ModelValue[];
  readonly logits: string;
  /** In the order of layers. */
  readonly past: readonly PastValue[];
}

/**
 * How a file goes on with a text: by itself, by either branch of it, only as one that begins a text, for which another may go on, or with nothing kept of earlier
 * tokens.
 */
export type DecodingForm = "whole" | "merged" | "begins" | "forgets";

/** Tells the form of a file by its inputs and outputs. */
export function decodingForm({ inputs, outputs }: Pick<Graph, "inputs" | "outputs">): DecodingForm {
  if (inputs.some(({ name }) => name === cacheSwitch)) {
    return "merged";
  }
  if (!outputs.some(({ name = "" }) => returnName.test(name))) {
    return "forgets";
  }
  return inputs.some(({ name = "" }) => readName.test(name)) ? "whole" : "begins";
}

const readName = /^past(?:_key_values)?[._](.+)$/;
const returnName = /^present(?:_key_values)?[._](.+)$/;

/**
 * Rewrites a file as given for going on with a text, keys and values of earlier tokens kept. Throws what reading a model throws, and `model-unsupported` where its
 * past has a form that is not known.
 */
export function makeDecoding(shipped: Graph, past: Exclude<Past, "empty">): DecodingModel {
  const normal = checked(normalForm(shipped, past));
  refuseUnknownOperators(normal.nodes);
  refuseMuchWork(normal);
  const logits = logitsOutput(normal.outputs.map(modelValue))?.name ?? "";
  const values = pastOf(normal);
  const returned = new Set(values.map(({ output }) => output));
  const graph = readPlaces(
    normal,
    [logits],
    normal.outputs.filter(({ name = "" }) => returned.has(name)),
  );
  const read = new Set([placesInput, ...values.map(({ input }) => input?.name)]);
  return {
    ...written(graph),
    inputs: graph.inputs.map(modelValue).filter(({ name }) => !read.has(name)),
    logits: graph.outputs[0]?.name ?? "",
    past: values,
  };
}

function pastOf(graph: Graph): PastValue[] {
  const { inputs, outputs } = graph;
  const links = linksOf(graph);
  const returned = new Map(
    outputs.flatMap(({ name = "" }) => {
      const part = returnName.exec(name)?.[1];
      return part === undefined ? [] : [[part, name] as const];
    }),
  );
  const read = inputs.filter(({ name = "" }) => readName.test(name)).map(modelValue);
  if (read.length === 0) {
    return [...returned.values()].map((output) => ({ input: null, output }));
  }
  return read.map(({ name, elementType, dims }) => {
    const output = returned.get(readName.exec(name)?.[1] ?? "");
    const [, heads, length, named] = dims ?? [];
    // Some files give the width a name that stands for the operator's own.
    const reader = links.consumers(name).find((node) => operatorOf(node) === "com.microsoft.GroupQueryAttention");
    const width = typeof named !== "number" && reader ? headWidthOf(reader, graph, links) : named;
    const fits = dims?.length === 4 && elementType === "float32" && typeof length !== "number";
    // Such a cache is a ring of a size that the caller chooses.
    const isRing = reader !== undefined && integerAttribute(reader, "sliding_window_cache", 0) !== 0;
    const isSized = typeof heads === "number" && typeof width === "number" && width > 0;
    if (!fits || isRing || !isSized || output === undefined) {
      throw unsupported("what it keeps of earlier tokens has a form that is not known");
    }
    return { input: { name, heads, width }, output };
  });
}
