import { readFileSync } from "node:fs";
import path from "node:path";
import { corpusFiles, corpusModel } from "../corpus";
import { byteDamages } from "./bytes";
import { constructions } from "./constructions";
import { fieldDamages } from "./fields";
import { copyOf, fileOf, type Part, partsOf } from "./parts";
import { Choice } from "./random";

/** A file made from a good one, and how. */
export interface Mutant {
  readonly kind: string;
  readonly original: string;
  readonly file: Uint8Array;
}

/** A small model that the product explains. */
export interface Original {
  readonly name: string;
  readonly file: Uint8Array;
}

type Maker = (original: Uint8Array, choice: Choice, other: Uint8Array) => Uint8Array;

const changed =
  (change: (model: Part[], choice: Choice) => void): Maker =>
  (original, choice) => {
    const model = copyOf(partsOnce(original));
    change(model, choice);
    return fileOf(model);
  };

const parsed = new Map<Uint8Array, Part[]>();

function partsOnce(original: Uint8Array): Part[] {
  const parts = parsed.get(original) ?? partsOf(original);
  parsed.set(original, parts);
  return parts;
}

const makers: readonly (readonly [string, Maker])[] = [
  ...Object.entries(byteDamages),
  ...[...Object.entries(fieldDamages), ...Object.entries(constructions)].map(
    ([name, change]) => [name, changed(change)] as const,
  ),
];

/** The ways in which files are made, by name. */
export const mutantKinds: readonly string[] = makers.map(([name]) => name);

/** Models with few bytes and, among them, every kind of operator the corpus has. */
const fixtures = [
  "bert-eager-ts14",
  "gpt2-eager-ts17",
  "variants/bert-functions",
  "variants/bert-halfblocked",
  "variants/bert-multihead",
  "variants/bert-runtime",
  "variants/bert-dynamo23",
  "variants/llama-dynamo23",
  "variants/roberta-if",
  "variants/bert-nbits4a",
];
const ofCorpus =
  /^((albert|bert|debertav2|gpt2|modernbert|llama|mpnet|roberta)\..*\.dynamo18|bert\.eager\.ts17|gpt2\.eager\.ts17\.fused)\./;

/** The models that are changed; `repository` is the repository's folder. */
export function originals(repository: string): Original[] {
  const corpus = corpusFiles(path.join(repository, "test/corpus/models")).filter(({ label }) => ofCorpus.test(label));
  return [
    ...corpus.map((file) => ({ name: file.label, file: corpusModel(file) })),
    ...fixtures.map((name) => ({
      name,
      file: new Uint8Array(readFileSync(path.join(repository, "test/fixtures/graph", `${name}.onnx`))),
    })),
  ];
}

/** The file with that number, always the same one. */
export function mutant(number: number, from: readonly Original[]): Mutant {
  const [kind, make] = makers[number % makers.length] ?? ["", (file: Uint8Array) => file];
  const choice = new Choice(number);
  const [original, other] = [choice.of(from), choice.of(from)];
  if (!original || !other) {
    throw new Error("There are no models to change.");
  }
  return { kind, original: original.name, file: make(original.file, choice, other.file) };
}
