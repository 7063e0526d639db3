import { logitsOutput, modelValue } from "./explainable";
import { type Graph, namesBesides } from "./graph";
import type { OperatorSetProto, TensorProto, ValueInfoProto } from "./onnxSchema";
import { constantIf } from "./passes/constantIf";
import { emptyPast } from "./passes/emptyPast";
import { prune } from "./passes/prune";
import { copyNodes, Scope } from "./passes/scope";
import { checked, type ReadGraph } from "./readGraph";
import { unsupported } from "./refusal";
import { shorten } from "./tensor";
import { refuseMuchWork } from "./workBounds";

/** What an encoder's file, or a decoder's, calls what the joined graph is fed. The first name of the encoder's states is what decoders read them by. */
const encoderInputs: ReadonlyMap<string, string> = new Map([
  ["input_ids", "input_ids"],
  ["attention_mask", "attention_mask"],
]);
const decoderInputs: ReadonlyMap<string, string> = new Map([
  ["input_ids", "decoder_input_ids"],
  ["decoder_input_ids", "decoder_input_ids"],
  ["decoder_attention_mask", "decoder_attention_mask"],
  ["encoder_attention_mask", "attention_mask"],
  ["attention_mask", "attention_mask"],
]);
/** The name by which a decoder's file reads what an encoder leaves of a text. */
export const statesInput = "encoder_hidden_states";

/** What an encoder's file leaves of a text for a decoder. */
export function statesOutput({ outputs }: Pick<Graph, "outputs">): ValueInfoProto | undefined {
  return outputs.find(({ name }) => name === "last_hidden_state") ?? outputs[0];
}

/**
 * The graphs of an encoder's file and of a decoder's as one, from `input_ids`, `attention_mask` and `decoder_input_ids` to the decoder's logits: what the encoder leaves is what the decoder reads. Keys and
 * values of earlier tokens are taken to be empty. Weights are those of the files. Throws `model-unsupported` where the files do not fit together.
 */
export function joinGraphs(encoder: ReadGraph, decoder: ReadGraph): ReadGraph {
  const graph = checked(joined(encoder.graph, decoder.graph));
  const known = new Set([...encoderInputs.values(), ...decoderInputs.values()]);
  const other = graph.inputs.find(({ name = "" }) => !known.has(name));
  if (other) {
    throw unsupported(`one of its two files reads ${shorten(other.name ?? "")}, which the other does not give`);
  }
  refuseMuchWork(graph);
  const isAlike = encoder.shipped.opset === decoder.shipped.opset;
  // Operators of two versions cannot stand in one file as they are.
  const shipped = isAlike ? joined(encoder.shipped, emptyPast(constantIf(decoder.shipped))) : graph;
  return { shipped, graph };
}

function joined(encoder: Graph, decoder: Graph): Graph {
  const logits = logitsOutput(decoder.outputs.map(modelValue))?.name ?? "";
  const states = statesOutput(encoder);
  const fresh = namesBesides(new Set([...encoderInputs.values(), ...decoderInputs.values(), logits]));
  const first = placed(encoder, fresh, (name) => encoderInputs.get(name));
  const read = first.scope.find(states?.name ?? "") ?? "";
  const second = placed(decoder, fresh, (name) => (name === statesInput ? read : decoderInputs.get(name)), logits);
  if (!decoder.inputs.some(({ name }) => name === statesInput)) {
    throw unsupported(`the decoder's file does not read ${statesInput}, so that nothing leads from the encoder to it`);
  }
  return prune({
    model: modelAround(encoder, decoder),
    opset: Math.max(encoder.opset, decoder.opset),
    inputs: joinedInputs([...first.inputs, ...second.inputs.filter(({ name }) => name !== read)]),
    outputs: decoder.outputs.filter(({ name }) => name === logits),
    initialisers: new Map([...first.initialisers, ...second.initialisers]),
    nodes: [...first.nodes, ...second.nodes],
    valueInfo: new Map([...first.valueInfo, [read, { ...states, name: read }], ...second.valueInfo]),
  });
}

interface Placed extends Pick<Graph, "inputs" | "initialisers" | "nodes" | "valueInfo"> {
  readonly scope: Scope;
}

/** A graph under names that are not taken yet, but for its inputs, and the one output that keeps its name. */
function placed(
  graph: Graph,
  fresh: (about: string) => string,
  inputName: (name: string) => string | undefined,
  kept?: string,
): Placed {
  const scope = new Scope();
  const inputs = graph.inputs.map((input): ValueInfoProto => {
    const before = input.name ?? "";
    const name = inputName(before) ?? fresh(before);
    scope.set(before, name);
    return { ...input, name };
  });
  if (kept !== undefined) {
    scope.set(kept, kept);
  }
  const initialisers = new Map<string, TensorProto>();
  for (const [before, tensor] of graph.initialisers) {
    const name = scope.find(before) ?? fresh(before);
    scope.set(before, name);
    initialisers.set(name, { ...tensor, name });
  }
  const nodes = copyNodes(graph.nodes, scope, { fresh, outside: (name) => name });
  const valueInfo = [...graph.valueInfo].flatMap(([before, info]) => {
    const name = scope.find(before);
    return name === undefined ? [] : [[name, { ...info, name }] as const];
  });
  return { scope, inputs, initialisers, nodes, valueInfo: new Map(valueInfo) };
}

/** One input of each name, whose sizes are named by what they count: two files may give one name to two sizes. */
function joinedInputs(inputs: readonly ValueInfoProto[]): ValueInfoProto[] {
  const found = new Map<string, ValueInfoProto>();
  for (const input of inputs) {
    const { name = "", type } = input;
    const known = found.get(name)?.type?.tensorType;
    if (known && known.elemType !== type?.tensorType?.elemType) {
      throw unsupported(`its two files read ${name} as numbers of two kinds`);
    }
    if (type?.tensorType?.shape?.dim.length !== 2) {
      found.set(name, input);
      continue;
    }
    const sizes = ["batch_size", name.startsWith("decoder_") ? "decoder_sequence_length" : "encoder_sequence_length"];
    const dim = sizes.map((dimParam, axis) => {
      const { dimValue } = known?.shape?.dim[axis] ?? {};
      const fixed = dimValue ?? type?.tensorType?.shape?.dim[axis]?.dimValue;
      return fixed === undefined ? { dimParam } : { dimValue: fixed };
    });
    found.set(name, { ...input, type: { tensorType: { ...type?.tensorType, shape: { dim } } } });
  }
  return [...found.values()];
}

/** The decoder's file with the operators of both. */
function modelAround(encoder: Graph, decoder: Graph): Graph["model"] {
  if (encoder.model.functions.length > 0 && decoder.model.functions.length > 0) {
    throw unsupported("both of its files define operators of their own that cannot be written out");
  }
  const versions = new Map<string, OperatorSetProto>();
  for (const set of [...encoder.model.opsetImport, ...decoder.model.opsetImport]) {
    const domain = set.domain === "ai.onnx" ? "" : (set.domain ?? "");
    const known = versions.get(domain);
    versions.set(domain, known && (known.version ?? 0) > (set.version ?? 0) ? known : { ...set, domain });
  }
  return {
    ...decoder.model,
    irVersion: Math.max(encoder.model.irVersion ?? 0, decoder.model.irVersion ?? 0),
    opsetImport: [...versions.values()],
    functions: [...encoder.model.functions, ...decoder.model.functions],
  };
}
