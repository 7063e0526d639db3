import { elementBits, elementTypes } from "./elementType";
import type { TensorProto } from "./onnxSchema";
import { corrupt, unsupported } from "./refusal";
import { present } from "./storedBytes";

/** Elements of a tensor with these dimensions; throws `model-file-corrupt` if one is negative or the product is absurd. */
export function elementCount(dims: readonly number[]): number {
  if (dims.some((dim) => dim < 0)) {
    throw corrupt("a tensor in it has a negative size");
  }
  let count = 1;
  for (const dim of dims) {
    count *= dim;
    if (count > 2 ** 40) {
      throw corrupt("a tensor in it claims an absurd size");
    }
  }
  return count;
}

/** Bytes the elements of a tensor take when written one after the other; throws for text and unknown element types. */
export function byteCount(tensor: TensorProto): number {
  const bits = elementBits(tensor.dataType ?? 0);
  if (bits === undefined) {
    throw corrupt("a tensor in it has an unknown element type");
  }
  return Math.ceil((elementCount(tensor.dims) * bits) / 8);
}

/** Whether the numbers lie in another file. */
export function isExternal(tensor: TensorProto): boolean {
  return tensor.dataLocation === 1;
}

/** Checks that a tensor has exactly as much data as its dimensions say; throws `model-file-corrupt`. External data is checked apart. */
export function checkTensor(tensor: TensorProto): void {
  const elements = elementCount(tensor.dims);
  if (tensor.dataLocation !== undefined && tensor.dataLocation !== 0 && tensor.dataLocation !== 1) {
    throw corrupt("a tensor in it lies in an unknown place");
  }
  if (tensor.dataType === elementTypes.string) {
    expectLength(tensor, tensor.stringData.length, elements);
    return;
  }
  const bytes = byteCount(tensor);
  if (isExternal(tensor)) {
    return;
  }
  if (tensor.rawData) {
    expectLength(tensor, tensor.rawData.length, bytes);
    return;
  }
  const run = typedRun(tensor);
  if (run.kind === "fixed") {
    expectLength(tensor, run.bytes.length, elements * run.width);
  } else {
    // Sub-byte types pack several elements into one number.
    const bits = elementBits(tensor.dataType ?? 0) ?? 8;
    expectLength(tensor, varintsIn(run.bytes), bits < 8 ? bytes : elements);
  }
}

function expectLength(tensor: TensorProto, actual: number, expected: number): void {
  if (actual !== expected) {
    const name = tensor.name ? `the tensor ${shorten(tensor.name)}` : "a tensor in it";
    throw corrupt(`${name} should hold ${expected} bytes or elements by its dimensions, but holds ${actual}`);
  }
}

/** A name short enough for a sentence. */
export function shorten(name: string): string {
  return name.length > 60 ? `${name.slice(0, 57)}…` : name;
}

type Run =
  | { readonly kind: "fixed"; readonly bytes: Uint8Array; readonly width: 4 | 8 }
  | { readonly kind: "varints"; readonly bytes: Uint8Array };

const empty = new Uint8Array(0);

function typedRun(tensor: TensorProto): Run {
  switch (tensor.dataType) {
    case elementTypes.float32:
    case 14:
      return { kind: "fixed", bytes: tensor.floatData ?? empty, width: 4 };
    case elementTypes.float64:
    case 15:
      return { kind: "fixed", bytes: tensor.doubleData ?? empty, width: 8 };
    case elementTypes.int64:
      return { kind: "varints", bytes: tensor.int64Data ?? empty };
    case elementTypes.uint32:
    case elementTypes.uint64:
      return { kind: "varints", bytes: tensor.uint64Data ?? empty };
    default:
      return { kind: "varints", bytes: tensor.int32Data ?? empty };
  }
}

function varintsIn(bytes: Uint8Array): number {
  let count = 0;
  for (const byte of bytes) {
    count += byte < 0x80 ? 1 : 0;
  }
  return count;
}

/** The integer types whose constant tensors can be read as numbers. */
const integerReaders: ReadonlyMap<number, { width: number; read: (view: DataView, at: number) => number }> = new Map([
  [elementTypes.int8, { width: 1, read: (view, at) => view.getInt8(at) }],
  [elementTypes.uint8, { width: 1, read: (view, at) => view.getUint8(at) }],
  [elementTypes.bool, { width: 1, read: (view, at) => view.getUint8(at) }],
  [elementTypes.int16, { width: 2, read: (view, at) => view.getInt16(at, true) }],
  [elementTypes.uint16, { width: 2, read: (view, at) => view.getUint16(at, true) }],
  [elementTypes.int32, { width: 4, read: (view, at) => view.getInt32(at, true) }],
  [elementTypes.uint32, { width: 4, read: (view, at) => view.getUint32(at, true) }],
  [elementTypes.int64, { width: 8, read: (view, at) => Number(view.getBigInt64(at, true)) }],
]);

/** An array that holds the elements of a tensor. */
export type Numbers = Float32Array | Float64Array | Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array;

/**
 * The elements of a constant tensor as numbers, row by row; a view where the bytes allow it. 64-bit integers beyond 2⁵³ lose digits.
 * Throws `model-unsupported` for 16-bit floats, text and types without arithmetic here. The tensor must have passed {@link checkTensor}.
 */
export function tensorNumbers(tensor: TensorProto): Numbers {
  const type = tensor.dataType ?? 0;
  const raw = tensor.rawData && present(tensor.rawData);
  if (raw) {
    switch (type) {
      case elementTypes.int8:
        return new Int8Array(raw.buffer, raw.byteOffset, raw.length);
      case elementTypes.uint8:
      case elementTypes.bool:
        return raw;
      case elementTypes.float32:
        return new Float32Array(...aligned(raw, 4));
      case elementTypes.float64:
        return new Float64Array(...aligned(raw, 8));
      case elementTypes.int32:
        return new Int32Array(...aligned(raw, 4));
      case elementTypes.int16:
        return new Int16Array(...aligned(raw, 2));
      case elementTypes.uint16:
        return new Uint16Array(...aligned(raw, 2));
      case elementTypes.int4:
      case elementTypes.uint4:
        return halfBytes(raw, elementCount(tensor.dims), type === elementTypes.int4);
    }
    const reader = integerReaders.get(type);
    if (reader) {
      const view = new DataView(raw.buffer, raw.byteOffset, raw.length);
      return Float64Array.from({ length: raw.length / reader.width }, (_, i) => reader.read(view, i * reader.width));
    }
  } else if (type === elementTypes.float32) {
    return new Float32Array(...aligned(tensor.floatData ?? empty, 4));
  } else if (type === elementTypes.float64) {
    return new Float64Array(...aligned(tensor.doubleData ?? empty, 8));
  } else if (type === elementTypes.int4 || type === elementTypes.uint4) {
    const bytes = Uint8Array.from(varints(tensor.int32Data ?? empty));
    return halfBytes(bytes, elementCount(tensor.dims), type === elementTypes.int4);
  } else if (integerReaders.has(type)) {
    return varints(typedRun(tensor).bytes);
  }
  throw unsupported("a constant in it has an element type that is not known here");
}

/** Rows of a matrix of 32-bit floats, one after the other; zeros for rows it does not have. Only these rows are looked at. */
export function rowsOf(matrix: TensorProto, rows: ArrayLike<number>): Float32Array {
  const [count = 0, width = 0] = matrix.dims;
  const bytes = matrix.rawData ?? matrix.floatData ?? empty;
  const numbers = new Float32Array(rows.length * width);
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] ?? 0;
    if (row >= 0 && row < count) {
      const run = present(bytes.subarray(4 * row * width, 4 * (row + 1) * width));
      numbers.set(new Float32Array(...aligned(run, 4)), i * width);
    }
  }
  return numbers;
}

/** Typed arrays need an aligned start; weights in a file lie anywhere, so some are copied. */
function aligned(bytes: Uint8Array, width: number): [ArrayBufferLike, number, number] {
  // Not `slice`: on a Node buffer that is a view again.
  const source = bytes.byteOffset % width === 0 ? bytes : new Uint8Array(bytes);
  return [source.buffer, source.byteOffset, Math.floor(source.length / width)];
}

/** Two elements a byte, the first in the low half. */
function halfBytes(bytes: Uint8Array, count: number, signed: boolean): Int8Array {
  const numbers = new Int8Array(count);
  for (let i = 0; i < count; i++) {
    const half = ((bytes[i >> 1] as number) >> (4 * (i & 1))) & 15;
    numbers[i] = signed && half > 7 ? half - 16 : half;
  }
  return numbers;
}

function varints(bytes: Uint8Array): Float64Array {
  const numbers = new Float64Array(varintsIn(bytes));
  let value = 0n;
  let shift = 0n;
  let count = 0;
  for (const byte of bytes) {
    value |= BigInt(byte & 0x7f) << shift;
    shift += 7n;
    if (byte < 0x80) {
      numbers[count++] = Number(BigInt.asIntN(64, value));
      value = 0n;
      shift = 0n;
    } else if (shift >= 70n) {
      throw corrupt("a number in it has too many digits");
    }
  }
  return numbers;
}

/** A constant tensor of 32-bit floats over the given elements, which are not copied. */
export function floatTensor(name: string, dims: readonly number[], values: Float32Array): TensorProto {
  const rawData = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return makeTensor(name, elementTypes.float32, dims, rawData);
}

/** A constant tensor of 64-bit integers. */
export function integerTensor(name: string, dims: readonly number[], values: readonly bigint[]): TensorProto {
  return makeTensor(name, elementTypes.int64, dims, new Uint8Array(BigInt64Array.from(values).buffer));
}

/** A constant tensor over bytes as they lie in a file. */
export function makeTensor(name: string, dataType: number, dims: readonly number[], rawData: Uint8Array): TensorProto {
  return { name, dims, dataType, rawData, stringData: [], externalData: [] };
}
