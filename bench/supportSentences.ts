import { readFileSync } from "node:fs";
import { SeededRandom } from "../src/methods/maths/random";
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
  return linesOf(file)
    .filter((text) => {
      const length = text === "" ? 0 : tokenizer.encodeContent(text, 0).length;
      return length >= range.least && length <= range.most;
    })
    .slice(0, range.count);
}

/** A text of at least `words` words made of sentences, with a capital letter and a full stop each, of a file (or of the kept ones) in an order of its own, the same every time. */
export function seededText(words: number, file?: string): string {
  const all = linesOf(file).filter((line) => line.split(/\s+/).length > 8);
  const random = SeededRandom.fromSeed(words, 77);
  const order = Int32Array.from(all.keys());
  random.shuffle(order);
  let text = "";
  for (let at = 0; text.split(" ").length <= words; at = (at + 1) % order.length) {
    const line = all[order[at] ?? 0] ?? "";
    text += `${line.charAt(0).toUpperCase()}${line.slice(1)}. `;
  }
  return text.trim();
}

function linesOf(file: string | undefined): readonly string[] {
  return file === undefined
    ? kept
    : readFileSync(file, "utf8")
        .split(/\r?\n/)
        .slice(1)
        .map((line) => (line.split("\t")[0] ?? "").trim());
}
