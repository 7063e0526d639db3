import { modelSchema } from "../../../src/graph/onnxSchema";
import { fieldsInOrder, type Schema } from "../../../src/graph/protobuf";

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

const longestVarint = 10;

/** The fields of a model file. The file must be whole. */
export function partsOf(file: Uint8Array, schema: Schema<object> = modelSchema): Part[] {
  const byNumber = new Map(fieldsInOrder(schema).map((field) => [field.number, field]));
  const parts: Part[] = [];
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = file[at++] ?? 0;
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) {
        return value;
      }
    }
  };
  while (at < file.length) {
    const tag = Number(varint());
    const [number, wire] = [tag >> 3, tag & 7];
    const field = byNumber.get(number);
    const part = { number, wire, property: field?.property ?? "" };
    if (wire === 0) {
      parts.push({ ...part, value: varint() });
      continue;
    }
    const length = wire === 2 ? Number(varint()) : wire === 1 ? 8 : 4;
    const bytes = file.subarray(at, at + length);
    at += length;
    const nested = wire === 2 && typeof field?.kind === "function" ? field.kind() : undefined;
    parts.push({ ...part, value: nested ? partsOf(bytes, nested) : bytes });
  }
  return parts;
}

/** The file of fields, with true lengths but where another is claimed. */
export function fileOf(parts: readonly Part[]): Uint8Array<ArrayBuffer> {
  const chunks = chunksOf(parts);
  const file = new Uint8Array(chunks.reduce((size, chunk) => size + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    file.set(chunk, at);
    at += chunk.length;
  }
  return file;
}

function chunksOf(parts: readonly Part[]): Uint8Array[] {
  return parts.flatMap(({ number, wire, value, claimed }) => {
    const tag = varintBytes(BigInt(number * 8 + wire));
    if (typeof value === "bigint") {
      return [tag, varintBytes(value)];
    }
    const content = value instanceof Uint8Array ? [value] : chunksOf(value);
    const length = content.reduce((size, chunk) => size + chunk.length, 0);
    return [tag, ...(wire === 2 ? [varintBytes(claimed ?? BigInt(length))] : []), ...content];
  });
}

/** A number as a varint; negative ones take ten bytes. */
export function varintBytes(value: bigint): Uint8Array {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  while (rest > 127n && bytes.length < longestVarint) {
    bytes.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  return Uint8Array.from([...bytes, Number(rest)]);
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
