import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ExplainError } from "../../../src/common/errors";
import { readJsonObject } from "../../../src/models/readJson";
import { readLegacyTokenizer } from "../../../src/models/tokenizers/legacyTokenizer";
import { createTokenizer } from "../../../src/text/tokenizer";
import { readGolden } from "../text/golden";

type Files = Readonly<Record<string, Buffer>>;

let place: string;

beforeAll(() => {
  place = mkdtempSync(join(tmpdir(), "legacy-"));
});

afterAll(() => {
  rmSync(place, { recursive: true });
});

function filesOf(family: string): Files {
  const { files } = readGolden<{ readonly files: Record<string, string | { readonly base64: string }> }>(
    `legacy/${family}`,
  );
  return Object.fromEntries(
    Object.entries(files).map(([name, content]) => [
      name,
      typeof content === "string" ? Buffer.from(content) : Buffer.from(content.base64, "base64"),
    ]),
  );
}

/** What a folder of files ends in: the reason of its error, or `null` where a text can be read. */
function outcome(files: Files): string | null {
  const directory = mkdtempSync(join(place, "folder-"));
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(join(directory, name), content);
  }
  const read = (name: string) => readJsonObject(directory, name, 2 ** 23, "tokenizer-corrupt");
  try {
    const { tokenizer, tokenizerConfig } = readLegacyTokenizer(
      directory,
      read("config.json") ?? {},
      read("tokenizer_config.json"),
    );
    createTokenizer(tokenizer, tokenizerConfig).encode("A good film, été 👍!", "and more\n");
    return null;
  } catch (error) {
    expect(error, String(error)).toBeInstanceOf(ExplainError);
    const { reason, text } = error as ExplainError;
    expect(text.template.length).toBeGreaterThan(10);
    return reason;
  }
}

/** Numbers from 0 to `below`, the same on every run. */
function chance(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const reasons = [null, "tokenizer-corrupt", "tokenizer-unsupported", "model-missing"];

describe("damaged older files of tokenizers", () => {
  it.each([
    ["t5", "spiece.model"],
    ["llama", "tokenizer.model"],
    ["albert", "spiece.model"],
    ["marian", "source.spm"],
  ])("of %s, cut off or with other bytes: %s", (family, name) => {
    const files = filesOf(family);
    const whole = files[name] ?? Buffer.alloc(0);
    const pick = chance(whole.length);
    const found = new Map<string | null, number>();
    for (let round = 0; round < 60; round++) {
      const changed = Buffer.from(round % 3 === 0 ? whole.subarray(0, pick(whole.length)) : whole);
      for (let count = round % 3 === 0 ? 0 : 1 + pick(40); count > 0; count--) {
        changed[pick(round % 3 === 1 ? changed.length : 400)] = pick(256);
      }
      const reason = outcome({ ...files, [name]: changed });
      expect(reasons).toContain(reason);
      found.set(reason, (found.get(reason) ?? 0) + 1);
    }
    expect(found.get("tokenizer-corrupt") ?? 0).toBeGreaterThan(15);
  });

  it.each([
    ["bertCased", "vocab.txt"],
    ["robertaPrefix", "vocab.json"],
    ["qwen2", "merges.txt"],
    ["qwen2", "tokenizer_config.json"],
    ["bertCased", "special_tokens_map.json"],
    ["qwen3", "added_tokens.json"],
  ])("of %s, cut off or with other bytes: %s", (family, name) => {
    const files = filesOf(family);
    const whole = files[name] ?? Buffer.alloc(0);
    const pick = chance(whole.length);
    for (let round = 0; round < 20; round++) {
      const changed = Buffer.from(round % 2 === 0 ? whole.subarray(0, pick(whole.length)) : whole);
      for (let count = round % 2; count > 0; count--) {
        changed[pick(changed.length)] = pick(256);
      }
      expect(reasons).toContain(outcome({ ...files, [name]: changed }));
    }
  });

  const deep = `${"[".repeat(200_000)}${"]".repeat(200_000)}`;
  const described = {
    content: "<x>",
    lstrip: false,
    rstrip: false,
    normalized: false,
    single_word: false,
    special: true,
  };
  it.each([
    ["bertCased", "vocab.txt", ""],
    ["bertCased", "vocab.txt", "\n".repeat(3_000_000)],
    ["bertCased", "vocab.txt", "\u00ff\ufffd"],
    ["bertCased", "added_tokens.json", `{"a":${deep}}`],
    ["bertCased", "added_tokens.json", '{"a":-1}'],
    ["bertCased", "added_tokens.json", '{"a":1e300}'],
    ["bertCased", "special_tokens_map.json", "[]"],
    ["bertCased", "special_tokens_map.json", '{"cls_token":7}'],
    ["bertCased", "special_tokens_map.json", '{"additional_special_tokens":"a"}'],
    ["bertCased", "tokenizer_config.json", '{"do_lower_case":"yes"}'],
    ["bert", "tokenizer_config.json", '{"cls_token":null}'],
    ["bertCased", "tokenizer_config.json", JSON.stringify({ cls_token: "x".repeat(5000) })],
    ["robertaPrefix", "vocab.json", "[]"],
    ["robertaPrefix", "vocab.json", `{"a":${deep}}`],
    ["robertaPrefix", "vocab.json", '{"a":0.5}'],
    ["robertaPrefix", "vocab.json", "{}"],
    ["robertaPrefix", "merges.txt", "a b c\n"],
    ["robertaPrefix", "merges.txt", "a\n"],
    ["robertaPrefix", "merges.txt", "no suchpiece\n"],
    ["robertaPrefix", "merges.txt", "a b\n".repeat(2_100_000)],
    ["qwen2", "tokenizer_config.json", JSON.stringify({ added_tokens_decoder: { x: described } })],
    ["qwen2", "tokenizer_config.json", JSON.stringify({ added_tokens_decoder: { 1: { ...described, lstrip: 1 } } })],
    ["qwen2", "tokenizer_config.json", JSON.stringify({ added_tokens_decoder: [] })],
    ["t5", "tokenizer_config.json", '{"extra_ids":1000000000}'],
    ["t5", "tokenizer_config.json", '{"extra_ids":-1}'],
    ["pegasus", "tokenizer_config.json", '{"offset":1e12}'],
    ["mbart", "tokenizer_config.json", '{"src_lang":"xx_XX"}'],
    ["mbart", "tokenizer_config.json", '{"src_lang":[]}'],
    ["llama", "tokenizer.model", ""],
    ["marian", "source.spm", ""],
    ["marian", "vocab.json", '{"</s>":0}'],
  ])("of %s with %s of nonsense are refused", (family, name, content) => {
    expect(outcome({ ...filesOf(family), [name]: Buffer.from(content) })).toBe("tokenizer-corrupt");
  });

  it("with a text that is no UTF-8 are refused", () => {
    expect(outcome({ ...filesOf("bertCased"), "vocab.txt": Buffer.from([0x61, 0x0a, 0xff]) })).toBe(
      "tokenizer-corrupt",
    );
  });

  it("with pieces that are there twice are read, the last of them counting", () => {
    const files = filesOf("bertCased");
    const twice = Buffer.concat([files["vocab.txt"] ?? Buffer.alloc(0), Buffer.from("[UNK]\n")]);
    expect(outcome({ ...files, "vocab.txt": twice })).toBe(null);
  });

  const merging = field(2, varint(3, 2));
  const letter = field(1, field(1, Buffer.from("a")));
  const long = (index: number) => field(1, field(1, Buffer.from("ab".repeat(500) + index)));
  it.each<readonly [string, readonly Buffer[]]>([
    ["a piece of 2,000 letters", [field(1, field(1, Buffer.from("a".repeat(2000)))), merging]],
    ["very long pieces", [...Array.from({ length: 300 }, (_, index) => long(index)), merging]],
    ["an unknown piece that is not there", [letter, field(2, Buffer.concat([varint(3, 2), varint(40, 9)]))]],
    ["a score that is no number", [field(1, float(2, Number.NaN)), merging]],
    ["pieces that are characters", [letter, field(2, varint(3, 4))]],
    ["two trainers", [letter, merging, merging]],
    ["a length of 2⁵⁶", [Buffer.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f])]],
    ["a field of an unknown form", [Buffer.from([0x0b])]],
    ["more than a million empty pieces", [Buffer.alloc(2_400_000, Buffer.from([0x0a, 0x00])), merging]],
  ])("a sentencepiece model with %s is refused", (_, parts) => {
    expect(outcome({ ...filesOf("llama"), "tokenizer.model": Buffer.concat(parts) })).toBe("tokenizer-corrupt");
  });

  it("a sentencepiece model of another kind than the class reads is refused", () => {
    expect(outcome({ ...filesOf("llama"), "tokenizer.model": letter })).toBe("tokenizer-unsupported");
  });

  it("a line of two million letters is refused, or no text is read with it", () => {
    const lines = `[UNK]\n${" ".repeat(2_000_000)}x\n`;
    expect(outcome({ ...filesOf("bertCased"), "vocab.txt": Buffer.from(lines) })).toBe("tokenizer-unsupported");
  });

  it("of a class that is not known are refused by its name", () => {
    const files = { ...filesOf("t5"), "tokenizer_config.json": Buffer.from('{"tokenizer_class":"MagicTokenizer"}') };
    expect(outcome(files)).toBe("tokenizer-unsupported");
    expect(outcome({ "config.json": Buffer.from("{}"), "vocab.txt": Buffer.from("a\n") })).toBe(
      "tokenizer-unsupported",
    );
  });

  it("without what their class reads are refused by the file's name", () => {
    const { "merges.txt": _, ...files } = filesOf("robertaPrefix");
    expect(outcome(files)).toBe("model-missing");
    expect(outcome({ "config.json": Buffer.from("{}") })).toBe("model-missing");
  });
});

function tag(number: number, wire: number): number[] {
  const key = number * 8 + wire;
  return key < 0x80 ? [key] : [(key & 0x7f) | 0x80, key >> 7];
}

function field(number: number, content: Buffer): Buffer {
  const length: number[] = [];
  for (let rest = content.length; ; rest >>= 7) {
    length.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
    if (rest <= 0x7f) {
      return Buffer.concat([Buffer.from([...tag(number, 2), ...length]), content]);
    }
  }
}

function varint(number: number, value: number): Buffer {
  return Buffer.from([...tag(number, 0), value]);
}

function float(number: number, value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return Buffer.concat([Buffer.from(tag(number, 5)), bytes]);
}
