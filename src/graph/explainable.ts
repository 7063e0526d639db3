import { type Message, message } from "../common/message";
import { type AttentionMap, findAttention } from "./attention";
import { elementTypeName } from "./elementType";
import { expose } from "./expose";
import { type FedEmbeddings, feedEmbeddings } from "./fedEmbeddings";
import type { Graph } from "./graph";
import { integerAttribute, operatorOf } from "./node";
import type { ValueInfoProto } from "./onnxSchema";
import { usesSixteenBit } from "./passes/fullPrecision";
import { pickedTokens } from "./passes/pickedTokens";
import { type ReadGraph, reserved } from "./readGraph";
import { unsupported } from "./refusal";
import { type RowsRead, rowsRead } from "./rowsRead";
import { shorten } from "./tensor";
import { type WrittenModel, written } from "./written";

/** An input or output of a model. A dimension is a number, a name the file gives it, or `null`; `dims` is `null` where even the rank is open. */
export interface ModelValue {
  readonly name: string;
  readonly elementType: string;
  readonly dims: readonly (number | string | null)[] | null;
}

/** An attention map of an {@link ExplainableModel}: the output `name`, float32 [batch, heads, queries, keys]. */
export interface ExposedAttention extends Omit<AttentionMap, "value"> {
  readonly name: string;
}

/** A model rewritten so that its attention maps are outputs too. */
export interface ExplainableModel extends WrittenModel {
  readonly inputs: readonly ModelValue[];
  /** The outputs of the file as given, without the attention maps. */
  readonly outputs: readonly ModelValue[];
  readonly attention: readonly ExposedAttention[];
  /** Why {@link attention} is empty. */
  readonly attentionMissing: Message | null;
  /** Why logits differ a little from those of the file as shipped; `null` where they are the same up to rounding. */
  readonly differs: Message | null;
  /** Version of ONNX's operators that the file is written in; {@link model} may be written in a newer one. */
  readonly opset: number;
  /** The word embeddings that are read as an input; `null` where they are looked up. */
  readonly fed: FedEmbeddings | null;
  /** The tokens whose last states the classes are computed from; `null` where that was not found. */
  readonly reads: RowsRead | null;
}

/** The name of the output that holds the classes' logits. */
export function logitsOutput(outputs: readonly ModelValue[]): ModelValue | undefined {
  return outputs.find(({ name }) => name === "logits") ?? outputs[0];
}

/**
 * Rewrites a model for explaining: attention maps as outputs named `explain/attention/0` and on, and word embeddings as an input beside the others, if a
 * table of them is found. Throws `model-unsupported`; a model without attention maps is no error.
 */
export function makeExplainable({ shipped, graph: normal }: ReadGraph): ExplainableModel {
  const graph = pickedTokens(normal);
  const found = findAttention(graph);
  const attention = found.map(({ value: _, ...map }, index) => ({ ...map, name: `${reserved}attention/${index}` }));
  const names = new Map(found.map(({ value }, index) => [value, attention[index]?.name ?? ""]));
  const exposed = expose(graph, names);
  const embedded = feedEmbeddings(exposed);
  const outputs = graph.outputs.map(modelValue);
  return {
    ...written(embedded?.graph ?? exposed),
    inputs: graph.inputs.map(modelValue),
    outputs,
    attention,
    attentionMissing: attention.length > 0 ? null : whyNoAttention(graph),
    differs: whyDifferent(shipped, graph),
    opset: shipped.opset,
    fed: embedded?.fed ?? null,
    reads: rowsRead(normal, logitsOutput(outputs)?.name ?? ""),
  };
}

function whyDifferent(shipped: Graph, graph: Graph): Message | null {
  if (dynamicProducts(graph) < dynamicProducts(shipped)) {
    return message(activationsNotRounded);
  }
  if (roundings(graph) < roundings(shipped)) {
    return message(computedWithoutRounding);
  }
  return usesSixteenBit(shipped) && !usesSixteenBit(graph) ? message(computedWith32Bits) : null;
}

const computedWith32Bits =
  "This model computes with 16-bit numbers; here it computes with 32 bits, so that small changes of a text are not lost in rounding.";

const activationsNotRounded =
  "This model rounds its activations to 8 bits, over all texts of a batch at once; here they are not rounded, so that texts do not influence each other.";

const computedWithoutRounding =
  "This model rounds its activations to 8 bits; here they are not rounded, so that small changes of a text are not lost in rounding.";

/** Operators that round activations: QuantizeLinear, and 4-bit products that are told to compute with 8 bits. */
function roundings(graph: Graph): number {
  return graph.nodes.filter((node) => {
    const operator = operatorOf(node);
    const inEight = operator === "com.microsoft.MatMulNBits" && integerAttribute(node, "accuracy_level", 0) === 4;
    return operator === "QuantizeLinear" || inEight;
  }).length;
}

/** Operators that choose while the model runs how coarsely they round. */
const choosesGrid = new Set(["DynamicQuantizeLinear", "com.microsoft.DynamicQuantizeMatMul"]);

function dynamicProducts(graph: Graph): number {
  return graph.nodes.filter((node) => choosesGrid.has(operatorOf(node))).length;
}

function whyNoAttention(graph: Graph): Message {
  const operators = graph.nodes.map(operatorOf);
  const fused = operators.find((operator) => operator.includes("Attention"));
  return fused
    ? message(
        "The attention of this model is hidden inside the operator {0}. Use an export without fused operators.",
        shorten(fused),
      )
    : graph.model.functions.length > 0
      ? message(
          "The attention of this model is hidden inside functions that are written in another operator set than the rest of the file. Export it again in one operator set.",
        )
      : message("No attention was found in this model: it has no Softmax over a product of queries and keys.");
}

/** How a value of a graph looks from outside; throws `model-unsupported` for what is no plain tensor. */
export function modelValue({ name, type }: ValueInfoProto): ModelValue {
  const tensor = type?.tensorType;
  if (!name || !tensor?.elemType) {
    throw unsupported("an input or output of it is no plain tensor");
  }
  return {
    name,
    elementType: elementTypeName(tensor.elemType),
    dims: tensor.shape?.dim.map(({ dimValue, dimParam }) => dimValue ?? dimParam ?? null) ?? null,
  };
}
