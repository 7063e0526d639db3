import { elementTypes } from "./elementType";
import type { Graph } from "./graph";
import { statesInput } from "./joined";
import { makeNode, renameRead, valuesRead } from "./node";
import type { ValueInfoProto } from "./onnxSchema";
import { prune } from "./passes/prune";
import { unsupported } from "./refusal";

/** A model of an encoder and a decoder as two graphs. */
export interface PartedGraph {
  /** From `input_ids` and `attention_mask` to `last_hidden_state`. */
  readonly encoder: Graph;
  /** From `input_ids`, those of the output so far, `encoder_attention_mask` and `encoder_hidden_states` to the logits. */
  readonly decoder: Graph;
}

const statesName = "last_hidden_state";
/** What the inputs of the whole are called in the decoder's part. */
const decoderNames: ReadonlyMap<string, string> = new Map([
  ["attention_mask", "encoder_attention_mask"],
  ["decoder_input_ids", "input_ids"],
]);

/** Whether a graph reads a text and an output so far. */
export function isPair({ inputs }: Graph): boolean {
  return inputs.some(({ name }) => name === "decoder_input_ids");
}

/** Parts a graph of an encoder and a decoder at the one value by which the text reaches the output: the encoder's states. Throws `model-unsupported` where there is none. */
export function parted(graph: Graph): PartedGraph {
  const states = statesOf(graph);
  if (states === undefined) {
    throw unsupported("its encoder and its decoder cannot be told apart");
  }
  const inputsOf = (names: readonly string[]) => graph.inputs.filter(({ name = "" }) => names.includes(name));
  const encoder = prune({
    ...graph,
    inputs: inputsOf(["input_ids", "attention_mask"]),
    outputs: [statesInfo(statesName)],
    nodes: [...graph.nodes, makeNode("Identity", [states], [statesName])],
  });
  const renamed = new Map([...decoderNames, [states, statesInput]]);
  const decoder = prune({
    ...graph,
    inputs: [
      ...inputsOf([...decoderNames.keys()]).map((input) => ({
        ...input,
        name: decoderNames.get(input.name ?? "") ?? "",
      })),
      statesInfo(statesInput),
    ],
    nodes: graph.nodes.map((node) => renameRead(node, renamed)),
  });
  return { encoder, decoder };
}

function statesInfo(name: string): ValueInfoProto {
  const axes = ["batch_size", "encoder_sequence_length", "width"];
  const dim = axes.map((dimParam) => ({ dimParam }));
  return { name, type: { tensorType: { elemType: elementTypes.float32, shape: { dim } } } };
}

/** The last value without which nothing of the text's words reaches what depends on the output so far. */
function statesOf(graph: Graph): string | undefined {
  const ofText = madeFrom(graph, "input_ids");
  const ofOutput = madeFrom(graph, "decoder_input_ids");
  const read = graph.nodes.filter(({ output }) => output.some((name) => ofOutput.has(name))).flatMap(valuesRead);
  const handed = [...new Set(read)].filter((name) => ofText.has(name) && !ofOutput.has(name));
  return graph.nodes
    .flatMap(({ output }) => output)
    .filter((name) => ofText.has(name) && !ofOutput.has(name))
    .findLast((name) => {
      const without = madeFrom(graph, "input_ids", name);
      return handed.every((value) => value === name || !without.has(value));
    });
}

/** The values that are made of an input, but for those that are made of it through one value only. */
function madeFrom({ nodes }: Graph, input: string, through?: string): ReadonlySet<string> {
  const made = new Set([input]);
  for (const node of nodes) {
    if (valuesRead(node).some((name) => made.has(name))) {
      for (const name of node.output) {
        if (name !== through) {
          made.add(name);
        }
      }
    }
  }
  return made;
}
