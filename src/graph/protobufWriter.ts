import { type Field, fieldsInOrder, type Schema, wire } from "./protobuf";
import { copyBytes, present } from "./storedBytes";

/** Views at least this long go into the chunk list as they are; shorter ones are copied together. */
const shortest = 4096;

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
    for (const bytes of (values.unknown as readonly Uint8Array[] | undefined)?.toReversed() ?? []) {
      this.raw(bytes);
    }
    for (const { property, number, kind, repeated } of fieldsInOrder(of).toReversed()) {
      const value = values[property];
      if (repeated) {
        for (const element of (value as readonly unknown[]).toReversed()) {
          this.field(number, kind, element);
        }
      } else if (value !== undefined) {
        this.field(number, kind, value);
      }
    }
  }

  private field(number: number, kind: Field[1], value: unknown): void {
    if (kind === "int" || kind === "bigint") {
      this.varint(BigInt(value as number | bigint));
      this.tag(number, wire.varint);
    } else if (kind === "float") {
      const bytes = new Uint8Array(4);
      new DataView(bytes.buffer).setFloat32(0, value as number, true);
      this.raw(bytes);
      this.tag(number, wire.fixed32);
    } else {
      const end = this.size;
      if (typeof kind === "function") {
        this.message(kind(), value as object);
      } else {
        this.raw(kind === "string" ? new TextEncoder().encode(value as string) : (value as Uint8Array));
      }
      this.varint(BigInt(this.size - end));
      this.tag(number, wire.bytes);
    }
  }

  private tag(number: number, wireType: number): void {
    this.varint(BigInt(number * 8 + wireType));
  }

  private varint(value: bigint): void {
    let rest = BigInt.asUintN(64, value);
    const bytes: number[] = [];
    while (rest > 0x7fn) {
      bytes.push(Number(rest & 0x7fn) | 0x80);
      rest >>= 7n;
    }
    bytes.push(Number(rest));
    this.raw(bytes);
  }

  private raw(bytes: Uint8Array | readonly number[]): void {
    this.size += bytes.length;
    if (bytes instanceof Uint8Array && bytes.length >= shortest) {
      this.flush();
      this.reversed.push(bytes);
      return;
    }
    if (bytes.length > this.start) {
      this.flush();
      this.buffer = new Uint8Array(16 * shortest);
      this.start = this.buffer.length;
    }
    this.start -= bytes.length;
    this.buffer.set(bytes instanceof Uint8Array ? present(bytes) : bytes, this.start);
  }

  private flush(): void {
    if (this.start < this.buffer.length) {
      this.reversed.push(this.buffer.subarray(this.start));
    }
    this.buffer = this.buffer.subarray(0, this.start);
  }
}
