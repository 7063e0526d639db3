import { forEachTensor, mapTensors } from "./modelFile";
import type { ModelProto, TensorProto } from "./onnxSchema";
import { corrupt, unsafe } from "./refusal";
import { byteCount, isExternal, shorten } from "./tensor";

/** A run of bytes in a file beside the model: where the numbers of one tensor lie. */
export interface ExternalRange {
  readonly tensor: string;
  /** A path relative to the model's folder, with `/` between its parts. */
  readonly location: string;
  readonly offset: number;
  readonly length: number;
}

/** Fetches a run of bytes of a file beside the model; must return exactly `length` bytes. */
export type ReadExternal = (location: string, offset: number, length: number) => Uint8Array;

/**
 * Every run of bytes the model wants from other files. Locations are plain relative paths: absolute ones, `..` and the runtime's
 * memory addresses are refused with `model-file-unsafe`; lengths equal what the dimensions say, else `model-file-corrupt`.
 *
 * The path is checked as text only. Whoever opens the file must resolve symbolic links of folder and file (`realpath`), refuse
 * what then lies outside the model's folder or is no plain file, and refuse ranges beyond its end.
 */
export function externalRanges(model: ModelProto): ExternalRange[] {
  const ranges: ExternalRange[] = [];
  forEachTensor(model, (tensor) => {
    if (isExternal(tensor)) {
      ranges.push(rangeOf(tensor));
    }
  });
  return ranges;
}

/** A model with all external data fetched and held in it; throws `model-file-corrupt` where a file gives too little. */
export function resolveExternal(model: ModelProto, read: ReadExternal): ModelProto {
  if (externalRanges(model).length === 0) {
    return model;
  }
  return mapTensors(model, (tensor) => {
    if (!isExternal(tensor)) {
      return tensor;
    }
    const { location, offset, length } = rangeOf(tensor);
    const rawData = length === 0 ? new Uint8Array(0) : read(location, offset, length);
    if (rawData.length !== length) {
      throw corrupt(`${shorten(location)} is shorter than the model says`);
    }
    const { dataLocation: _, ...rest } = tensor;
    return { ...rest, externalData: [], rawData };
  });
}

function rangeOf(tensor: TensorProto): ExternalRange {
  const entry = (key: string) => tensor.externalData.find((e) => e.key === key)?.value;
  const expected = byteCount(tensor);
  const length = wholeNumber(entry("length")) ?? expected;
  if (length !== expected) {
    throw corrupt(`a tensor in it should take ${expected} bytes of another file, but claims ${length}`);
  }
  return {
    tensor: tensor.name ?? "",
    location: safeLocation(entry("location") ?? ""),
    offset: wholeNumber(entry("offset")) ?? 0,
    length,
  };
}

function wholeNumber(text: string | undefined): number | undefined {
  if (text === undefined) {
    return undefined;
  }
  const value = Number(text);
  if (!/^\d{1,16}$/.test(text) || !Number.isSafeInteger(value)) {
    throw corrupt("a position in another file is not a number");
  }
  return value;
}

/** The same path with `/` only, if it stays inside a folder by its text. */
function safeLocation(location: string): string {
  const parts = location.split(/[/\\]/);
  const absolute = parts[0] === "" || /^[a-z]+:/i.test(location);
  // The runtime takes a location that starts with `*` for an address in its own memory.
  const special = parts.some((part) => part === ".." || part.startsWith("*") || /\p{Cc}/u.test(part));
  if (location === "" || absolute || special) {
    throw unsafe(`it wants weights from outside its folder (${shorten(location)})`);
  }
  return parts.filter((part) => part !== "." && part !== "").join("/");
}
