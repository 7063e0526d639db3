import type { Graph } from "../graph";
import { attributeOf, integerAttribute, makeNode, operatorOf } from "../node";
import type { NodeProto } from "../onnxSchema";
import { ranksOf } from "../ranks";
import { usesSixteenBit } from "./fullPrecision";
import { type Writer, writtenOut } from "./writer";

/**
 * Writes products and activation functions that the runtime's tools fuse out as ONNX's own operators: FusedMatMul, FusedGemm, Gelu, BiasGelu,
 * FastGelu and QuickGelu. Products that move the batch axis, and transposed ones of unknown rank, stay.
 */
export function fusedProducts(graph: Graph): Graph {
  if (usesSixteenBit(graph)) {
    return graph;
  }
  return writtenOut(graph, new Set(lowerings.keys()), (writer) => {
    const ranks = ranksOf(graph);
    return (node) => lowerings.get(operatorOf(node))?.(node, writer, ranks) ?? false;
  });
}

/** Writes a node out and says so, or does nothing. */
type Lowering = (node: NodeProto, writer: Writer, ranks: ReadonlyMap<string, number>) => boolean;

const lowerings: ReadonlyMap<string, Lowering> = new Map(
  Object.entries<Lowering>({
    "com.microsoft.FusedMatMul": fusedMatMul,
    "com.microsoft.FusedGemm": fusedGemm,
    "com.microsoft.Gelu": gelu,
    "com.microsoft.BiasGelu": gelu,
    "com.microsoft.FastGelu": tanhGelu,
    "com.microsoft.QuickGelu": quickGelu,
  }),
);

/** α · op(A) · op(B), where op may swap the last two axes. */
function fusedMatMul(node: NodeProto, writer: Writer, ranks: ReadonlyMap<string, number>): boolean {
  const on = (name: string) => integerAttribute(node, name, 0) !== 0;
  if (on("transBatchA") || on("transBatchB")) {
    return false;
  }
  const wanted = [on("transA"), on("transB")];
  const sides = node.input
    .slice(0, 2)
    .map((name, side) => ({ name, turned: wanted[side], rank: ranks.get(name) ?? 0 }));
  if (sides.some(({ turned, rank }) => turned && rank < 2)) {
    return false;
  }
  const factors = sides.map(({ name, turned, rank }) => {
    const axes = Array.from({ length: rank }, (_, axis) => axis);
    const perm = [...axes.slice(0, -2), rank - 1, rank - 2];
    return turned ? writer.add("Transpose", [name], { perm }) : name;
  });
  const alpha = attributeOf(node, "alpha")?.f ?? 1;
  const product = writer.add("MatMul", factors, {}, alpha === 1 ? node.output[0] : undefined);
  if (alpha !== 1) {
    writer.add("Mul", [product, writer.float(alpha)], {}, node.output[0]);
  }
  return true;
}

const activations = new Set(["Relu", "Tanh", "Sigmoid"]);

function fusedGemm(node: NodeProto, writer: Writer): boolean {
  const activation = new TextDecoder().decode(attributeOf(node, "activation")?.s);
  if (!activations.has(activation)) {
    return false;
  }
  const product = writer.add("Gemm", node.input);
  const gemm = writer.nodes.pop() ?? makeNode("Gemm", node.input, [product]);
  const own = node.attribute.filter(({ name = "" }) => ["alpha", "beta", "transA", "transB"].includes(name));
  writer.nodes.push({ ...gemm, attribute: own });
  writer.add(activation, [product], {}, node.output[0]);
  return true;
}

/** x / 2 · (1 + erf(x / √2)), of x plus a bias if there is one. */
function gelu(node: NodeProto, writer: Writer): boolean {
  const x = shifted(node, writer);
  const bell = writer.add("Erf", [writer.add("Div", [x, writer.float(Math.SQRT2)])]);
  const product = writer.add("Mul", [x, writer.add("Add", [bell, writer.float(1)])]);
  writer.add("Mul", [product, writer.float(0.5)], {}, node.output[0]);
  return true;
}

/** x / 2 · (1 + tanh(√(2/π) · (x + 0.044715 x³))). */
function tanhGelu(node: NodeProto, writer: Writer): boolean {
  const x = shifted(node, writer);
  const cube = writer.add("Mul", [writer.add("Mul", [x, x]), x]);
  const inner = writer.add("Add", [x, writer.add("Mul", [cube, writer.float(0.044715)])]);
  const curve = writer.add("Tanh", [writer.add("Mul", [inner, writer.float(Math.sqrt(2 / Math.PI))])]);
  const product = writer.add("Mul", [x, writer.add("Add", [curve, writer.float(1)])]);
  writer.add("Mul", [product, writer.float(0.5)], {}, node.output[0]);
  return true;
}

/** x · σ(α x). */
function quickGelu(node: NodeProto, writer: Writer): boolean {
  const [x = ""] = node.input;
  const alpha = attributeOf(node, "alpha")?.f ?? 1.702;
  const gate = writer.add("Sigmoid", [writer.add("Mul", [x, writer.float(alpha)])]);
  writer.add("Mul", [x, gate], {}, node.output[0]);
  return true;
}

function shifted(node: NodeProto, writer: Writer): string {
  const [x = "", bias = ""] = node.input;
  return bias === "" ? x : writer.add("Add", [x, bias]);
}
