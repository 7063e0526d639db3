import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import { corpusFolder, type GoldenCase, type GoldenCases, type StoredFloats } from "./corpus";
import { writeTinyFolder } from "./tinyModel";

const folder = path.join(corpusFolder, "seq2seq");

/** What torch says of the log-probability of one output token at the last place of each row. */
interface LogProbability {
  readonly token: number;
  readonly values: StoredFloats;
  readonly source: StoredFloats;
  readonly output: StoredFloats;
}

/** What torch computes with a model of an encoder and a decoder. */
export type StreamCases = Readonly<
  Record<"single" | "right", GoldenCase & { readonly logProbability: LogProbability }>
> &
  GoldenCases;

/** The models of `test/corpus/seq2seq.py`. */
export const streamModels: readonly string[] = readdirSync(folder).flatMap((file) =>
  file.endsWith(".json") ? [path.basename(file, ".json")] : [],
);

/** The names of the decoders that each of them has, without ending. */
export const streamDecoders = ["decoder_model", "decoder_model_merged"] as const;

/** A file of a model, by its name without ending. */
export function streamFile(name: string, part: string): Buffer {
  return gunzipSync(readFileSync(path.join(folder, `${name}.${part}.onnx.gz`)));
}

/** What torch computes with a model. */
export function streamGolden(name: string): StreamCases {
  return JSON.parse(readFileSync(path.join(folder, `${name}.json`), "utf8"));
}

/** Writes a model's encoder and one of its decoders into a folder, with what {@link writeTinyFolder} writes. */
export function writeStreams(directory: string, name: string, decoder: string, config: object = {}): void {
  writeTinyFolder(directory, undefined, { is_encoder_decoder: true, ...config });
  for (const part of ["encoder_model", decoder]) {
    writeFileSync(path.join(directory, `${part}.onnx`), streamFile(name, part));
  }
}
