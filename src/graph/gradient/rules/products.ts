import { elementTypes } from "../../elementType";
import { attributeOf, integerAttribute, operatorOf } from "../../node";
import type { NodeProto } from "../../onnxSchema";
import type { Rule, Step } from "../rule";
import { unbroadcast } from "../unbroadcast";
import { refusal, type Writer } from "../writer";
import { positive, withoutNaN } from "./softmax";

/*
 * Sums of products. For matrices Y = A·B: ∂A = G·Bᵀ and ∂B = Aᵀ·G; leading axes are batches, over which a factor may be spread.
 */

/**
 * Y = A·B as numpy does it: factors of one axis are a row or a column. Probabilities as a factor are taken as 0 where they are no number:
 * a query that may look nowhere gets no weight in ∂B, although its row in G is 0 and 0·NaN would be NaN.
 */
const matMul: Rule = ({ x: [a, b], g, w }) => {
  const [rowsMissing, columnsMissing] = [w.shapes.of(a)?.length === 1, w.shapes.of(b)?.length === 1];
  const left = () => (rowsMissing ? w.unsqueeze(factor(a, w), [0]) : factor(a, w));
  const right = () => (columnsMissing ? w.unsqueeze(factor(b, w), [1]) : factor(b, w));
  const matrix = () => {
    const rows = rowsMissing ? w.unsqueeze(g, columnsMissing ? [0] : [-2]) : g;
    return columnsMissing ? w.unsqueeze(rows, [-1]) : rows;
  };
  const shaped = (adjoint: string, x: string, padded: string) =>
    padded === x ? unbroadcast(adjoint, x, w) : w.reshapeLike(unbroadcast(adjoint, padded, w), x);
  return [
    () => shaped(timesTransposed(matrix(), right(), w), a, rowsMissing ? w.unsqueeze(a, [0]) : a),
    () => shaped(w.op("MatMul", [transposed(left(), w), matrix()]), b, columnsMissing ? w.unsqueeze(b, [1]) : b),
  ];
};

/** Y = α·A′·B′ with A′ = Aᵀ where `transA` is set: as for MatMul, transposed back where a factor was transposed. */
const fusedMatMul: Rule = ({ node, x: [a, b], g, w }) => {
  if (integerAttribute(node, "transBatchA", 0) === 1 || integerAttribute(node, "transBatchB", 0) === 1) {
    throw refusal(operatorOf(node), "it moves its batch axis");
  }
  const [transA, transB] = [isSet(node, "transA"), isSet(node, "transB")];
  const scaled = () => times(g, attributeOf(node, "alpha")?.f ?? 1, a, w);
  const left = () => (transA ? factor(a, w) : transposed(factor(a, w), w));
  const right = () => (transB ? factor(b, w) : transposed(factor(b, w), w));
  const back = (adjoint: string, turned: boolean) => (turned ? transposed(adjoint, w) : adjoint);
  return [
    () => unbroadcast(back(w.op("MatMul", [scaled(), right()]), transA), a, w),
    () => unbroadcast(back(w.op("MatMul", [left(), scaled()]), transB), b, w),
  ];
};

/** Y = α·A′·B′ + β·C for plain matrices: ∂A′ = α·G·B′ᵀ, ∂B′ = α·A′ᵀ·G, ∂C = β·G summed over what C was spread over. */
const gemm: Rule = ({ node, x: [a, b, c], g, w }) => {
  const [transA, transB] = [isSet(node, "transA"), isSet(node, "transB")];
  const product = (first: string, firstTurned: boolean, second: string, secondTurned: boolean) =>
    w.op("Gemm", [first, second], { transA: Number(firstTurned), transB: Number(secondTurned) });
  const scaled = () => times(g, attributeOf(node, "alpha")?.f ?? 1, a, w);
  return [
    () => (transA ? product(b, transB, scaled(), true) : product(scaled(), false, b, !transB)),
    () => (transB ? product(scaled(), true, a, transA) : product(a, !transA, scaled(), false)),
    () => unbroadcast(times(g, attributeOf(node, "beta")?.f ?? 1, a, w), c, w),
  ];
};

/** Y[out] = Σ Πⱼ Xⱼ[indicesⱼ]: ∂Xᵢ[indicesᵢ] = Σ G[out]·Π_{j≠i} Xⱼ[indicesⱼ]. Every index of Xᵢ must occur in the result or another factor. */
const einsum: Rule = (step) => {
  const { node, g, w } = step;
  const { operands, result } = equationOf(step);
  return node.input.map((_, i) => () => {
    const others = operands.filter((_, j) => j !== i);
    const own = operands[i] ?? "";
    if ([...own].some((index) => !(result + others.join("")).includes(index))) {
      throw refusal("Einsum", "it sums over an axis of one factor alone");
    }
    const equation = `${[result, ...others].join(",")}->${own}`;
    const factors = node.input.filter((_, j) => j !== i).map((x) => factor(x, w));
    return w.op("Einsum", [g, ...factors], { equation });
  });
};

function equationOf({ node }: Step): { operands: readonly string[]; result: string } {
  const equation = new TextDecoder().decode(attributeOf(node, "equation")?.s).replaceAll(" ", "");
  const [left = "", right] = equation.split("->");
  const operands = left.split(",");
  if (equation.includes(".") || operands.some((indices) => new Set(indices).size < indices.length)) {
    throw refusal("Einsum", "its equation has an ellipsis or an index twice");
  }
  const all = [...operands.join("")];
  const once = all.filter((index) => all.indexOf(index) === all.lastIndexOf(index));
  return { operands, result: right ?? once.toSorted().join("") };
}

function isSet(node: NodeProto, name: string): boolean {
  return integerAttribute(node, name, 0) === 1;
}

function times(value: string, scale: number, like: string, w: Writer): string {
  return scale === 1 ? value : w.mul(value, w.number(scale, like));
}

const keepsProbabilities = new Set(["Softmax", "Cast", "Mul", "Dropout", "Identity"]);

/** A factor as the backward pass may use it: probabilities without NaN, everything else as it is. */
export function factor(value: string, w: Writer): string {
  let isScaled = false;
  for (let node = w.links.producer(value); node && keepsProbabilities.has(operatorOf(node)); ) {
    if (operatorOf(node) === "Softmax") {
      return isScaled ? withoutNaN(value, w) : positive(value, w);
    }
    // A factor may be negative.
    isScaled ||= operatorOf(node) === "Mul";
    node = w.links.producer(node.input[0] ?? "");
  }
  return value;
}

/**
 * G·Bᵀ. Weights are not transposed before: the runtime would do it when it loads the model and hold them a second time, while its own product packs
 * them turned.
 */
function timesTransposed(g: string, b: string, w: Writer): string {
  const packed = w.isWeight(b) && w.typeOf(b) === elementTypes.float32 && w.shapes.of(b)?.length === 2;
  return packed ? w.op("com.microsoft.FusedMatMul", [g, b], { transB: 1 }) : w.op("MatMul", [g, transposed(b, w)]);
}

/** The last two axes swapped. Where not even the rank is known, all axes before are folded into one and unfolded again. */
function transposed(value: string, w: Writer): string {
  const rank = w.shapes.of(value)?.length;
  if (rank !== undefined) {
    const order = Array.from({ length: rank }, (_, axis) => axis);
    return w.op("Transpose", [value], { perm: [...order.slice(0, -2), rank - 1, rank - 2] });
  }
  const shape = w.shape(value);
  const part = (from: number, to: number) => w.op("Slice", [shape, w.integers([from]), w.integers([to])]);
  const [batch, rows, columns] = [part(0, -2), part(-2, -1), part(-1, Number.MAX_SAFE_INTEGER)];
  const folded = w.reshape(value, w.op("Concat", [w.integers([-1]), rows, columns], { axis: 0 }));
  const turned = w.op("Transpose", [folded], { perm: [0, 2, 1] });
  return w.reshape(turned, w.op("Concat", [batch, columns, rows], { axis: 0 }));
}

/** Rules of matrix products. */
export const products: ReadonlyMap<string, Rule> = new Map([
  ["MatMul", matMul],
  ["com.microsoft.FusedMatMul", fusedMatMul],
  ["Gemm", gemm],
  ["Einsum", einsum],
]);
