import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { DecodingSession } from "../../src/engine/generation/decodingSession";
import { ModelParts } from "../../src/engine/modelParts";
import type { ModelFolder } from "../../src/models/folder";

const golden = new URL("../golden/generation/", import.meta.url);
const read = (name: string) => gunzipSync(readFileSync(new URL(name, golden)));

interface Generated {
  readonly ids: readonly number[];
  readonly tokens: readonly number[];
  readonly logProbabilities: readonly number[];
}

const generated = JSON.parse(read("generated.json.gz").toString()) as Record<
  string,
  { readonly cases: readonly Generated[] }
>;

const place = mkdtempSync(join(tmpdir(), "generation-"));
afterAll(() => rmSync(place, { recursive: true, force: true }));

/** A folder with files of a model; the first is chosen. */
function folderOf(model: string, files: Readonly<Record<string, string>>): ModelFolder {
  const directory = join(place, `${model}-${Object.values(files).join("-")}`);
  mkdirSync(directory, { recursive: true });
  for (const [name, kind] of Object.entries(files)) {
    writeFileSync(join(directory, name), read(`models/${model}.${kind}.onnx.gz`));
  }
  const [file = ""] = Object.keys(files);
  return { directory, file, files: Object.keys(files) } as unknown as ModelFolder;
}

const forms: readonly (readonly [string, string, Readonly<Record<string, string>>, boolean])[] = [
  ...Object.keys(generated).flatMap((model) => [
    [model, "past", { "model.onnx": "past" }, true] as const,
    [model, "plain", { "model.onnx": "plain" }, false] as const,
  ]),
  ["gpt2", "merged", { "decoder_model_merged.onnx": "merged" }, true],
  ["gpt2", "pair", { "decoder_model.onnx": "first", "decoder_with_past_model.onnx": "next" }, true],
  ["gpt2", "half", { "decoder_model.onnx": "first" }, false],
];

describe.each(forms)("%s as %s", (model, _, files, keepsPast) => {
  it("goes on with texts as transformers does", async () => {
    const session = await DecodingSession.load(new ModelParts(folderOf(model, files)), { threads: 1 });
    expect(session.keepsPast).toBe(keepsPast);
    for (const { ids, tokens, logProbabilities } of generated[model]?.cases ?? []) {
      const decoding = session.begin();
      let logits = await decoding.next(ids);
      for (const [step, token] of tokens.entries()) {
        expect(logits.indexOf(Math.max(...logits))).toBe(token);
        const sum = logits.reduce((total, logit) => total + Math.exp(logit), 0);
        expect((logits[token] ?? 0) - Math.log(sum)).toBeCloseTo(logProbabilities[step] ?? 0, 4);
        logits = await decoding.next([token]);
      }
    }
    await session.release();
  });
});

/** A model of the corpus. */
function corpusParts(name: string): ModelParts {
  const directory = mkdtempSync(join(place, "corpus-"));
  const file = gunzipSync(readFileSync(new URL(`../corpus/models/${name}.fp32.onnx.gz`, import.meta.url)));
  writeFileSync(join(directory, "model.onnx"), file);
  return new ModelParts({ directory, file: "model.onnx", files: ["model.onnx"] } as unknown as ModelFolder);
}

describe.each([
  "llamagrouped.grouped.genai",
  "llamapast.sdpa.optimum",
  "llamapast.sdpa.dynamo18",
  "gpt2past.sdpa.dynamo18",
])("%s", (name) => {
  it("answers the same for a text at once and token by token", async () => {
    const session = await DecodingSession.load(corpusParts(name), { threads: 1 });
    expect(session.keepsPast).toBe(true);
    const ids = [0, 17, 33, 8, 41, 25, 9, 52];
    const whole = await session.begin().next(ids);
    const growing = session.begin();
    await growing.next(ids.slice(0, 3));
    await growing.next(ids.slice(3, 5));
    await growing.next(ids.slice(5, 7));
    const last = await growing.next(ids.slice(7));
    expect(Math.max(...last.map((logit, index) => Math.abs(logit - (whole[index] ?? 0))))).toBeLessThan(1e-5);
    await session.release();
  });
});

describe("files that keep earlier tokens in another way", () => {
  it("are refused where the cache is a ring", async () => {
    const loading = DecodingSession.load(corpusParts("gemma2grouped.grouped.genai"), { threads: 1 });
    await expect(loading).rejects.toMatchObject({ reason: "model-unsupported" });
  });

  it("are refused where they only go on with a text", async () => {
    const folder = folderOf("gpt2", { "decoder_with_past_model.onnx": "next" });
    const loading = DecodingSession.load(new ModelParts(folder), { threads: 1 });
    await expect(loading).rejects.toMatchObject({ reason: "model-missing" });
  });
});
