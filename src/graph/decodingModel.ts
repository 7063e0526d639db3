import { logitsOutput, type ModelValue, modelValue } from "./explainable";
import { type Graph, linksOf } from "./graph";
import { statesInput, statesOutput } from "./joined";
import { refuseUnknownOperators } from "./knownOperators";
import { integerAttribute, operatorOf } from "./node";
import { normalForm, type Past } from "./normalForm";
import { cacheSwitch } from "./passes/constantIf";
import { headWidthOf } from "./passes/groupQueryAttention";
import { placesInput, readPlaces } from "./passes/readPlaces";
import { recentPast } from "./passes/recentPast";
import { checked } from "./readGraph";
import { unsupported } from "./refusal";
import { refuseMuchWork } from "./workBounds";
import { type WrittenModel, written } from "./written";

/** Keys or values of the earlier tokens in one layer, float32 [1, heads, tokens, width]: where they go in, and come out with those of new tokens behind. */
export interface PastValue {
  /** What the files of a model call it alike. */
  readonly part: string;
  /** `null` in a graph that begins a text. Where the last tokens go in by an input of their own, only these come out again, with the new ones behind. */
  readonly input: {
    readonly name: string;
    readonly recent: string | null;
    readonly heads: number;
    readonly width: number;
  } | null;
  /** `null` for keys and values of the text that an encoder read: they stay as they were when the output began. */
  readonly output: string | null;
}

/** A language model rewritten for going on with a text: its logits [1, width] are those behind the place in {@link placesInput}. */
export interface DecodingModel extends WrittenModel {
  /** What is filled from tokens. */
  readonly inputs: readonly ModelValue[];
  /** What a decoder reads of the text that an encoder read: {@link statesInput}, and where the text has tokens. */
  readonly ofText: readonly ModelValue[];
  readonly logits: string;
  readonly past: readonly PastValue[];
}

/** An encoder rewritten for a decoder that goes on with a text. */
export interface EncodingModel extends WrittenModel {
  readonly inputs: readonly ModelValue[];
  /** The output that the decoder reads. */
  readonly states: string;
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
  const { parted, values } = partPast(normal, pastOf(normal));
  const returned = new Set<string | null>(values.map(({ output }) => output));
  const graph = readPlaces(
    parted,
    [logits],
    parted.outputs.filter(({ name = "" }) => returned.has(name)),
  );
  const read = new Set([placesInput, ...values.flatMap(({ input }) => [input?.name, input?.recent])]);
  const inputs = graph.inputs.map(modelValue).filter(({ name }) => !read.has(name));
  const isText = ({ name }: ModelValue) => name === statesInput || name === "encoder_attention_mask";
  return {
    ...written(graph),
    inputs: inputs.filter((input) => !isText(input)),
    ofText: inputs.filter(isText),
    logits: graph.outputs[0]?.name ?? "",
    past: values,
  };
}

/** Rewrites an encoder's file as given. Throws what reading a model throws. */
export function makeEncoding(shipped: Graph): EncodingModel {
  const states = statesOutput(shipped);
  const graph = checked(normalForm({ ...shipped, outputs: states ? [states] : [] }));
  refuseUnknownOperators(graph.nodes);
  refuseMuchWork(graph);
  return { ...written(graph), inputs: graph.inputs.map(modelValue), states: states?.name ?? "" };
}

/** Whether keys or values are of the text that an encoder read. */
const isOfText = (part: string) => /(?:^|[._])encoder[._]/.test(part);

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
    return [...returned].map(([part, output]) => ({ part, input: null, output }));
  }
  return read.map(({ name, elementType, dims }) => {
    const part = readName.exec(name)?.[1] ?? "";
    const output = isOfText(part) ? null : returned.get(part);
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
    return { part, input: { name, recent: null, heads, width }, output };
  });
}

/** Lets the last tokens go in by inputs of their own, where the graph allows it for all that grows. */
function partPast(
  graph: Graph,
  values: readonly PastValue[],
): { readonly parted: Graph; readonly values: readonly PastValue[] } {
  const growing = values.flatMap(({ input, output }) =>
    input && output !== null ? [{ input: input.name, output }] : [],
  );
  const found = recentPast(graph, growing);
  if (!found) {
    return { parted: graph, values };
  }
  return {
    parted: found.graph,
    values: values.map((value) => {
      const own = value.input && found.recent.get(value.input.name);
      return own ? { ...value, input: { ...value.input, recent: own.input }, output: own.output } : value;
    }),
  };
}
