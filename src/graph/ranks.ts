import type { Graph } from "./graph";
import { attributeOf, integerAttribute, operatorOf } from "./node";
import type { NodeProto } from "./onnxSchema";

const sameAsFirst = new Set(
  "Abs Neg Sqrt Exp Log Reciprocal Sin Cos Tanh Sigmoid Erf Relu Gelu Softplus HardSwish LeakyRelu Elu Clip Cast Identity Dropout Not Ceil Floor Round Sign IsNaN IsInf Softmax LogSoftmax LayerNormalization SimplifiedLayerNormalization RMSNormalization CumSum Trilu Transpose Concat Split Slice Pad Tile TopK CastLike QuantizeLinear DequantizeLinear DynamicQuantizeLinear ScatterElements ScatterND com.microsoft.Gelu com.microsoft.FastGelu com.microsoft.BiasGelu com.microsoft.QuickGelu com.microsoft.SkipLayerNormalization com.microsoft.SkipSimplifiedLayerNormalization com.microsoft.MatMulNBits com.microsoft.RotaryEmbedding".split(
    " ",
  ),
);
const broadcasting = new Set(
  "Add Sub Mul Div Pow Mod Sum Mean Max Min Where Equal Less LessOrEqual Greater GreaterOrEqual And Or Xor PRelu BitwiseAnd".split(
    " ",
  ),
);
const products = new Set(["MatMul", "MatMulInteger", "com.microsoft.FusedMatMul"]);
const fixed: Readonly<Record<string, number>> = {
  Shape: 1,
  Size: 0,
  Range: 1,
  NonZero: 2,
  Gemm: 2,
  Flatten: 2,
  "com.microsoft.FusedGemm": 2,
  "com.microsoft.Attention": 3,
  "com.microsoft.MultiHeadAttention": 3,
  "com.microsoft.EmbedLayerNormalization": 3,
};

/** The number of dimensions of every value it can be told for. */
export function ranksOf(graph: Graph): ReadonlyMap<string, number> {
  const ranks = new Map<string, number>();
  // Elements of vectors: a vector that holds a shape says the rank of what is reshaped by it.
  const lengths = new Map<string, number>();
  // The one element of vectors that hold the length of a vector.
  const counts = new Map<string, number>();
  const note = (known: Map<string, number>, name: string | undefined, value: number | undefined) => {
    if (name && value !== undefined && value >= 0 && !known.has(name)) {
      known.set(name, value);
    }
  };
  for (const [name, { dims }] of graph.initialisers) {
    note(ranks, name, dims.length);
    note(lengths, name, dims.length === 1 ? dims[0] : undefined);
  }
  for (const { name, type } of graph.inputs) {
    note(ranks, name, type?.tensorType?.shape?.dim.length);
  }
  for (const node of graph.nodes) {
    const [first = ""] = node.input;
    const operator = operatorOf(node);
    const rank = rankOf(node, ranks, lengths);
    note(lengths, node.output[0], operator === "ConstantOfShape" ? counts.get(first) : lengthOf(node, ranks, lengths));
    if (operator === "Shape" && ranks.get(first) === 1) {
      note(counts, node.output[0], lengths.get(first));
    }
    for (const output of node.output) {
      note(ranks, output, rank ?? graph.valueInfo.get(output)?.type?.tensorType?.shape?.dim.length);
    }
  }
  return ranks;
}

type Known = ReadonlyMap<string, number>;

function rankOf(node: NodeProto, ranks: Known, lengths: Known): number | undefined {
  const operator = operatorOf(node);
  const given = node.input.filter((name) => name !== "").map((name) => ranks.get(name));
  const [first, second] = node.input.map((name) => ranks.get(name));
  const length = (input: number) => lengths.get(node.input[input] ?? "");
  if (sameAsFirst.has(operator)) {
    return first;
  }
  if (broadcasting.has(operator)) {
    return largest(given);
  }
  if (products.has(operator)) {
    const vectors = [first, second].filter((rank) => rank === 1).length;
    const rank = largest([first, second]);
    return rank === undefined ? undefined : Math.max(rank, 2) - vectors;
  }
  if (operator.startsWith("Reduce") || operator === "ArgMax" || operator === "ArgMin") {
    return reducedRank(node, first, operator.startsWith("Arg"), lengths);
  }
  switch (operator) {
    case "Constant":
      return constantRank(node);
    case "Reshape":
      return length(1);
    case "ConstantOfShape":
      return length(0);
    case "Expand":
      return largest([first, length(1)]);
    case "Gather":
      return first === undefined || second === undefined ? undefined : first + second - 1;
    case "GatherElements":
      return second;
    case "OneHot":
      return first === undefined ? undefined : first + 1;
    case "Unsqueeze":
    case "Squeeze": {
      const axes = axesOf(node, lengths);
      const more = operator === "Unsqueeze" ? axes : axes && -axes;
      return first === undefined || more === undefined ? undefined : first + more;
    }
    case "Einsum":
      return /->\s*([a-z]*)\s*$/i.exec(new TextDecoder().decode(attributeOf(node, "equation")?.s))?.[1]?.length;
  }
  return fixed[operator];
}

function constantRank(node: NodeProto): number | undefined {
  const [setting] = node.attribute;
  switch (setting?.name) {
    case "value":
      return setting.t?.dims.length;
    case "value_int":
    case "value_float":
      return 0;
    case "value_ints":
    case "value_floats":
      return 1;
  }
  return undefined;
}

function reducedRank(node: NodeProto, first: number | undefined, one: boolean, lengths: Known): number | undefined {
  if (first === undefined || integerAttribute(node, "keepdims", 1) !== 0) {
    return first;
  }
  const axes = one ? 1 : axesOf(node, lengths);
  const all = axes === undefined && (node.input[1] ?? "") === "";
  return all ? 0 : axes && first - axes;
}

/** How many axes a node names, as a setting or as its second input. */
function axesOf(node: NodeProto, lengths: Known): number | undefined {
  return attributeOf(node, "axes")?.ints.length ?? lengths.get(node.input[1] ?? "");
}

/** Elements of the vector a node makes of vectors of known length. */
function lengthOf(node: NodeProto, ranks: Known, lengths: Known): number | undefined {
  const operator = operatorOf(node);
  const [first = ""] = node.input;
  const known = node.input.map((name) => lengths.get(name) ?? (ranks.get(name) === 0 ? 1 : undefined));
  switch (operator) {
    case "Constant": {
      const [setting] = node.attribute;
      const dims = setting?.name === "value" ? setting.t?.dims : undefined;
      return setting?.name === "value_ints" ? setting.ints.length : dims?.length === 1 ? dims[0] : undefined;
    }
    case "Shape":
      return attributeOf(node, "start") || attributeOf(node, "end") ? undefined : ranks.get(first);
    case "Concat":
      return known.reduce(
        (sum: number | undefined, one) => (sum === undefined || one === undefined ? undefined : sum + one),
        0,
      );
    case "Unsqueeze":
      return ranks.get(first) === 0 ? 1 : undefined;
    case "Cast":
    case "Identity":
    case "Reshape":
      return operator !== "Reshape" || lengths.get(node.input[1] ?? "") === 1 ? lengths.get(first) : undefined;
  }
  if (!broadcasting.has(operator) || largest(node.input.map((name) => ranks.get(name))) !== 1) {
    return undefined;
  }
  return largest(known);
}

/** The largest of them, if all are known. */
function largest(values: readonly (number | undefined)[]): number | undefined {
  return values.reduce(
    (most: number | undefined, value) =>
      most === undefined || value === undefined ? undefined : Math.max(most, value),
    0,
  );
}
