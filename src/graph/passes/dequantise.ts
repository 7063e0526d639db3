import { elementTypes } from "../elementType";
import type { Graph } from "../graph";
import { integerAttribute, operatorOf } from "../node";
import type { NodeProto, TensorProto } from "../onnxSchema";
import { corrupt } from "../refusal";
import { elementCount, floatTensor, type Numbers, tensorNumbers } from "../tensor";

const quantised: ReadonlySet<number | undefined> = new Set([
  elementTypes.int8,
  elementTypes.uint8,
  elementTypes.int16,
  elementTypes.uint16,
  elementTypes.int32,
  elementTypes.int4,
  elementTypes.uint4,
]);

/**
 * Computes DequantizeLinear of constant weights once, (x − zero point) · scale as 32-bit floats: the runtime left to itself does it on every
 * run. One scale for the tensor, for each slice of an axis, or for blocks along it. Scales that are not 32-bit floats are left alone.
 */
export function dequantise(graph: Graph): Graph {
  const initialisers = new Map(graph.initialisers);
  const nodes = graph.nodes.filter((node) => {
    const weights = operatorOf(node) === "DequantizeLinear" ? dequantised(node, graph) : undefined;
    if (weights) {
      initialisers.set(weights.name ?? "", weights);
    }
    return !weights;
  });
  return { ...graph, nodes, initialisers };
}

function dequantised(node: NodeProto, graph: Graph): TensorProto | undefined {
  const [x, scale, zero] = node.input.map((name) => graph.initialisers.get(name));
  const wantsZero = (node.input[2] ?? "") !== "";
  const outputType = integerAttribute(node, "output_dtype", 0) || elementTypes.float32;
  if (!x || !scale || (wantsZero && !zero) || !quantised.has(x.dataType)) {
    return undefined;
  }
  if (scale.dataType !== elementTypes.float32 || outputType !== elementTypes.float32) {
    return undefined;
  }
  const scales = tensorNumbers(scale);
  const zeros = zero && tensorNumbers(zero);
  const layout = layoutOf(node, x.dims, scale.dims);
  if (scales.length !== layout.scales || (zeros && zeros.length !== scales.length)) {
    throw corrupt("the scales of a quantised weight do not fit it");
  }
  return floatTensor(node.output[0] ?? "", x.dims, multiplied(tensorNumbers(x), scales, zeros, layout));
}

/** The weight seen as [outer, axis, inner]: the scale of (o, a, i) is number `o · outerStep + ⌊a / block⌋ · blockStep + i · innerStep`. */
interface Layout {
  readonly outer: number;
  readonly axis: number;
  readonly inner: number;
  readonly block: number;
  readonly outerStep: number;
  readonly blockStep: number;
  readonly innerStep: number;
  readonly scales: number;
}

function layoutOf(node: NodeProto, dims: readonly number[], scaleDims: readonly number[]): Layout {
  if (elementCount(scaleDims) === 1 && scaleDims.length <= 1) {
    const inner = elementCount(dims);
    return { outer: 1, axis: 1, inner, block: 1, outerStep: 0, blockStep: 0, innerStep: 0, scales: 1 };
  }
  const given = integerAttribute(node, "axis", 1);
  const at = given < 0 ? given + dims.length : given;
  const axis = dims[at];
  const block = integerAttribute(node, "block_size", 0);
  if (axis === undefined || block < 0) {
    throw corrupt("a quantised weight has no such axis");
  }
  const outer = elementCount(dims.slice(0, at));
  const inner = elementCount(dims.slice(at + 1));
  if (block === 0) {
    return { outer, axis, inner, block: 1, outerStep: 0, blockStep: 1, innerStep: 0, scales: axis };
  }
  const blocks = Math.ceil(axis / block);
  return {
    outer,
    axis,
    inner,
    block,
    outerStep: blocks * inner,
    blockStep: inner,
    innerStep: 1,
    scales: outer * blocks * inner,
  };
}

function multiplied(x: Numbers, scales: Numbers, zeros: Numbers | undefined, layout: Layout): Float32Array {
  const { outer, axis, inner, block, outerStep, blockStep, innerStep } = layout;
  const result = new Float32Array(x.length);
  // The longest stretch that shares a scale is one turn of the inner loop: that is where millions of weights go through.
  const stretch = innerStep === 0 ? inner : 1;
  let start = 0;
  for (let o = 0; o < outer; o++) {
    for (let a = 0; a < axis; a++) {
      const first = o * outerStep + Math.floor(a / block) * blockStep;
      for (let i = 0; i < inner; i += stretch, start += stretch) {
        const which = first + i * innerStep;
        shiftAndScale(x, result, start, start + stretch, zeros?.[which] ?? 0, scales[which] ?? 0);
      }
    }
  }
  return result;
}

function shiftAndScale(
  x: Numbers,
  result: Float32Array,
  start: number,
  end: number,
  zero: number,
  scale: number,
): void {
  for (let i = start; i < end; i++) {
    result[i] = ((x[i] as number) - zero) * scale;
  }
}
