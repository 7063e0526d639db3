import { isWhitespace } from "../../text/characters";
import { isJsonObject, readBytes, readJson } from "../readJson";
import { damaged } from "./damaged";

/** The largest known has 33 MB. */
const maximumBytes = 48 * 2 ** 20;
const largestId = 2 ** 31 - 1;
/** The longest known have a third of this. */
const mostLines = 2_000_000;

/** Reads `vocab.txt`, a piece on each line, the first line's id 0; of two equal pieces the last counts. `undefined` where there is no such file. */
export function readVocabularyLines(directory: string, name: string): Map<string, number> | undefined {
  return linesOf(directory, name)?.reduce(
    (vocabulary, line, index) => vocabulary.set(withoutTrailingSpace(line), index),
    new Map<string, number>(),
  );
}

function withoutTrailingSpace(line: string): string {
  let end = line.length;
  while (end > 0 && isWhitespace(line.charCodeAt(end - 1))) {
    end--;
  }
  return line.slice(0, end);
}

/** Reads `vocab.json`, an object from pieces to ids; `undefined` where there is no such file. */
export function readVocabularyObject(directory: string, name: string): Map<string, number> | undefined {
  const json = readJson(directory, name, maximumBytes, "tokenizer-corrupt");
  if (json === undefined) {
    return undefined;
  }
  if (!isJsonObject(json)) {
    throw damaged(name, "it holds no object of pieces");
  }
  const vocabulary = new Map<string, number>();
  for (const [piece, id] of Object.entries(json)) {
    if (typeof id !== "number" || !Number.isInteger(id) || id < 0 || id > largestId) {
      throw damaged(name, `the id of ${JSON.stringify(piece.slice(0, 40))} is not a whole number`);
    }
    vocabulary.set(piece, id);
  }
  return vocabulary;
}

/** Reads `merges.txt`, a pair of pieces on each line, the first learnt first; `undefined` where there is no such file. */
export function readMerges(directory: string, name: string): readonly (readonly [string, string])[] | undefined {
  return linesOf(directory, name)?.flatMap((line, index) => {
    if (line.startsWith("#version")) {
      return [];
    }
    const [left, right, ...more] = line.split(" ", 3);
    if (left === undefined || right === undefined || more.length > 0) {
      throw damaged(name, `line ${index + 1} is not a pair of pieces`);
    }
    return [[left, right] as const];
  });
}

function linesOf(directory: string, name: string): string[] | undefined {
  const bytes = readBytes(directory, name, maximumBytes, "tokenizer-corrupt");
  if (bytes === undefined) {
    return undefined;
  }
  if (bytes.reduce((count, byte) => count + (byte === 0x0a ? 1 : 0), 0) > mostLines) {
    throw damaged(name, "it has more lines than any known tokenizer");
  }
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw damaged(name, "it is not UTF-8 text");
  }
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === "") {
    lines.pop();
  }
  return lines;
}
