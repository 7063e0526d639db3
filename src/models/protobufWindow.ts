import { readSync } from "node:fs";
import type { OpenFile } from "./plainFile";

/** What is read of a file at most, and how much at once. */
const mostBytes = 64 * 2 ** 20;
const windowBytes = 2 ** 16;

/** A field of a message: where its content stands, or its number where it is one. */
export interface Field {
  readonly number: number;
  readonly start: number;
  readonly end: number;
  readonly value: number;
  /** Whether it has content of its own. */
  readonly packed: boolean;
}

/** A file of protocol buffers that is read a window at a time; what nobody looks at is stepped over. Throws for what is no protocol buffer, and for what is too long. */
export class ProtobufWindow {
  readonly length: number;
  readonly #descriptor: number;
  readonly #window = Buffer.alloc(windowBytes);
  #start = 0;
  #end = 0;
  #read = 0;

  constructor({ descriptor, stats }: OpenFile) {
    this.#descriptor = descriptor;
    this.length = stats.size;
  }

  *fields(start: number, end: number): Generator<Field> {
    let at = start;
    while (at < end) {
      const tag = this.#varint(at);
      const number = Math.floor(tag.value / 8);
      const wire = tag.value % 8;
      if (wire === 0) {
        const { value, next } = this.#varint(tag.next);
        yield { number, start: tag.next, end: next, value, packed: false };
        at = next;
        continue;
      }
      const content = wire === 2 ? this.#varint(tag.next) : { value: wire === 1 ? 8 : 4, next: tag.next };
      const stop = content.next + content.value;
      if ((wire !== 1 && wire !== 2 && wire !== 5) || stop > end) {
        throw new Error("This is no protocol buffer.");
      }
      yield { number, start: content.next, end: stop, value: 0, packed: wire === 2 };
      at = stop;
    }
  }

  varints({ start, end }: Field): number[] {
    const found: number[] = [];
    // No tensor has so many dimensions.
    for (let at = start; at < end && found.length < 64; ) {
      const { value, next } = this.#varint(at);
      found.push(value);
      at = next;
    }
    return found;
  }

  /** The first bytes of a field as text. */
  text({ start, end }: Field, mostBytes = 64): string {
    const length = Math.min(end - start, mostBytes);
    return Buffer.from(Array.from({ length }, (_, index) => this.#byte(start + index))).toString("utf8");
  }

  #varint(start: number): { readonly value: number; readonly next: number } {
    let value = 0;
    for (let index = 0; index < 10; index++) {
      const byte = this.#byte(start + index);
      value += (byte % 128) * 128 ** index;
      if (byte < 128) {
        return { value, next: start + index + 1 };
      }
    }
    throw new Error("This is no protocol buffer.");
  }

  #byte(at: number): number {
    if (at < this.#start || at >= this.#end) {
      const count = readSync(this.#descriptor, this.#window, 0, windowBytes, at);
      this.#read += count;
      if (count === 0 || this.#read > mostBytes) {
        throw new Error("This ends too early, or goes on too long.");
      }
      this.#start = at;
      this.#end = at + count;
    }
    return this.#window[at - this.#start] ?? 0;
  }
}
