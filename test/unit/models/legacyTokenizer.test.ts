import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readJsonObject } from "../../../src/models/readJson";
import { readLegacyTokenizer } from "../../../src/models/tokenizers/legacyTokenizer";
import { createTokenizer, type Tokenizer } from "../../../src/text/tokenizer";
import { type Packed, packTokens, readGolden } from "../text/golden";

interface Golden {
  readonly files: Readonly<Record<string, string | { readonly base64: string }>>;
  readonly first: readonly Packed[];
  readonly digests: string;
  readonly pairs: readonly (readonly [number, number, Packed])[];
}

const digestLength = 6;
const folder = new URL("../../golden/tokenizers/legacy/", import.meta.url);
const families = readdirSync(folder)
  .map((file) => file.replace(".json.gz", ""))
  .filter((name) => name !== "texts");
const texts = readGolden<readonly string[]>("legacy/texts");

let place: string;

beforeAll(() => {
  place = mkdtempSync(join(tmpdir(), "legacy-"));
});

afterAll(() => {
  rmSync(place, { recursive: true });
});

function tokenizerOf(files: Golden["files"]): Tokenizer {
  const directory = mkdtempSync(join(place, "folder-"));
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(join(directory, name), typeof content === "string" ? content : Buffer.from(content.base64, "base64"));
  }
  const read = (name: string) => readJsonObject(directory, name, 2 ** 20, "tokenizer-corrupt");
  const { tokenizer, tokenizerConfig } = readLegacyTokenizer(
    directory,
    read("config.json") ?? {},
    read("tokenizer_config.json"),
  );
  return createTokenizer(tokenizer, tokenizerConfig);
}

function digest(packed: Packed): string {
  return createHash("sha256").update(JSON.stringify(packed)).digest("hex").slice(0, digestLength);
}

describe("tokenizers of older files", () => {
  it("have at least 2,000 texts each, for more than six families", () => {
    expect(texts.length).toBeGreaterThanOrEqual(2000);
    expect(families.length).toBeGreaterThan(6);
  });

  it.each(families)("equal those of transformers in ids and ranges: %s", (name) => {
    const golden = readGolden<Golden>(`legacy/${name}`);
    const tokenizer = tokenizerOf(golden.files);
    const pack = (first: string, second: string | null = null) =>
      packTokens(tokenizer, tokenizer.encode(first, second));
    const packed = texts.map((text) => pack(text));
    golden.first.forEach((expected, index) => {
      expect(packed[index], JSON.stringify(texts[index])).toEqual(expected);
    });
    const wrong = packed
      .map((each, index) => [
        texts[index],
        digest(each),
        golden.digests.slice(index * digestLength, (index + 1) * digestLength),
      ])
      .filter(([, found, expected]) => found !== expected);
    expect(wrong.map(([text]) => text)).toEqual([]);
    for (const [first, second, expected] of golden.pairs) {
      expect(pack(texts[first] ?? "", texts[second] ?? ""), `${first}, ${second}`).toEqual(expected);
    }
  });
});
