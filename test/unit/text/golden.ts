import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import type { Token } from "../../../src/common/explanation";
import type { Tokenizer } from "../../../src/text/tokenizer";
import { createTokenizer } from "../../../src/text/tokenizer";

const folder = new URL("../../golden/tokenizers/", import.meta.url);

/** Reads a golden of test/golden/tokenizers. */
export function readGolden<T>(name: string): T {
  return JSON.parse(gunzipSync(readFileSync(new URL(`${name}.json.gz`, folder))).toString("utf8")) as T;
}

interface TokenizerJson {
  readonly model: object;
  readonly [part: string]: unknown;
}

interface Configuration {
  readonly vocabulary: string;
  readonly overrides: { readonly model?: object; readonly [part: string]: unknown };
}

/** The tokenizer.json of a configuration of vocabularies.py. */
export function configuredJson({ vocabulary, overrides }: Configuration): TokenizerJson {
  const base =
    vocabulary === "wordPiece"
      ? (JSON.parse(
          readFileSync(new URL("../../../models/sentiment/tokenizer.json", import.meta.url), "utf8"),
        ) as TokenizerJson)
      : readGolden<TokenizerJson>(`vocabularies/${vocabulary}`);
  return { ...base, ...overrides, model: { ...base.model, ...overrides.model } };
}

/** The tokenizer of a configuration by name. */
export function configuredTokenizer(name: string): Tokenizer {
  const configuration = readGolden<Record<string, Configuration>>("configurations")[name];
  if (!configuration) {
    throw new Error(`no configuration ${name}`);
  }
  return createTokenizer(configuredJson(configuration));
}

/** Tokens as make.py packs them: ids, gap and length of each range, indices of special tokens, type ids (0 when all are 0). */
export type Packed = readonly [readonly number[], readonly number[], readonly number[], readonly number[] | 0];

/** Packs tokens like make.py. */
export function packTokens(tokenizer: Tokenizer, tokens: readonly Token[]): Packed {
  const ranges: number[] = [];
  const ends = [0, 0];
  for (const token of tokens) {
    if (!token.special) {
      ranges.push(token.start - (ends[token.segment] ?? 0), token.end - token.start);
      ends[token.segment] = token.end;
    }
  }
  const types = tokenizer.typeIds(tokens);
  return [
    tokens.map((token) => token.id),
    ranges,
    tokens.filter((token) => token.special).map((token) => token.index),
    types.some((type) => type !== 0) ? types : 0,
  ];
}
