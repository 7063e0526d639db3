import { ExplainError } from "../../common/errors";
import { elementTypes } from "../../graph/elementType";
import { elementCount } from "../../graph/tensor";
import { isJsonObject, type JsonObject, parseJson } from "../readJson";

/** Where a tensor lies in a safetensors file: bytes from the file's beginning. */
export interface StoredTensor {
  /** See `elementTypes`; the format's own name for floats that are not read here. */
  readonly dataType: number | string;
  readonly dims: readonly number[];
  readonly offset: number;
  readonly length: number;
}

/** The largest header known has under 1 MB. */
const mostHeaderBytes = 2 ** 25;
const mostAxes = 8;
const sizeBytes = 8;

/** The floats that weights come in, by the names that the format gives them; others are known by name, and tensors of whole numbers left out. */
const floatTypes: ReadonlyMap<unknown, readonly [number, number]> = new Map([
  ["F32", [elementTypes.float32, 4]],
  ["F16", [elementTypes.float16, 2]],
  ["BF16", [elementTypes.bfloat16, 2]],
]);

/** Reads `length` bytes from `offset` of a file. */
export type ReadRun = (offset: number, length: number) => Uint8Array;

/**
 * The float tensors of a safetensors file of `size` bytes, by name; only its header is read. Throws `model-file-corrupt` for a header that is too long, no JSON or nested without end, and for tensors whose
 * bytes lie outside the file, overlap or are not as many as their dimensions say.
 */
export function readSafetensors(name: string, size: number, read: ReadRun): ReadonlyMap<string, StoredTensor> {
  if (size < sizeBytes) {
    throw corrupt(name, "it is shorter than its header");
  }
  const start = read(0, sizeBytes);
  const headerLength = Number(new DataView(start.buffer, start.byteOffset, sizeBytes).getBigUint64(0, true));
  if (headerLength > mostHeaderBytes || sizeBytes + headerLength > size) {
    throw corrupt(name, "its header is longer than can be");
  }
  const header = parseJson(read(sizeBytes, headerLength), name, "model-file-corrupt");
  if (!isJsonObject(header)) {
    throw corrupt(name, "its header lists no tensors");
  }
  const dataStart = sizeBytes + headerLength;
  const tensors = new Map<string, StoredTensor>();
  const runs: (readonly [number, number])[] = [];
  for (const [key, entry] of Object.entries(header)) {
    if (key === "__metadata__") {
      continue;
    }
    const { begin, end, tensor } = readEntry(name, entry, dataStart);
    if (dataStart + end > size) {
      throw corrupt(name, "it is shorter than its header says");
    }
    runs.push([begin, end]);
    if (tensor) {
      tensors.set(key, tensor);
    }
  }
  refuseOverlaps(name, runs);
  return tensors;
}

interface Entry {
  readonly begin: number;
  readonly end: number;
  /** Missing for tensors of other numbers than floats. */
  readonly tensor: StoredTensor | undefined;
}

function readEntry(name: string, entry: unknown, dataStart: number): Entry {
  if (!isJsonObject(entry)) {
    throw corrupt(name, "a tensor in it is not described");
  }
  const dims = sizesIn(entry, "shape");
  const [begin = -1, end = -1, ...more] = sizesIn(entry, "data_offsets") ?? [];
  if (dims === null || dims.length > mostAxes || begin < 0 || end < begin || more.length > 0) {
    throw corrupt(name, "a tensor in it has no sensible place or size");
  }
  const type = floatTypes.get(entry.dtype);
  if (!type) {
    const other = typeof entry.dtype === "string" && /^F\d/.test(entry.dtype) ? entry.dtype : null;
    const place = { dims, offset: dataStart + begin, length: end - begin };
    return { begin, end, tensor: other === null ? undefined : { dataType: other, ...place } };
  }
  const [dataType, width] = type;
  if (elementCount(dims) * width !== end - begin) {
    throw corrupt(name, "a tensor in it has not as many bytes as its sizes say");
  }
  return { begin, end, tensor: { dataType, dims, offset: dataStart + begin, length: end - begin } };
}

function sizesIn(entry: JsonObject, field: string): readonly number[] | null {
  const value = entry[field];
  const isSize = (size: unknown): size is number => Number.isSafeInteger(size) && Number(size) >= 0;
  return Array.isArray(value) && value.every(isSize) ? value : null;
}

function refuseOverlaps(name: string, runs: readonly (readonly [number, number])[]): void {
  const sorted = runs.filter(([begin, end]) => end > begin).sort(([a], [b]) => a - b);
  if (sorted.some(([begin], index) => begin < (sorted[index - 1]?.[1] ?? 0))) {
    throw corrupt(name, "two tensors in it lie on the same bytes");
  }
}

function corrupt(name: string, reason: string): ExplainError {
  return new ExplainError(
    "model-file-corrupt",
    "{0} is damaged or is no safetensors file: {1}. Save or download it again.",
    name.slice(0, 200),
    reason,
  );
}
