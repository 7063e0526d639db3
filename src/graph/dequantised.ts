import { elementTypes } from "./elementType";
import type { TensorProto } from "./onnxSchema";
import { corrupt } from "./refusal";
import { elementCount, floatTensor, type Numbers, tensorNumbers } from "./tensor";

const quantisedTypes: ReadonlySet<number | undefined> = new Set([
  elementTypes.int8,
  elementTypes.uint8,
  elementTypes.int16,
  elementTypes.uint16,
  elementTypes.int32,
  elementTypes.int4,
  elementTypes.uint4,
]);

/** A weight stored as integers: one scale for all of it, for each slice of `axis`, or for each block of `block` slices (0: no blocks). */
export interface QuantisedWeight {
  readonly x: TensorProto;
  readonly scale: TensorProto;
  readonly zero: TensorProto | undefined;
  readonly axis: number;
  readonly block: number;
}

/** How often one pass dequantises one weight: a hostile file could ask for it thousands of times, each with another scale. */
const mostUses = 8;

/** Makes the function that turns a weight into 32-bit floats under a name. It gives `undefined` for what stays as it is: types and scales it does not know. */
export function dequantiser(): (name: string, weight: QuantisedWeight) => TensorProto | undefined {
  const uses = new Map<TensorProto, number>();
  return (name, weight) => {
    const used = uses.get(weight.x) ?? 0;
    const known = quantisedTypes.has(weight.x.dataType) && weight.scale.dataType === elementTypes.float32;
    if (!known || used === mostUses) {
      return undefined;
    }
    uses.set(weight.x, used + 1);
    return dequantised(name, weight);
  };
}

/** (x − zero point) · scale as the operator DequantizeLinear defines it; throws `model-file-corrupt` where scales do not fit. */
function dequantised(name: string, weight: QuantisedWeight): TensorProto {
  const scales = tensorNumbers(weight.scale);
  const zeros = weight.zero && tensorNumbers(weight.zero);
  const layout = layoutOf(weight);
  if (scales.length !== layout.scales || (zeros && zeros.length !== scales.length)) {
    throw corrupt("the scales of a quantised weight do not fit it");
  }
  return floatTensor(name, weight.x.dims, multiplied(tensorNumbers(weight.x), scales, zeros, layout));
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

function layoutOf({ x: { dims }, scale, axis: given, block }: QuantisedWeight): Layout {
  if (elementCount(scale.dims) === 1 && scale.dims.length <= 1) {
    const inner = elementCount(dims);
    return { outer: 1, axis: 1, inner, block: 1, outerStep: 0, blockStep: 0, innerStep: 0, scales: 1 };
  }
  const at = given < 0 ? given + dims.length : given;
  const axis = dims[at];
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
  const { outer, axis, inner, block, outerStep, blockStep, innerStep } = inStretches(layout);
  const result = new Float32Array(x.length);
  const factors = scales;
  const shifts = zeros ?? new Float64Array(scales.length);
  let start = 0;
  for (let o = 0; o < outer; o++) {
    for (let a = 0; a < axis; a++, start += inner) {
      const first = o * outerStep + Math.floor(a / block) * blockStep;
      if (innerStep === 0) {
        shiftAndScale(x, result, start, start + inner, shifts[first] ?? 0, factors[first] ?? 0);
      } else {
        shiftAndScaleEach(
          x,
          result,
          start,
          shifts.subarray(first, first + inner),
          factors.subarray(first, first + inner),
        );
      }
    }
  }
  return result;
}

/** The same layout with its last axis inside, so that the inner loop, through which millions of weights go, has long turns. */
function inStretches(layout: Layout): Layout {
  const { outer, axis, inner, block, outerStep, blockStep } = layout;
  if (inner !== 1 || axis % block !== 0) {
    return layout;
  }
  return block === 1
    ? { ...layout, axis: 1, inner: axis, innerStep: blockStep }
    : { ...layout, outer, axis: axis / block, inner: block, block: 1, outerStep, innerStep: 0 };
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

function shiftAndScaleEach(x: Numbers, result: Float32Array, start: number, zeros: Numbers, scales: Numbers): void {
  for (let i = 0; i < zeros.length; i++) {
    result[start + i] = ((x[start + i] as number) - (zeros[i] as number)) * (scales[i] as number);
  }
}
