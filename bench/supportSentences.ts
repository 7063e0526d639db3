import { readFileSync } from "node:fs";
import type { Tokenizer } from "../src/text/tokenizer";

/** A few sentences for a clone without data: short ones whose subsets can all be visited, and longer ones. */
const kept = [
  "a gorgeous and witty film that never loses its nerve .",
  "the jokes are old but the two leads are charming .",
  "not nearly as funny or as clever as it thinks .",
  "though its ending is not subtle , the film earns nearly all of the tears that it asks of us , and more .",
  "a slow and often dull story that is saved again and again by an actor who seems to believe every word .",
];

/** The first `count` sentences of a file of `sentence TAB label` lines (or of the kept ones, without a file) that have from `least` to `most` tokens. */
export function sentencesOfLength(
  tokenizer: Tokenizer,
  range: { readonly least: number; readonly most: number; readonly count: number },
  file?: string,
): string[] {
  const all =
    file === undefined
      ? kept
      : readFileSync(file, "utf8")
          .split(/\r?\n/)
          .slice(1)
          .map((line) => (line.split("\t")[0] ?? "").trim());
  return all
    .filter((text) => {
      const length = text === "" ? 0 : tokenizer.encodeContent(text, 0).length;
      return length >= range.least && length <= range.most;
    })
    .slice(0, range.count);
}
