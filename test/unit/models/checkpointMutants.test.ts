import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ExplainError } from "../../../src/common/errors";
import { makeExplainable } from "../../../src/graph/explainable";
import { present } from "../../../src/graph/storedBytes";
import { adapterFiles } from "../../../src/models/adapter/adapterFolder";
import { readCheckpoint } from "../../../src/models/checkpoint/readCheckpoint";
import { openModelFolder } from "../../../src/models/folder";
import { ModelFiles } from "../../../src/models/modelFiles";
import { adapterGolden, writeAdapter } from "../../support/adapterCorpus";
import { checkpointGolden, safetensorsFile } from "../../support/checkpointCorpus";
import { byteDamages } from "../../support/mutation/bytes";
import { jsonDamages } from "../../support/mutation/json";
import { Choice } from "../../support/mutation/random";
import { writeNumberedWords } from "../../support/seq2seq";

const count = 1500;
const root = mkdtempSync(join(tmpdir(), "checkpoint-mutants-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Folders that open, and the files of each that are damaged. */
const originals = {
  whole: ["model.safetensors", "config.json"],
  split: ["model.safetensors.index.json", "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"],
  pair: ["model.safetensors", "config.json"],
  adapted: ["adapter_model.safetensors", "adapter_config.json", "model.safetensors"],
} as const;
const names = Object.keys(originals) as (keyof typeof originals)[];

/** Outcomes that tell a person what to do. */
const plain = [
  "opened",
  "model-file-corrupt",
  "model-file-unsafe",
  "model-missing",
  "model-unsupported",
  "task-unsupported",
];

beforeAll(() => {
  for (const [name, from] of [
    ["whole", "llama.next"],
    ["split", "bert.classes"],
    ["pair", "t5.written"],
  ] as const) {
    const folder = join(root, name);
    mkdirSync(folder);
    const { config, tensors } = checkpointGolden(from);
    writeFileSync(join(folder, "config.json"), JSON.stringify(config));
    if (name === "split") {
      const entries = Object.entries(tensors);
      const [files] = [originals.split.slice(1)];
      const map: Record<string, string> = {};
      for (const [index, file] of files.entries()) {
        const part = entries.filter((_, at) => at % files.length === index);
        writeFileSync(join(folder, file), safetensorsFile(Object.fromEntries(part), "BF16"));
        Object.assign(map, Object.fromEntries(part.map(([tensor]) => [tensor, file])));
      }
      writeFileSync(join(folder, "model.safetensors.index.json"), JSON.stringify({ metadata: {}, weight_map: map }));
    } else {
      writeFileSync(join(folder, "model.safetensors"), safetensorsFile(tensors, name === "pair" ? "F16" : "F32"));
    }
    writeNumberedWords(folder);
  }
  const adapted = join(root, "adapted");
  const golden = adapterGolden("bert.classes");
  writeAdapter(
    { ...golden, adapterConfig: { ...golden.adapterConfig, base_model_name_or_path: "." } },
    adapted,
    adapted,
  );
  writeNumberedWords(adapted);
});

/** Opens a folder and reads all of its weights; says how that ended. */
async function outcomeOf(directory: string): Promise<string> {
  try {
    const folder = await openModelFolder({ directory, file: null });
    const read = readCheckpoint(folder, new ModelFiles(folder), folder.adapter && adapterFiles(folder.adapter));
    makeExplainable(read);
    for (const { rawData } of read.graph.initialisers.values()) {
      present(rawData ?? new Uint8Array());
    }
    return "opened";
  } catch (error) {
    return error instanceof ExplainError ? error.reason : `threw ${error instanceof Error ? error.stack : error}`;
  }
}

/** Another header before the same data, with a length that fits unless told. */
function withHeader(file: Uint8Array, header: string, length?: bigint): Uint8Array {
  const bytes = Buffer.from(file);
  const data = bytes.subarray(8 + Number(bytes.readBigUInt64LE(0)));
  const start = Buffer.alloc(8);
  const json = Buffer.from(header);
  start.writeBigUInt64LE(BigInt.asUintN(64, length ?? BigInt(json.length)));
  return Buffer.concat([start, json, data]);
}

const headerOf = (file: Uint8Array) => {
  const bytes = Buffer.from(file);
  return bytes.subarray(8, 8 + Number(bytes.readBigUInt64LE(0))).toString();
};

type Damage = (file: Uint8Array, choice: Choice) => Uint8Array;
interface Entry {
  dtype?: unknown;
  shape?: unknown;
  data_offsets?: unknown;
}

/** A header in which the description of one tensor is another. */
const changed =
  (change: (entry: Entry, other: Entry, choice: Choice) => void): Damage =>
  (file, choice) => {
    const header: Record<string, Entry> = JSON.parse(headerOf(file));
    const keys = Object.keys(header).filter((key) => key !== "__metadata__");
    const [entry, other] = [header[choice.of(keys) ?? ""], header[choice.of(keys) ?? ""]];
    if (entry && other) {
      change(entry, other, choice);
    }
    return withHeader(file, JSON.stringify(header));
  };

const absurd = (choice: Choice) => Number(choice.absurd());

const tensorDamages: Readonly<Record<string, Damage>> = {
  "offsets lie": changed((entry, _, choice) => {
    entry.data_offsets = [absurd(choice), absurd(choice)];
  }),
  "two on the same bytes": changed((entry, other) => {
    entry.data_offsets = other.data_offsets;
    entry.shape = other.shape;
  }),
  "shape absurd": changed((entry, _, choice) => {
    entry.shape = Array.from({ length: choice.below(12) }, () => absurd(choice));
  }),
  "shape turned": changed((entry) => {
    entry.shape = Array.isArray(entry.shape) ? entry.shape.toReversed() : [];
  }),
  "other numbers": changed((entry, _, choice) => {
    entry.dtype = choice.of(["F64", "I8", "F8_E4M3", "BOOL", "BF16", "F16", "F32", 7, null, "__proto__"]);
  }),
  "length of the header lies": (file, choice) => withHeader(file, headerOf(file), choice.absurd()),
  "nested without end": (file, choice) =>
    withHeader(file, choice.of(["[", '{"a":'])?.repeat(1 + choice.below(200_000)) ?? ""),
  "named after what objects have": (file, choice) =>
    withHeader(
      file,
      headerOf(file).replace(/"[^"]+":\{"dtype/, `"${choice.of(["__proto__", "constructor", "toString"])}":{"dtype`),
    ),
};

/** The damages of a file by its name. */
function damagesOf(file: string): readonly Damage[] {
  const bytes = Object.values(byteDamages).map(
    (damage): Damage =>
      (original, choice) =>
        damage(original, choice, original),
  );
  const json = Object.values(jsonDamages);
  return file.endsWith(".json")
    ? json.map(
        (damage): Damage =>
          (original, choice) =>
            Buffer.from(damage(Buffer.from(original).toString(), choice)),
      )
    : [
        ...bytes,
        ...json.map(
          (damage): Damage =>
            (original, choice) =>
              withHeader(original, damage(headerOf(original), choice)),
        ),
        ...Object.values(tensorDamages),
      ];
}

describe("checkpoints and adapters that were damaged or written to do harm", () => {
  it.each(names)("come from one that opens: %s", async (name) => {
    expect(await outcomeOf(join(root, name))).toBe("opened");
  });

  it("open or are refused with a reason", { timeout: 600_000 }, async () => {
    const outcomes = new Map<string, number>();
    for (let number = 0; number < count; number++) {
      const name = names[number % names.length] ?? "whole";
      const choice = new Choice(number);
      const file = choice.of<string>(originals[name]) ?? "";
      const place = join(root, name, file);
      const original = readFileSync(place);
      writeFileSync(place, choice.of(damagesOf(file))?.(original, choice) ?? original);
      const outcome = await outcomeOf(join(root, name));
      writeFileSync(place, original);
      expect(plain, `${number}: ${name}, ${file}`).toContain(outcome);
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    }
    // Damage that all fails at the first check would test little.
    for (const outcome of ["opened", "model-file-corrupt", "model-file-unsafe", "model-unsupported"]) {
      expect(outcomes.get(outcome) ?? 0, outcome).toBeGreaterThan(5);
    }
    console.info([...outcomes].map(([outcome, times]) => `${outcome} ${times}`).join(", "));
  });

  it.each([
    ["../outside.safetensors"],
    ["/etc/passwd"],
    ["inner/model.safetensors"],
    ["C:\\model.safetensors"],
    ["pytorch_model.bin"],
    [""],
  ])("are refused where the index leads to %j", async (file) => {
    const place = join(root, "split", "model.safetensors.index.json");
    const original = readFileSync(place);
    writeFileSync(place, JSON.stringify({ weight_map: { "bert.pooler.dense.weight": file } }));
    expect(await outcomeOf(join(root, "split"))).toBe("model-file-unsafe");
    writeFileSync(place, original);
  });

  it.each([
    [
      "pytorch_model.bin",
      /^pytorch_model\.bin is never opened, since such files can run programs\. Turn it into .*save_pretrained/,
    ],
    ["pytorch_model-00001-of-00002.bin", /^pytorch_model-00001-of-00002\.bin is never opened/],
    ["tf_model.h5", /^tf_model\.h5 is of another framework .*from_pretrained\(folder, from_tf=True\)/],
    ["flax_model.msgpack", /^flax_model\.msgpack is of another framework .*from_pretrained\(folder, from_flax=True\)/],
    ["notes.txt", /^There is no \.onnx file and no model\.safetensors in /],
  ])("are said to be missing in a folder with %s alone, and how to make them", async (file, sentence) => {
    const directory = mkdtempSync(join(root, "other-"));
    writeFileSync(join(directory, "config.json"), "{}");
    writeFileSync(join(directory, file), "x");
    await expect(openModelFolder({ directory, file: null })).rejects.toThrow(sentence);
  });
});
