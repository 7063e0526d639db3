import { describe, expect, it } from "vitest";
import { createTokenizer } from "../../../src/text/tokenizer";
import { reasonOf } from "../../support/reasonOf";

type Json = Record<string, unknown>;

/** As a file gives it: names such as `__proto__` are fields like any other. */
const read = (json: string): Json => JSON.parse(json);
const vocab = { "[UNK]": 0, one: 1, two: 2 };
const model = { type: "WordLevel", vocab, unk_token: "[UNK]" };
const outcome = (changes: Json) => reasonOf(() => createTokenizer({ version: "1.0", model, ...changes }));
const text = { Sequence: { id: "A", type_id: 0 } };
const token = { SpecialToken: { id: "one", type_id: 0 } };

function template(parts: number, ids: number, special: unknown = "one"): Json {
  const own = { id: "one", ids: new Array(ids).fill(1), tokens: new Array(ids).fill(special) };
  return {
    post_processor: {
      type: "TemplateProcessing",
      single: [...new Array(parts).fill(token), text],
      pair: [],
      special_tokens: { one: own },
    },
  };
}

describe("what a tokenizer may ask for", () => {
  it("is as many special tokens as a template has parts", () => {
    expect(outcome(template(2, 1))).toBe("none");
    expect(outcome(template(50, 2))).toBe("none");
    expect(outcome(template(99, 2))).toBe("tokenizer-corrupt");
    expect(outcome(template(1, 1_000_000))).toBe("tokenizer-corrupt");
    expect(outcome(template(1, 1, "x".repeat(2000)))).toBe("tokenizer-corrupt");
  });

  it("is each text once in a template", () => {
    const holding = (single: unknown[], pair: unknown[] = []) =>
      outcome({ post_processor: { type: "TemplateProcessing", single, pair, special_tokens: {} } });
    const other = { Sequence: { id: "B", type_id: 1 } };
    expect(holding([text], [text, other])).toBe("none");
    for (const [single, pair] of [[[]], [[other]], [[text, text]], [[text], [text]], [[text], [text, other, other]]]) {
      expect(holding(single ?? [], pair)).toBe("tokenizer-corrupt");
    }
  });

  it.each([
    ["normalizer", "normalizers", { type: "NFC" }],
    ["pre_tokenizer", "pretokenizers", { type: "Whitespace" }],
    ["post_processor", "processors", { type: "ByteLevel" }],
  ])("is not more steps than a text can be led through: %s", (part, list, step) => {
    const sequence = (steps: unknown[]): Json => ({ [part]: { type: "Sequence", [list]: steps } });
    const nested = (depth: number): unknown => (depth === 0 ? step : { type: "Sequence", [list]: [nested(depth - 1)] });
    expect(outcome(sequence(new Array(60).fill(step)))).toBe("none");
    expect(outcome(sequence(new Array(70).fill(step)))).toBe("tokenizer-unsupported");
    expect(outcome(sequence([nested(500)]))).toBe("tokenizer-unsupported");
    expect(outcome(sequence(new Array(9).fill(sequence(new Array(9).fill(step))[part])))).toBe("tokenizer-unsupported");
  });

  it("is added tokens as many and as long as known ones", () => {
    const added = (count: number, length: number) => ({
      added_tokens: Array.from({ length: count }, (_, id) => ({ id, content: `${id}`.padStart(length, "x") })),
    });
    expect(outcome(added(1000, 10))).toBe("none");
    expect(outcome(added(100_001, 1))).toBe("tokenizer-corrupt");
    expect(outcome(added(1, 1025))).toBe("tokenizer-corrupt");
    expect(outcome(added(2100, 1000))).toBe("tokenizer-corrupt");
    const normalizer = { type: "Prepend", prepend: "x".repeat(2000) };
    expect(outcome({ ...added(1, 3), normalizer })).toBe("tokenizer-corrupt");
  });

  it("is added tokens that a normaliser can go over in time", () => {
    const replace = (Regex: string) => ({ type: "Replace", pattern: { Regex }, content: "_" });
    const outcomeOf = (count: number, normalizers: Json[]) =>
      outcome({
        added_tokens: Array.from({ length: count }, (_, id) => ({ content: `${id}`.padStart(16, "ab ") })),
        normalizer: { type: "Sequence", normalizers },
      });
    const known = [{ type: "NFC" }, replace(" {2,}"), replace("\\s+$"), { type: "Lowercase" }];
    expect(outcomeOf(100_000, known)).toBe("none");
    const slow = replace("(?:a|b| |\\d)*(?:a|b)*!");
    expect(outcomeOf(100, [slow])).toBe("none");
    expect(outcomeOf(20_000, new Array(60).fill(slow))).toBe("tokenizer-unsupported");
  });

  it("is short prefixes and a vocabulary that fits into memory", () => {
    const bpe = (prefix: string) => ({ model: { type: "BPE", vocab, merges: [], continuing_subword_prefix: prefix } });
    expect(outcome(bpe("##"))).toBe("none");
    expect(outcome(bpe("#".repeat(2000)))).toBe("tokenizer-corrupt");
    const pieces = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, id) => [`${id}`.padEnd(1000, `${id} `), id]));
    expect(outcome({ model: { type: "WordPiece", vocab: pieces(10) } })).toBe("none");
    expect(outcome({ model: { type: "WordPiece", vocab: pieces(4100) } })).toBe("tokenizer-unsupported");
  });
});

describe("rewriting", () => {
  it("is bounded over all sections between added tokens together", () => {
    const tokenizer = createTokenizer({
      model: { type: "WordLevel", unk_token: "[UNK]", vocab },
      added_tokens: [{ id: 9, content: "|", special: true }],
      normalizer: { type: "Prepend", prepend: "x".repeat(100_000) },
    });
    expect(reasonOf(() => tokenizer.encode("a|".repeat(3), null))).toBe("none");
    expect(reasonOf(() => tokenizer.encode("a|".repeat(3000), null))).toBe("tokenizer-unsupported");
  });
});

describe("splitting a text that a file blows up", () => {
  const normalizer = { type: "Replace", pattern: { Regex: "." }, content: "ab ".repeat(16) };
  const split = (pattern: Json, behavior = "Isolated") => ({ type: "Split", pattern, behavior });
  const bytes = { type: "ByteLevel", add_prefix_space: true };
  const bpe = { type: "BPE", vocab: { a: 0, b: 1, " ": 2 }, merges: [] };

  it.each<[string, Json]>([
    ["characters", { pre_tokenizer: split({ Regex: "." }) }],
    ["places", { pre_tokenizer: split({ String: "" }, "Contiguous") }],
    ["bytes", { pre_tokenizer: { type: "Sequence", pretokenizers: [split({ Regex: ".." }), bytes] } }],
    ["lengths", { pre_tokenizer: { type: "FixedLength", length: 1 } }],
    ["spaces", { pre_tokenizer: { type: "BertPreTokenizer" } }],
    ["tokens", { model: bpe }],
  ])("ends before there are too many %s to hold", (_, rules) => {
    const tokenizer = createTokenizer({ version: "1.0", model, normalizer, ...rules });
    expect(reasonOf(() => tokenizer.encode("x".repeat(1000), null))).toBe("none");
    expect(reasonOf(() => tokenizer.encode("x".repeat(20_000), null))).toBe("tokenizer-unsupported");
  });
});

describe("names that objects have", () => {
  const names = ["__proto__", "constructor", "toString", "hasOwnProperty"];

  it.each(names)("are no types: %s", (type) => {
    for (const part of ["normalizer", "pre_tokenizer", "post_processor", "model"]) {
      expect(outcome({ [part]: { type } })).toBe("tokenizer-unsupported");
    }
    const behavior = { type: "Split", pattern: { String: "a" }, behavior: type };
    expect(outcome({ pre_tokenizer: behavior })).not.toBe("none");
  });

  it.each(names)("are no character properties: %s", (name) => {
    for (const expression of [`\\p{${name}}`, `\\P{${name}}`]) {
      const pre_tokenizer = { type: "Split", pattern: { Regex: expression }, behavior: "Isolated" };
      expect(outcome({ pre_tokenizer })).toBe("tokenizer-unsupported");
    }
  });

  it.each(names)("are pieces and special tokens like others: %s", (name) => {
    const json = read(
      `{"model": {"type": "WordLevel", "unk_token": "[UNK]", "vocab": {"${name}": 5, "[UNK]": 0}},
        "pre_tokenizer": {"type": "WhitespaceSplit"},
        "post_processor": {"type": "TemplateProcessing", "pair": [],
          "single": [{"SpecialToken": {"id": "${name}", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
          "special_tokens": {"${name}": {"id": "${name}", "ids": [5], "tokens": ["${name}"]}}}}`,
    );
    const tokenizer = createTokenizer(json);
    expect(tokenizer.encode(`${name} valueOf`, null).map(({ id }) => id)).toEqual([5, 5, 0]);
    const without = read(JSON.stringify(json));
    const post = without.post_processor as Json;
    post.special_tokens = {};
    expect(reasonOf(() => createTokenizer(without))).toBe("tokenizer-corrupt");
  });
});
