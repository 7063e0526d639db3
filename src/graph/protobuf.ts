import { type NamedField, planOf, type Schema, wire } from "./protobufSchema";
import { corrupt } from "./refusal";

const deepest = 100;
const largestDescription = 96 * 2 ** 20;
const none: readonly never[] = Object.freeze([]);
const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Decodes a message; every `bytes` value is a view into `file`. Throws `model-file-corrupt` for anything malformed, for nesting
 * deeper than 100 and for files that describe more than about a hundred megabytes of objects, so memory and time stay bounded.
 */
export function decode<T extends object>(of: Schema<T>, file: Uint8Array): T {
  return new Decoder(file).message(of, 0, file.length, 0);
}

class Decoder {
  private position = 0;
  /** The last varint, as two halves: `high` signed, `low` unsigned. */
  private low = 0;
  private high = 0;
  private remaining = largestDescription;
  private readonly view: DataView;

  constructor(private readonly file: Uint8Array) {
    this.view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  }

  message<T extends object>(of: Schema<T>, start: number, end: number, depth: number): T {
    if (depth > deepest) {
      throw corrupt("its parts are nested too deeply");
    }
    const plan = planOf(of);
    this.spend(64 + 8 * plan.inOrder.length);
    const result: Record<string, unknown> = {};
    for (const property of plan.repeated) {
      result[property] = none;
    }
    let unknown: Uint8Array[] | undefined;
    this.position = start;
    while (this.position < end) {
      const tagStart = this.position;
      const tag = this.length(end);
      const wireType = tag & 7;
      const number = Math.floor(tag / 8);
      const field = plan.byNumber[number];
      if (number === 0) {
        throw corrupt(`a field of ${of.name} has no number`);
      }
      if (field) {
        this.field(of, field, wireType, end, depth, result);
      } else {
        this.skip(wireType, end);
        this.spend(128);
        unknown ??= [];
        unknown.push(this.file.subarray(tagStart, this.position));
      }
    }
    if (unknown) {
      result.unknown = unknown;
    }
    return result as T;
  }

  private field(
    of: Schema<object>,
    { property, kind, repeated }: NamedField,
    wireType: number,
    end: number,
    depth: number,
    result: Record<string, unknown>,
  ): void {
    if (kind === "packed") {
      result[property] = this.packed(wireType, end, result[property]);
      return;
    }
    const packable = kind === "int" || kind === "bigint" || kind === "float";
    if (packable && repeated && wireType === wire.bytes) {
      const stop = this.length(end) + this.position;
      this.within(stop, end);
      while (this.position < stop) {
        this.append(result, property, this.number(kind, stop));
      }
      return;
    }
    const expected = kind === "float" ? wire.fixed32 : packable ? wire.varint : wire.bytes;
    if (wireType !== expected) {
      throw corrupt(`the field ${property} of ${of.name} is stored the wrong way`);
    }
    const value = packable ? this.number(kind, end) : this.lengthDelimited(kind, end, depth);
    if (repeated) {
      this.append(result, property, value);
    } else if (typeof kind === "function" && result[property] !== undefined) {
      throw corrupt(`the field ${property} of ${of.name} is there twice`);
    } else {
      result[property] = value;
    }
  }

  private lengthDelimited(kind: "string" | "bytes" | (() => Schema<object>), end: number, depth: number): unknown {
    const length = this.length(end);
    const start = this.position;
    const stop = start + length;
    this.within(stop, end);
    if (typeof kind === "function") {
      const message = this.message(kind(), start, stop, depth + 1);
      this.position = stop;
      return message;
    }
    this.position = stop;
    const bytes = this.file.subarray(start, stop);
    this.spend(kind === "bytes" ? 128 : 32 + length);
    return kind === "bytes" ? bytes : decodeText(bytes);
  }

  /** Numbers may come as one run or one by one; runs stay views, single ones are joined. */
  private packed(wireType: number, end: number, before: unknown): Uint8Array {
    const start = wireType === wire.bytes ? this.length(end) + this.position : this.position;
    const from = this.position;
    if (wireType === wire.bytes) {
      this.within(start, end);
      this.position = start;
    } else {
      this.skip(wireType, end);
    }
    const run = this.file.subarray(from, this.position);
    if (!(before instanceof Uint8Array)) {
      return run;
    }
    this.spend(before.length + run.length);
    const joined = new Uint8Array(before.length + run.length);
    joined.set(before);
    joined.set(run, before.length);
    return joined;
  }

  private append(result: Record<string, unknown>, property: string, value: unknown): void {
    this.spend(16);
    const list = result[property];
    if (list === none || !Array.isArray(list)) {
      result[property] = [value];
    } else {
      list.push(value);
    }
  }

  private number(kind: "int" | "bigint" | "float", end: number): number | bigint {
    if (kind === "float") {
      this.within(this.position + 4, end);
      const value = this.view.getFloat32(this.position, true);
      this.position += 4;
      return value;
    }
    this.varint(end);
    if (kind === "bigint") {
      this.spend(24);
      return BigInt(this.high) * 0x1_0000_0000n + BigInt(this.low);
    }
    const value = this.high * 0x1_0000_0000 + this.low;
    if (!Number.isSafeInteger(value)) {
      throw corrupt("a number in it is absurdly large");
    }
    return value;
  }

  /** An unsigned varint that counts bytes or names a field. */
  private length(end: number): number {
    this.varint(end);
    const value = (this.high >>> 0) * 0x1_0000_0000 + this.low;
    if (!Number.isSafeInteger(value)) {
      throw corrupt("a length in it is absurdly large");
    }
    return value;
  }

  private varint(end: number): void {
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      this.within(this.position + 1, end);
      const byte = this.file[this.position++] as number;
      const bits = byte & 0x7f;
      if (shift < 28) {
        low |= bits << shift;
      } else if (shift === 28) {
        low |= bits << 28;
        high |= bits >> 4;
      } else if (shift < 63 || bits < 2) {
        high |= bits << (shift - 32);
      } else {
        throw corrupt("a number in it has too many digits");
      }
      if (byte < 0x80) {
        this.low = low >>> 0;
        this.high = high;
        return;
      }
    }
    throw corrupt("a number in it has too many digits");
  }

  private skip(wireType: number, end: number): void {
    if (wireType === wire.varint) {
      this.varint(end);
    } else if (wireType === wire.fixed64 || wireType === wire.fixed32 || wireType === wire.bytes) {
      const length = wireType === wire.fixed64 ? 8 : wireType === wire.fixed32 ? 4 : this.length(end);
      this.within(this.position + length, end);
      this.position += length;
    } else {
      throw corrupt("a field in it has an unknown form");
    }
  }

  private within(position: number, end: number): void {
    if (position > end) {
      throw corrupt("it ends in the middle of something or gives a length that is too large");
    }
  }

  private spend(bytes: number): void {
    this.remaining -= bytes;
    if (this.remaining < 0) {
      throw corrupt("it describes more parts than any known model has");
    }
  }
}

function decodeText(bytes: Uint8Array): string {
  try {
    return text.decode(bytes);
  } catch {
    throw corrupt("a name in it is not UTF-8 text");
  }
}
