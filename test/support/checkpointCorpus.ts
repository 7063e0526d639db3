import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { corpusFolder, type StoredFloats } from "./corpus";

const folder = path.join(corpusFolder, "checkpoints");

/** What torch computes with one checkpoint; see test/corpus/checkpoints/make.py. */
export interface CheckpointGolden {
  readonly config: Readonly<Record<string, unknown>>;
  /** Sizes of the tensors that `transformers` saved, by name. */
  readonly tensors: Readonly<Record<string, readonly number[]>>;
  /** The tokens that the model writes for the first text, the likeliest each time, where it writes. */
  readonly written?: readonly number[];
  readonly inputs: Readonly<Record<string, readonly (readonly number[])[]>>;
  readonly outputs: Readonly<Record<string, StoredFloats>>;
  /** A direction in each output, of which the sum is differentiated. */
  readonly seeds: Readonly<Record<string, StoredFloats>>;
  readonly attention: readonly {
    readonly stream: "encoder" | "main";
    readonly kind: "self" | "cross";
    readonly layer: number;
    readonly value: StoredFloats;
  }[];
  /** With respect to the results of lookups in the table of words, in their order. */
  readonly gradients: readonly StoredFloats[];
}

/** The names of all checkpoints: architecture, head and changed setting with dots in between. */
export function checkpointNames(): readonly string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith(".json"))
    .map((file) => file.slice(0, -".json".length))
    .sort();
}

/** What torch computes with the checkpoint of a name. */
export function checkpointGolden(name: string): CheckpointGolden {
  return JSON.parse(readFileSync(path.join(folder, `${name}.json`), "utf8"));
}

/** How numbers are stored: all of {@link filledTensor} can be stored in each way without a loss. */
export type StoredType = "F32" | "F16" | "BF16";

/** The numbers of a tensor, made of its name as make.py makes them: mulberry32 over FNV-1a. */
function filledTensor(name: string, dims: readonly number[]): Float32Array {
  let seed = 2166136261;
  for (const byte of new TextEncoder().encode(name)) {
    seed = Math.imul(seed ^ byte, 16777619) >>> 0;
  }
  const isNorm = dims.length === 1 && name.endsWith("weight");
  const numbers = new Float32Array(dims.reduce((product, size) => product * size, 1));
  for (let i = 0; i < numbers.length; i++) {
    seed = (seed + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), seed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    const steps = Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * 129) - 64;
    numbers[i] = isNorm ? 1 + steps / 128 : steps / 256;
  }
  return numbers;
}

/** A safetensors file with the tensors of some names and sizes. */
export function safetensorsFile(
  tensors: Readonly<Record<string, readonly number[]>>,
  type: StoredType,
  numbersOf = filledTensor,
): Uint8Array {
  const header: Record<string, unknown> = { __metadata__: { format: "pt" } };
  const parts: Uint8Array[] = [];
  let offset = 0;
  for (const [name, dims] of Object.entries(tensors)) {
    const bytes = stored(numbersOf(name, dims), type);
    header[name] = { dtype: type, shape: dims, data_offsets: [offset, offset + bytes.length] };
    offset += bytes.length;
    parts.push(bytes);
  }
  const json = Buffer.from(JSON.stringify(header));
  const padded = Buffer.concat([json, Buffer.alloc((8 - (json.length % 8)) % 8, " ")]);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  return Buffer.concat([length, padded, ...parts]);
}

function stored(numbers: Float32Array, type: StoredType): Uint8Array {
  if (type === "F32") {
    return new Uint8Array(numbers.buffer);
  }
  const bits = new Uint32Array(numbers.buffer);
  return new Uint8Array(Uint16Array.from(bits, (word) => (type === "BF16" ? word >>> 16 : halfBits(word))).buffer);
}

/** The 16 bits of a number that a half holds without rounding, and that is none of its smallest. */
function halfBits(word: number): number {
  const exponent = (word >>> 23) & 255;
  return exponent === 0 ? 0 : ((word >>> 16) & 0x8000) | ((exponent - 112) << 10) | ((word >>> 13) & 1023);
}
