import { modelSchema } from "../../../src/graph/onnxSchema";
import { fieldsInOrder, type Schema } from "../../../src/graph/protobufSchema";

/** One field of a message as it lies in a file, open to any change: a wrong length, a number of any size, bytes that are no text. */
export interface Part {
  number: number;
  /** Its name in the schema; empty where the schema does not name it. */
  property: string;
  wire: number;
  value: bigint | Uint8Array | Part[];
  /** The length that is written instead of the true one. */
  claimed?: bigint;
}

/** The fields of a model file. The file must be whole. */
export function partsOf(file: Uint8Array, schema: Schema<object> = modelSchema): Part[] {
  const byNumber = new Map(fieldsInOrder(schema).map((field) => [field.number, field]));
  const parts: Part[] = [];
  let at = 0;
  const small = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = file[at++] ?? 0;
      value += (byte & 127) * scale;
      if (byte < 128) {
        return value;
      }
    }
  };
  const varint = (): bigint => {
    const start = at;
    const value = small();
    return at - start < 8 ? BigInt(value) : varintOf(file.subarray(start, at));
  };
  while (at < file.length) {
    const tag = small();
    const [number, wire] = [tag >> 3, tag & 7];
    const field = byNumber.get(number);
    const part = { number, wire, property: field?.property ?? "" };
    if (wire === 0) {
      parts.push({ ...part, value: varint() });
      continue;
    }
    const length = wire === 2 ? small() : wire === 1 ? 8 : 4;
    const bytes = file.subarray(at, at + length);
    at += length;
    const nested = wire === 2 && typeof field?.kind === "function" ? field.kind() : undefined;
    parts.push({ ...part, value: nested ? partsOf(bytes, nested) : bytes });
  }
  return parts;
}

function varintOf(bytes: Uint8Array): bigint {
  return bytes.reduceRight((value, byte) => (value << 7n) | BigInt(byte & 127), 0n);
}

/** The file of fields, with true lengths but where another is claimed. */
export function fileOf(parts: readonly Part[]): Uint8Array<ArrayBuffer> {
  const sizes = new Map<Part, number>();
  const file = new Uint8Array(contentSize(parts, sizes));
  write(parts, file, 0, sizes);
  return file;
}

/** Bytes of fields; `sizes` gets what each of them holds, without its tag and length. */
function contentSize(parts: readonly Part[], sizes: Map<Part, number>): number {
  let total = 0;
  for (const one of parts) {
    const { value, wire } = one;
    const size =
      typeof value === "bigint"
        ? varintSize(value)
        : value instanceof Uint8Array
          ? value.length
          : contentSize(value, sizes);
    sizes.set(one, size);
    const length = one.claimed === undefined ? smallSize(size) : varintSize(one.claimed);
    total += smallSize(tagOf(one)) + (wire === 2 ? length : 0) + size;
  }
  return total;
}

/** Writes fields and returns where they end. */
function write(parts: readonly Part[], file: Uint8Array, start: number, sizes: ReadonlyMap<Part, number>): number {
  let at = start;
  const small = (number: number) => {
    let rest = number;
    for (; rest > 127; rest = Math.floor(rest / 128)) {
      file[at++] = (rest & 127) | 128;
    }
    file[at++] = rest;
  };
  const varint = (number: bigint) => {
    if (number >= 0n && number < 2n ** 31n) {
      small(Number(number));
    } else {
      file.set(varintBytes(number), at);
      at += varintBytes(number).length;
    }
  };
  for (const one of parts) {
    small(tagOf(one));
    if (typeof one.value === "bigint") {
      varint(one.value);
      continue;
    }
    if (one.claimed !== undefined) {
      varint(one.claimed);
    } else if (one.wire === 2) {
      small(sizes.get(one) ?? 0);
    }
    if (one.value instanceof Uint8Array) {
      file.set(one.value, at);
      at += one.value.length;
    } else {
      at = write(one.value, file, at, sizes);
    }
  }
  return at;
}

const tagOf = ({ number, wire }: Part): number => number * 8 + wire;

function varintSize(value: bigint): number {
  return value >= 0n && value < 2n ** 31n ? smallSize(Number(value)) : varintBytes(value).length;
}

function smallSize(value: number): number {
  let size = 1;
  for (let rest = value; rest > 127; rest = Math.floor(rest / 128)) {
    size++;
  }
  return size;
}

/** A number as a varint; negative ones take ten bytes. */
function varintBytes(value: bigint): Uint8Array {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  while (rest > 127n) {
    bytes.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  return Uint8Array.from([...bytes, Number(rest)]);
}

/** The same fields, to be changed without changing those. */
export function copyOf(parts: readonly Part[]): Part[] {
  return parts.map((one) => ({ ...one, value: Array.isArray(one.value) ? copyOf(one.value) : one.value }));
}

/** A field that holds a message, text, bytes or a number. */
export function part(number: number, property: string, value: string | bigint | Uint8Array | Part[]): Part {
  const plain = typeof value === "string" ? new TextEncoder().encode(value) : value;
  return { number, property, wire: typeof plain === "bigint" ? 0 : 2, value: plain };
}

/** The fields inside a message. */
export function inside(message: Part | undefined): Part[] {
  return Array.isArray(message?.value) ? message.value : [];
}

/** The fields of that name directly in one of the messages. */
export function named(parts: readonly Part[], property: string): Part[] {
  return parts.filter((one) => one.property === property);
}

/** All fields at any depth for which `wanted` holds. */
export function everywhere(parts: readonly Part[], wanted: (one: Part) => boolean): Part[] {
  return parts.flatMap((one) => [...(wanted(one) ? [one] : []), ...everywhere(inside(one), wanted)]);
}

/** The text of a field. */
export function textOf(one: Part | undefined): string {
  return one?.value instanceof Uint8Array ? new TextDecoder().decode(one.value) : "";
}

/** The fields of the graph. */
export function graphParts(model: readonly Part[]): Part[] {
  return inside(named(model, "graph")[0]);
}
