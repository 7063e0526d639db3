import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readSentenceModules } from "../../../src/models/sentenceModules";
import { reasonOf } from "../../support/reasonOf";

const saved = join(import.meta.dirname, "../../golden/sentences/model");
const module = (type: string, path: string) => ({
  idx: 0,
  name: "0",
  path,
  type: `sentence_transformers.models.${type}`,
});
const plain = { ways: ["mean"], further: null, maxTokens: null, lowerCases: false, prompt: "" };

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "explain-test-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(files: Readonly<Record<string, unknown>>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(folder, name, ".."), { recursive: true });
    writeFileSync(join(folder, name), JSON.stringify(content));
  }
}

describe("how a folder says that a text becomes one embedding", () => {
  it("is read as sentence-transformers saves it", () => {
    expect(readSentenceModules(saved)).toEqual(plain);
  });

  it("is refused where a pooling is named that is missing, or says ways that are not known", () => {
    write({ "modules.json": [module("Transformer", ""), module("Pooling", "1_Pooling")] });
    expect(reasonOf(() => readSentenceModules(folder))).toBe("model-file-corrupt");
    write({ "1_Pooling/config.json": { pooling_mode_strange_tokens: true } });
    expect(reasonOf(() => readSentenceModules(folder))).toBe("model-file-corrupt");
    write({ "1_Pooling/config.json": { pooling_mode_strange_tokens: false, pooling_mode_max_tokens: true } });
    expect(readSentenceModules(folder)).toEqual({ ...plain, ways: ["max"] });
  });

  it("is read by the names that sentence-transformers gave the file of lengths and letters, the usual one first", () => {
    write({ "1_Pooling/config.json": {}, "sentence_roberta_config.json": { max_seq_length: 8, do_lower_case: true } });
    expect(readSentenceModules(folder)).toEqual({ ...plain, maxTokens: 8, lowerCases: true });
    write({ "sentence_bert_config.json": { max_seq_length: 9 } });
    expect(readSentenceModules(folder)).toEqual({ ...plain, maxTokens: 9 });
  });

  it("is nothing for a folder without pooling", () => {
    write({ "config.json": {} });
    expect(readSentenceModules(folder)).toBeNull();
    write({ "modules.json": [module("Transformer", "")] });
    expect(readSentenceModules(folder)).toBeNull();
  });

  it("is read in its older form, with the length and letters of texts and the words before them", () => {
    write({
      "modules.json": [module("Transformer", ""), module("Pooling", "1_Pooling"), module("Normalize", "2_Normalize")],
      "1_Pooling/config.json": {
        word_embedding_dimension: 384,
        pooling_mode_cls_token: false,
        pooling_mode_mean_tokens: true,
        pooling_mode_max_tokens: true,
        pooling_mode_mean_sqrt_len_tokens: false,
      },
      "sentence_bert_config.json": { max_seq_length: 256, do_lower_case: true },
      "config_sentence_transformers.json": { prompts: { query: "query: ", other: "" }, default_prompt_name: "query" },
    });
    const expected = { ways: ["max", "mean"], further: null, maxTokens: 256, lowerCases: true, prompt: "query: " };
    expect(readSentenceModules(folder)).toEqual(expected);
  });

  it("names what comes after pooling and is not in the graph", () => {
    write({
      "modules.json": [
        module("Transformer", ""),
        module("Pooling", "pool"),
        module("Dense", "2_Dense"),
        module("Normalize", ""),
      ],
      "pool/config.json": { pooling_mode: ["cls", "lasttoken"] },
    });
    expect(readSentenceModules(folder)).toEqual({ ...plain, ways: ["first", "last"], further: "Dense" });
  });

  it.each([
    [{ "modules.json": {}, "1_Pooling/config.json": {} }],
    [{ "modules.json": [{ type: 3 }], "1_Pooling/config.json": {} }],
    [{ "1_Pooling/config.json": { pooling_mode: "median" } }],
    [{ "1_Pooling/config.json": [] }],
    [{ "1_Pooling/config.json": { pooling_mode: Array.from({ length: 1000 }, () => "mean") } }],
  ])("is refused where it cannot be meant: %j", (files) => {
    write(files);
    expect(reasonOf(() => readSentenceModules(folder))).toBe("model-file-corrupt");
  });

  it("is not read outside the model's folder", () => {
    write({ "modules.json": [module("Pooling", "../../elsewhere")] });
    expect(reasonOf(() => readSentenceModules(folder))).toBe("model-file-unsafe");
    write({ "modules.json": [module("Pooling", "1_Pooling")] });
    symlinkSync(join(saved, "1_Pooling"), join(folder, "1_Pooling"));
    expect(reasonOf(() => readSentenceModules(folder))).toBe("model-file-unsafe");
  });
});
