import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import { modelOf } from "../../src/graph/graph";
import { writeModel } from "../../src/graph/modelFile";
import { constantIf } from "../../src/graph/passes/constantIf";
import { prune } from "../../src/graph/passes/prune";
import { joinChunks } from "../../src/graph/protobufWriter";
import { readShipped } from "../../src/graph/readGraph";
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

/** What a model writes for the first text: the token its decoder begins with, and the likeliest token each time. */
interface Written {
  readonly begins: number;
  readonly tokens: readonly number[];
  readonly logProbabilities: readonly number[];
  /** What beam search writes as settings ask. */
  readonly searched: readonly { readonly asked: object; readonly tokens: readonly number[] }[];
  /** What is written in a language: where the decoder begins with its token, and where that is forced to be the first. */
  readonly told: { readonly language: number; readonly begun: readonly number[]; readonly forced: readonly number[] };
  /** What is written of the text behind a prefix, and gradient × input of the third token of it. */
  readonly prefixed: {
    readonly ids: readonly number[];
    readonly tokens: readonly number[];
    readonly gradientXInput: readonly number[];
  };
  /** The third of them: its logit, and gradient × input of the words of the text, of the token to begin with and of the two before. */
  readonly third: { readonly logit: number; readonly gradientXInput: readonly number[] };
}

interface StreamCase extends GoldenCase {
  readonly logProbability: LogProbability;
  readonly written: Written;
}

/** What torch computes with a model of an encoder and a decoder. */
export type StreamCases = Readonly<Record<"single" | "right", StreamCase>> & GoldenCases;

/** The models of `test/corpus/seq2seq.py`. */
export const streamModels: readonly string[] = readdirSync(folder).flatMap((file) =>
  file.endsWith(".json") ? [path.basename(file, ".json")] : [],
);

/** The class that each of them was made of. */
export const streamArchitectures: Readonly<Record<string, string>> = {
  bart: "BartForConditionalGeneration",
  marian: "MarianMTModel",
  mbart: "MBartForConditionalGeneration",
  t5: "T5ForConditionalGeneration",
  t5untied: "T5ForConditionalGeneration",
};

/** The names of the decoders that each of them has, without ending. */
export const streamDecoders = ["decoder_model", "decoder_model_merged"] as const;

/** A file of a model, by its name without ending. */
export function streamFile(name: string, part: string): Buffer {
  return gunzipSync(readFileSync(path.join(folder, `${name}.${part}.onnx.gz`)));
}

/** The branch of a merged decoder that goes on with a text, as a file of its own: optimum merges the two without a change. */
export function streamWithPast(name: string): Uint8Array {
  const graph = constantIf(readShipped(streamFile(name, "decoder_model_merged")), true);
  const outputs = graph.outputs.filter((output) => !output.name?.includes(".encoder."));
  return joinChunks(writeModel(modelOf(prune({ ...graph, outputs }))));
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

/** What a folder says of a model: the class, tokens that stand for languages by their ids, and what else is in config.json. */
interface StreamFolder {
  readonly architecture: string;
  readonly languages?: Readonly<Record<number, string>>;
  readonly config?: object;
}

/** A tokenizer of words that are numbers, "t0" to "t59", without special tokens around a text, and the models' configuration. */
export function writeStreamFolder(
  directory: string,
  name: string,
  decoder: string,
  { architecture, languages = {}, config = {} }: StreamFolder,
): void {
  const { begins } = streamGolden(name).single.written;
  writeStreams(directory, name, decoder, {
    architectures: [architecture],
    decoder_start_token_id: begins,
    eos_token_id: 2,
    max_position_embeddings: 24,
    ...config,
  });
  writeNumberedWords(directory, languages);
}

/** A tokenizer of words that are numbers, "t0" to "t59", without special tokens around a text; some of them are languages. */
export function writeNumberedWords(directory: string, languages: Readonly<Record<number, string>> = {}): void {
  const vocab = Object.fromEntries(Array.from({ length: 60 }, (_, id) => [languages[id] ?? `t${id}`, id]));
  const tokenizer = {
    version: "1.0",
    added_tokens: Object.entries(languages).map(([id, content]) => ({ id: Number(id), content, special: true })),
    normalizer: null,
    pre_tokenizer: { type: "WhitespaceSplit" },
    post_processor: null,
    decoder: null,
    model: { type: "WordLevel", vocab, unk_token: "t3" },
  };
  writeFileSync(path.join(directory, "tokenizer.json"), JSON.stringify(tokenizer));
  const special = { eos_token: "t2", pad_token: "t1", unk_token: "t3" };
  writeFileSync(path.join(directory, "tokenizer_config.json"), JSON.stringify(special));
}
