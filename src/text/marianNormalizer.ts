import { asBoolean, asString, corruptTokenizer, type JsonObject } from "./json";
import { type NormalizedText, unitsAt } from "./normalizedText";
import { CharacterMap } from "./precompiled";

/** What a piece of a text becomes. */
interface Part {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** Where the name of a language ends that a text begins with, such as `>>fra<<`; 0 where there is none. */
export function languageCodeEnd(text: string): number {
  const end = text.startsWith(">>") ? text.indexOf("<<") : -1;
  return end < 0 ? 0 : end + 2;
}

/**
 * The normaliser of sentencepiece itself (Kudo & Richardson 2018), which no tokenizer.json has: the longest rule of the character map that fits at each place, spaces as `▁`, one
 * before the text (with the range of its first character), and those beyond one between words left out where the model asks for that. What is left out belongs to the character before. A language's name before a text stays as it is.
 */
export function createMarianNormalizer(options: JsonObject): (text: NormalizedText) => NormalizedText {
  const encoded = asString(options.precompiled_charsmap, "the precompiled character map");
  const map = encoded === "" ? null : new CharacterMap(encoded);
  const removesSpaces = asBoolean(options.remove_extra_whitespaces, true, "remove_extra_whitespaces");
  return (text) => {
    const code = languageCodeEnd(text.text);
    const chunks = chunksOf(text.text, code, map);
    const parts = marked(chunks, code, removesSpaces);
    return text.rewritten(code > 0 ? [{ text: text.text.slice(0, code), start: 0, end: code }, ...parts] : parts);
  };
}

const encoder = new TextEncoder();

/** A text from `from` on, cut into what rules replace and single characters. */
function chunksOf(text: string, from: number, map: CharacterMap | null): Part[] {
  const bytes = encoder.encode(text.slice(from));
  const chunks: Part[] = [];
  let byte = 0;
  for (let start = from; start < text.length; ) {
    const rule = map?.findLongest(bytes, byte) ?? null;
    let end = start;
    do {
      byte += utf8Length(text.codePointAt(end) ?? 0);
      end += unitsAt(text, end);
    } while (rule !== null && byte < rule.end);
    if (rule !== null && byte > rule.end) {
      throw corruptTokenizer("the precompiled character map cuts characters");
    }
    chunks.push({ text: rule === null ? text.slice(start, end) : rule.replacement, start, end });
    start = end;
  }
  return chunks;
}

function marked(chunks: readonly Part[], from: number, removesSpaces: boolean): readonly Part[] {
  const parts: Part[] = [];
  let first = 0;
  while (removesSpaces && chunks[first]?.text === " ") {
    first++;
  }
  if (first >= chunks.length) {
    return [];
  }
  const begin = chunks[first]?.start ?? from;
  parts.push({ text: "▁", start: begin, end: begin });
  let afterSpace = removesSpaces;
  for (const { text, start, end } of chunks.slice(first)) {
    const kept = afterSpace ? text.replace(/^ +/, "") : text;
    const before = parts.at(-1);
    if (kept !== "") {
      parts.push({ text: kept.replaceAll(" ", "▁"), start, end });
      afterSpace = removesSpaces && kept.endsWith(" ");
    } else if (before) {
      parts[parts.length - 1] = { ...before, end };
    }
  }
  const [mark, next] = parts;
  if (mark && next?.start === begin) {
    parts[0] = { ...mark, end: next.end };
  }
  return removesSpaces ? withoutLastSpaces(parts) : parts;
}

function withoutLastSpaces(parts: Part[]): readonly Part[] {
  for (let last = parts.at(-1); last?.text.endsWith("▁"); last = parts.at(-1)) {
    parts.pop();
    const kept = last.text.replace(/▁+$/, "");
    if (kept !== "") {
      parts.push({ ...last, text: kept });
    }
  }
  return parts;
}

function utf8Length(code: number): number {
  return code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
}
