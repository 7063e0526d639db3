import { wire } from "./protobufSchema";
import { isStored, present } from "./storedBytes";

/** Fields on the way from a model to the bytes of a weight: its graph, an initialiser of it, the raw data of that. */
const wayToWeights = [7, 5, 9];
/** Weights of at least this many bytes are left in their file. */
const largeWeight = 2 ** 16;
/** A tag and a length take at most this many bytes. */
const longestHead = 20;

/**
 * Reads everything of a model that lies in a file but the numbers of its large weights, so that it can be decoded. What is no regular model is read
 * as a whole; decoding says what is wrong with it.
 */
export function readDescription(file: Uint8Array): void {
  if (isStored(file)) {
    readFields(file, 0, file.length, wayToWeights);
  }
}

function readFields(file: Uint8Array, start: number, end: number, way: readonly number[]): void {
  let at = start;
  while (at < end) {
    present(file.subarray(at, Math.min(end, at + longestHead)));
    const tag = varint(file, at, end);
    const isRun = tag && tag.value % 8 === wire.bytes;
    const length = isRun && varint(file, tag.next, end);
    const from = length ? length.next : (tag?.next ?? end);
    const to = fieldEnd(tag?.value ?? 0, from, length ? length.value : undefined, file, end);
    if (!tag || to === undefined || to > end) {
      present(file.subarray(at, end));
      return;
    }
    if (length && Math.floor(tag.value / 8) === way[0]) {
      if (way.length > 1) {
        readFields(file, from, to, way.slice(1));
      } else if (to - from < largeWeight) {
        present(file.subarray(from, to));
      }
    } else {
      present(file.subarray(from, to));
    }
    at = to;
  }
}

function fieldEnd(tag: number, from: number, length: number | undefined, file: Uint8Array, end: number) {
  switch (tag % 8) {
    case wire.varint:
      return varint(file, from, end)?.next;
    case wire.fixed64:
      return from + 8;
    case wire.fixed32:
      return from + 4;
    default:
      return length === undefined ? undefined : from + length;
  }
}

/** An unsigned number and where it ends; `undefined` for one that is cut off or larger than any file. */
function varint(file: Uint8Array, start: number, end: number): { value: number; next: number } | undefined {
  let value = 0;
  for (let at = start; at < Math.min(end, start + 10); at++) {
    const byte = file[at] ?? 0;
    value += (byte & 0x7f) * 2 ** (7 * (at - start));
    if (byte < 0x80) {
      return { value, next: at + 1 };
    }
  }
  return undefined;
}
