import { unsupportedTokenizer } from "../json";

/** Numbers of a frame. */
export const frameSize = 3;

/** More room than this (numbers) is not kept between two texts, and no more than the larger is ever taken. */
const keptRoom = 1 << 18;
const mostRoom = 3 << 22;

const kept = new Int32Array(keptRoom);
let keptClasses = new Uint16Array(1 << 12);

/** Room for the classes of a text of `length` units and its end (two more); valid until the next call. */
export function classRoom(length: number): Uint16Array {
  if (length + 2 <= keptClasses.length) {
    return keptClasses;
  }
  const room = new Uint16Array(length + 2);
  if (length < keptRoom) {
    keptClasses = room;
  }
  return room;
}

/** Room for frames; {@link moreRoom} when it is full. */
export function frameRoom(): Int32Array {
  return kept;
}

/** The same frames in more room; throws `tokenizer-unsupported` when that would be too much. */
export function moreRoom(full: Int32Array): Int32Array {
  if (full.length * 2 > mostRoom) {
    throw unsupportedTokenizer("a regular expression with too many ways to match");
  }
  const room = new Int32Array(full.length * 2);
  room.set(full);
  return room;
}
