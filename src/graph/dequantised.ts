import { elementTypes } from "./elementType";
import type { TensorProto } from "./onnxSchema";
import { corrupt } from "./refusal";
import { computedFloats } from "./storedBytes";
import { elementCount, floatTensor, makeTensor, type Numbers, tensorNumbers } from "./tensor";

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

/** Weights of fewer elements are computed at once, others where they are looked at. */
const fewestLater = 2 ** 14;

/**
 * (x − zero point) · scale as the operator DequantizeLinear defines it; throws `model-file-corrupt` where scales do not fit. Of large weights of 8-bit numbers nothing is computed before it is
 * looked at ({@link computedFloats}): of a table of words only the rows of a text, of others what is written into a file for the runtime.
 */
function dequantised(name: string, weight: QuantisedWeight): TensorProto {
  const { x } = weight;
  const scales = tensorNumbers(weight.scale);
  const zeros = weight.zero && tensorNumbers(weight.zero);
  const stretches = stretchesOf(weight);
  if (scales.length !== stretches.scales || (zeros && zeros.length !== scales.length)) {
    throw corrupt("the scales of a quantised weight do not fit it");
  }
  const parts = { scales, zeros, stretches };
  const bytes = x.rawData;
  if (bytes && bytes.length >= fewestLater && (x.dataType === elementTypes.int8 || x.dataType === elementTypes.uint8)) {
    const numbersOf = (own: Uint8Array<ArrayBuffer>) =>
      x.dataType === elementTypes.int8 ? new Int8Array(own.buffer) : own;
    const floats = computedFloats(bytes, 1, (own, first) => multiplied(numbersOf(own), first, parts));
    return makeTensor(name, elementTypes.float32, x.dims, floats);
  }
  return floatTensor(name, x.dims, multiplied(tensorNumbers(x), 0, parts));
}

/**
 * The weight as lines of so many elements, each in stretches of `length`, the last one shorter where they do not fill it: one turn each of the inner loop, through which millions of weights
 * go. The scale of element i of a stretch is number `line · lineStep + ⌊stretch / alike⌋ · step + i · innerStep`, and `innerStep` 0 or 1.
 */
interface Stretches {
  readonly line: number;
  readonly length: number;
  readonly alike: number;
  readonly lineStep: number;
  readonly step: number;
  readonly innerStep: number;
  /** How many scales there are in all. */
  readonly scales: number;
}

function stretchesOf({ x: { dims }, scale, axis: given, block }: QuantisedWeight): Stretches {
  const one = { alike: 1, lineStep: 0, step: 0, innerStep: 0 };
  if (elementCount(scale.dims) === 1 && scale.dims.length <= 1) {
    const line = elementCount(dims);
    return { ...one, line, length: line, scales: 1 };
  }
  const at = given < 0 ? given + dims.length : given;
  const axis = dims[at];
  if (axis === undefined || block < 0) {
    throw corrupt("a quantised weight has no such axis");
  }
  const inner = elementCount(dims.slice(at + 1));
  const line = axis * inner;
  if (block === 0) {
    const own = inner > 1 ? { length: inner, step: 1 } : { length: line, innerStep: 1 };
    return { ...one, ...own, line, scales: axis };
  }
  const lineStep = Math.ceil(axis / block) * inner;
  const own = inner > 1 ? { length: inner, alike: block, step: inner, innerStep: 1 } : { length: block, step: 1 };
  return { ...one, ...own, line, lineStep, scales: elementCount(dims.slice(0, at)) * lineStep };
}

/** What the elements of a weight from `first` on stand for. */
function multiplied(
  x: Numbers,
  first: number,
  {
    scales,
    zeros,
    stretches,
  }: { readonly scales: Numbers; readonly zeros: Numbers | undefined; readonly stretches: Stretches },
): Float32Array<ArrayBuffer> {
  const { line, length, alike, lineStep, step, innerStep } = stretches;
  const result = new Float32Array(x.length);
  const end = first + x.length;
  let from = Math.floor(first / line) * line;
  let turn = Math.floor((first - from) / length);
  for (let at = first; at < end; ) {
    const start = from + turn * length;
    const stop = Math.min(start + length, from + line);
    const count = Math.min(stop, end) - at;
    const which = (from / line) * lineStep + Math.floor(turn / alike) * step + (at - start) * innerStep;
    if (innerStep === 0) {
      shiftAndScale(x, result, at - first, at - first + count, zeros?.[which] ?? 0, scales[which] ?? 0);
    } else {
      const own = scales.subarray(which, which + count);
      shiftAndScaleEach(x, result, at - first, zeros?.subarray(which, which + count), own);
    }
    at += count;
    turn++;
    if (stop === from + line) {
      from += line;
      turn = 0;
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

function shiftAndScaleEach(
  x: Numbers,
  result: Float32Array,
  start: number,
  zeros: Numbers | undefined,
  scales: Numbers,
): void {
  for (let i = 0; i < scales.length; i++) {
    result[start + i] = ((x[start + i] as number) - (zeros?.[i] ?? 0)) * (scales[i] as number);
  }
}
