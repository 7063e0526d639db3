import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { writeTinyFolder } from "../tinyModel";
import { type JsonDamage, jsonDamages } from "./json";
import { mutant, type Original } from "./mutants";
import { canary, placeChanges } from "./places";
import { Choice } from "./random";
import { tokenizerConstructions } from "./tokenizers";

/** A model's folder made from a good one, and how. */
export interface FolderMutant {
  readonly kind: string;
  readonly original: string;
  /** Writes it to `folder`, which is there; `outside` must not be read. */
  write(folder: string, outside: string): void;
}

type Maker = (folder: string, outside: string, choice: Choice) => void;

function jsonMaker(name: string, damage: JsonDamage): Maker {
  return (folder, _, choice) => {
    const place = path.join(folder, name);
    writeFileSync(place, damage(readFileSync(place, "utf8"), choice), "latin1");
  };
}

const makers: readonly (readonly [string, Maker])[] = [
  ...["config.json", "tokenizer.json", "tokenizer_config.json"].flatMap((name) =>
    Object.entries(jsonDamages).map(([kind, damage]) => [`${name}: ${kind}`, jsonMaker(name, damage)] as const),
  ),
  ...Object.entries(tokenizerConstructions).map(([kind, change]): readonly [string, Maker] => [
    `tokenizer.json: ${kind}`,
    (folder, _, choice) => {
      const place = path.join(folder, "tokenizer.json");
      const tokenizer = JSON.parse(readFileSync(place, "utf8"));
      change(tokenizer, choice);
      writeFileSync(place, JSON.stringify(tokenizer));
    },
  ]),
  ...Object.entries(placeChanges),
];

const config = {
  architectures: ["BertForSequenceClassification"],
  model_type: "bert",
  id2label: { "0": "low", "1": "middle", "2": "high" },
  num_labels: 3,
  max_position_embeddings: 20,
  pad_token_id: 1,
  type_vocab_size: 2,
};
const tokenizerConfig = {
  model_max_length: 20,
  mask_token: "[MASK]",
  pad_token: { content: "[PAD]" },
  unk_token: "[UNK]",
};

/** A whole model's folder; its labels begin with `mark`. */
function writeFolder(folder: string, model: Uint8Array, mark = ""): void {
  mkdirSync(path.join(folder, "onnx"), { recursive: true });
  writeTinyFolder(folder);
  const labels = Object.fromEntries(Object.entries(config.id2label).map(([id, label]) => [id, `${mark}${label}`]));
  writeFileSync(path.join(folder, "config.json"), JSON.stringify({ ...config, id2label: labels }));
  writeFileSync(path.join(folder, "tokenizer_config.json"), JSON.stringify(tokenizerConfig));
  writeFileSync(path.join(folder, "onnx/model.onnx"), model);
}

/** Files beside a harmful model that it asks for, and links to a secret elsewhere. */
export function writeWeights(folder: string, outside: string): void {
  mkdirSync(path.join(folder, "folder"), { recursive: true });
  symlinkSync(path.join(outside, "secret.bin"), path.join(folder, "link.bin"));
  symlinkSync(outside, path.join(folder, "linkedFolder"));
  writeFileSync(path.join(folder, "weights.bin"), new Uint8Array(100_000));
  writeFileSync(path.join(folder, "empty.bin"), "");
}

/** The folder with that number, always the same one. */
export function folderMutant(number: number, from: readonly Original[]): FolderMutant {
  const choice = new Choice(number);
  if (number % 3 === 0) {
    const { kind, original, file } = mutant(number / 3, from);
    return {
      kind,
      original,
      write: (folder, outside) => {
        writeFolder(folder, file);
        writeWeights(path.join(folder, "onnx"), outside);
      },
    };
  }
  const [kind, make] = makers[(number - Math.ceil(number / 3)) % makers.length] ?? ["", () => undefined];
  const original = choice.of(from.filter(({ name }) => name.startsWith("bert")));
  if (!original) {
    throw new Error("There are no models to change.");
  }
  return {
    kind,
    original: original.name,
    write: (folder, outside) => {
      writeFolder(folder, original.file);
      make(folder, outside, choice);
    },
  };
}

/** A folder beside those that are explained, which nothing may read. */
export function writeOutside(outside: string, model: Uint8Array): void {
  writeFolder(outside, model, canary);
  writeFileSync(path.join(outside, "secret.bin"), canary.repeat(20_000));
}
