import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";

/** Where the corpus lies; bundled scripts pass their own root. */
export const corpusFolder = fileURLToPath(new URL("../corpus", import.meta.url));

/** One exported file of the corpus. */
export interface CorpusFile {
  readonly path: string;
  /** Its name: architecture, attention, way and variant with dots in between. */
  readonly label: string;
  readonly architecture: string;
  /** `eager` or `sdpa`: how the class that was exported computes attention; `grouped` where a tool wrote an operator of its own. */
  readonly attention: string;
  /** Exporter and operator set, such as `ts17` or `dynamo18`, or the tool that wrote the file. */
  readonly way: string;
  /** `fp32`, or how the exported file was changed afterwards. */
  readonly variant: string;
}

/** A tensor as the goldens hold it: float32, little-endian. */
export interface StoredFloats {
  readonly dims: readonly number[];
  readonly base64: string;
}

/** An inner tensor of a model: what torch has there, and the gradient of each target with respect to it. */
export interface GoldenTensor {
  /** `embedding` is the result of a lookup of words, before anything that scales it. */
  readonly what: "embedding" | "hidden" | "attention";
  readonly stream: "encoder" | "main";
  readonly kind: "lookup" | "state" | "self" | "cross";
  readonly layer: number;
  readonly value: StoredFloats;
  readonly gradients: Readonly<Record<string, StoredFloats>>;
}

/** What torch is fed at once. */
export interface Batch {
  /** Whole numbers row by row, or the states of an encoder. */
  readonly inputs: Readonly<Record<string, readonly (readonly number[])[] | StoredFloats>>;
}

/** What torch computes for one batch. */
export interface GoldenCase extends Batch {
  readonly logits: StoredFloats;
  /** Name of a target → the direction in the logits whose gradient is taken. */
  readonly seeds: Readonly<Record<string, StoredFloats>>;
  readonly tensors: readonly GoldenTensor[];
}

/** `single` is the last text of the two others alone; `right` and `left` are padded on that side, which not every file can do. */
export type GoldenCases = Readonly<Record<"single" | "right", GoldenCase> & { left?: GoldenCase }>;

/** Which tokens of each text are no padding: of the text, or of what a decoder alone looks at. */
export function realTokens({ inputs }: GoldenCase): readonly (readonly number[])[] {
  const mask = inputs.attention_mask ?? inputs.encoder_attention_mask ?? [];
  return "dims" in mask ? [] : mask;
}

/** The files in a folder of the corpus, in the order of their names. */
export function corpusFiles(folder: string): CorpusFile[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith(".onnx.gz"))
    .sort()
    .map((file) => {
      const [architecture = "", attention = "", way = "", variant = ""] = file.split(".");
      return {
        path: path.join(folder, file),
        label: file.slice(0, -".onnx.gz".length),
        architecture,
        attention,
        way,
        variant,
      };
    });
}

/** The bytes of a model of the corpus. */
export function corpusModel(file: CorpusFile): Uint8Array {
  return gunzipSync(readFileSync(file.path));
}

/** What torch computes with the weights of `file`: its own where it is quantised, else those of the architecture. */
export function corpusGolden(file: CorpusFile, corpus: string): GoldenCases {
  const own = path.join(corpus, "goldens", `${file.architecture}.${file.variant}.json`);
  const parents = path.join(corpus, "goldens", `${file.architecture}.fp32.json`);
  return JSON.parse(readFileSync(existsSync(own) ? own : parents, "utf8"));
}

/** The numbers of a stored tensor. */
export function storedFloats({ base64 }: StoredFloats): Float32Array {
  return new Float32Array(Uint8Array.from(Buffer.from(base64, "base64")).buffer);
}
