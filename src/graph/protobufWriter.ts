import { type Field, fieldsInOrder, type Schema, wire } from "./protobufSchema";
import { copyBytes, present } from "./storedBytes";

/** Views at least this long go into the chunk list as they are; shorter ones are copied together. */
const shortest = 4096;

const text = new TextEncoder();

/** Encodes a message as a list of chunks whose concatenation is the file; large byte values are passed through, not copied. */
export function encode<T extends object>(of: Schema<T>, message: T): Uint8Array[] {
  const writer = new BackwardWriter();
  writer.message(of, message);
  return writer.chunks();
}

/** One array from a list of chunks. */
export function joinChunks(chunks: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(chunks.reduce((size, chunk) => size + chunk.length, 0));
  let position = 0;
  for (const chunk of chunks) {
    copyBytes(chunk, joined, position);
    position += chunk.length;
  }
  return joined;
}

/** Writes from the end to the beginning, so that the length of a nested message is known when its turn comes. */
class BackwardWriter {
  private readonly reversed: Uint8Array[] = [];
  private buffer = new Uint8Array(0);
  private start = 0;
  private size = 0;

  chunks(): Uint8Array[] {
    this.flush();
    return this.reversed.reverse();
  }

  message(of: Schema<object>, message: object): void {
    const values = message as Readonly<Record<string, unknown>>;
    backwards(values.unknown as readonly Uint8Array[] | undefined, (bytes) => this.raw(bytes));
    backwards(fieldsInOrder(of), ({ property, number, kind, repeated }) => {
      const value = values[property];
      if (repeated) {
        backwards(value as readonly unknown[], (element) => this.field(number, kind, element));
      } else if (value !== undefined) {
        this.field(number, kind, value);
      }
    });
  }

  private field(number: number, kind: Field[1], value: unknown): void {
    if (kind === "int" || kind === "bigint") {
      this.integer(value as number | bigint);
      this.tag(number, wire.varint);
    } else if (kind === "float") {
      this.room(4);
      new DataView(this.buffer.buffer, this.buffer.byteOffset + this.start).setFloat32(0, value as number, true);
      this.tag(number, wire.fixed32);
    } else {
      const end = this.size;
      if (typeof kind === "function") {
        this.message(kind(), value as object);
      } else {
        this.raw(kind === "string" ? text.encode(value as string) : (value as Uint8Array));
      }
      this.varint(this.size - end);
      this.tag(number, wire.bytes);
    }
  }

  private tag(number: number, wireType: number): void {
    this.varint(number * 8 + wireType);
  }

  private integer(value: number | bigint): void {
    if (value >= 0 && value <= Number.MAX_SAFE_INTEGER) {
      this.varint(Number(value));
      return;
    }
    let rest = BigInt.asUintN(64, BigInt(value));
    const bytes: number[] = [];
    while (rest > 0x7fn) {
      bytes.push(Number(rest & 0x7fn) | 0x80);
      rest >>= 7n;
    }
    bytes.push(Number(rest));
    this.raw(Uint8Array.from(bytes));
  }

  private varint(value: number): void {
    let length = 1;
    for (let rest = value; rest > 0x7f; rest = Math.floor(rest / 0x80)) {
      length++;
    }
    this.room(length);
    let rest = value;
    for (let at = this.start; at < this.start + length - 1; at++) {
      this.buffer[at] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.buffer[this.start + length - 1] = rest;
  }

  private raw(bytes: Uint8Array): void {
    if (bytes.length >= shortest) {
      this.size += bytes.length;
      this.flush();
      this.reversed.push(bytes);
      return;
    }
    this.room(bytes.length);
    this.buffer.set(present(bytes), this.start);
  }

  /** Makes room for so many bytes in front of those written; they begin at `start`. */
  private room(length: number): void {
    this.size += length;
    if (length > this.start) {
      this.flush();
      this.buffer = new Uint8Array(16 * shortest);
      this.start = this.buffer.length;
    }
    this.start -= length;
  }

  private flush(): void {
    if (this.start < this.buffer.length) {
      this.reversed.push(this.buffer.subarray(this.start));
    }
    this.buffer = this.buffer.subarray(0, this.start);
  }
}

function backwards<T>(list: readonly T[] = [], visit: (element: T) => void): void {
  for (let at = list.length - 1; at >= 0; at--) {
    visit(list[at] as T);
  }
}
