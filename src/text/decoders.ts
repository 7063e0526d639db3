import { bytesOfPieces } from "./byteLevel";
import {
  asArray,
  asBoolean,
  asIndex,
  asObject,
  asString,
  type JsonObject,
  longestToken,
  unsupportedTokenizer,
} from "./json";
import { createPattern } from "./patterns";
import type { Expressions } from "./regex/expressions";
import type { StepBudget } from "./stepBudget";
import { Steps } from "./steps";
import type { TextRange } from "./textRange";

/** Turns the pieces of tokens back into stretches of text, which joined are the text. */
export type Decoder = (pieces: readonly string[]) => readonly string[];

/**
 * Builds the `decoder` of a tokenizer.json: what the Python package `tokenizers` makes of the same pieces. Without one, pieces are put together with spaces. Throws
 * `tokenizer-unsupported` or `tokenizer-corrupt`; a decoder throws `tokenizer-unsupported` when the budget of the expressions is used up.
 */
export function createDecoder(json: unknown, expressions: Expressions): Decoder {
  if (json === null || json === undefined) {
    return (pieces) => [pieces.join(" ")];
  }
  return createStep(json, expressions, new Steps());
}

function createStep(json: unknown, expressions: Expressions, steps: Steps): Decoder {
  steps.take();
  const options = asObject(json, "the decoder");
  const type = asString(options.type, "the type of the decoder");
  switch (type) {
    case "Sequence": {
      const parts = asArray(options.decoders, "the sequence of decoders").map((each) =>
        createStep(each, expressions, steps),
      );
      return (pieces) => parts.reduce((decoded, part) => counted(part(decoded), expressions.budget), pieces);
    }
    case "ByteLevel":
      return (pieces) => [lossy.decode(bytesOfPieces(pieces))];
    case "ByteFallback":
      return byteFallback;
    case "Fuse":
      return (pieces) => [pieces.join("")];
    case "Replace":
      return createReplace(options, expressions);
    case "Strip":
      return createStrip(options);
    case "Metaspace":
      return createMetaspace(options);
    case "WordPiece":
      return createWordPieceDecoder(options);
    case "BPEDecoder": {
      const suffix = asString(options.suffix ?? "</w>", "the suffix of the decoder", longestToken);
      return (pieces) => pieces.map((piece, index) => piece.replaceAll(suffix, index === pieces.length - 1 ? "" : " "));
    }
    case "CTC":
      return createCtc(options);
    default:
      throw unsupportedTokenizer(`the decoder ${type}`);
  }
}

function counted(pieces: readonly string[], budget: StepBudget): readonly string[] {
  budget.spend(pieces.reduce((sum, piece) => sum + piece.length + 1, 0));
  return pieces;
}

const lossy = new TextDecoder("utf-8", { ignoreBOM: true });
const strict = new TextDecoder("utf-8", { ignoreBOM: true, fatal: true });

/** The byte that a piece such as `<0x0A>` stands for. */
function byteOf(piece: string): number | null {
  const digits = /^<0x([0-9a-f]{2})>$/i.exec(piece)?.[1];
  return digits === undefined ? null : Number.parseInt(digits, 16);
}

/** A run of bytes that is no UTF-8 as a whole becomes U+FFFD for each of them. */
function byteFallback(pieces: readonly string[]): string[] {
  const decoded: string[] = [];
  let bytes: number[] = [];
  const finish = () => {
    if (bytes.length === 0) {
      return;
    }
    try {
      decoded.push(strict.decode(Uint8Array.from(bytes)));
    } catch {
      decoded.push(...bytes.map(() => "\ufffd"));
    }
    bytes = [];
  };
  for (const piece of pieces) {
    const byte = byteOf(piece);
    if (byte === null) {
      finish();
      decoded.push(piece);
    } else {
      bytes.push(byte);
    }
  }
  finish();
  return decoded;
}

function createReplace(options: JsonObject, expressions: Expressions): Decoder {
  const matches = createPattern(options.pattern, "the decoder Replace", expressions);
  const content = asString(options.content, "the content of the decoder Replace", longestToken);
  return (pieces) => pieces.map((piece) => replaced(piece, matches(piece), content));
}

function replaced(text: string, ranges: readonly TextRange[], content: string): string {
  let result = "";
  let done = 0;
  for (const { start, end } of ranges) {
    result += text.slice(done, start) + content;
    done = end;
  }
  return result + text.slice(done);
}

/** Takes up to so many of one character off both ends of each piece. */
function createStrip(options: JsonObject): Decoder {
  const character = asString(options.content, "the content of the decoder Strip", longestToken);
  const most = { start: asIndex(options.start ?? 0, "start"), stop: asIndex(options.stop ?? 0, "stop") };
  return (pieces) =>
    pieces.map((piece) => {
      const characters = [...piece];
      let start = 0;
      while (start < most.start && characters[start] === character) {
        start++;
      }
      let end = characters.length;
      while (characters.length - end < most.stop && end > start && characters[end - 1] === character) {
        end--;
      }
      return characters.slice(start, end).join("");
    });
}

function createMetaspace(options: JsonObject): Decoder {
  const replacement = asString(options.replacement ?? "▁", "the replacement of the decoder Metaspace", longestToken);
  const scheme = options.prepend_scheme ?? (options.add_prefix_space === false ? "never" : "always");
  return (pieces) =>
    pieces.map((piece, index) => piece.replaceAll(replacement, index === 0 && scheme !== "never" ? "" : " "));
}

function createWordPieceDecoder(options: JsonObject): Decoder {
  const prefix = asString(options.prefix ?? "##", "the prefix of the decoder WordPiece", longestToken);
  const cleanup = asBoolean(options.cleanup, true, "cleanup");
  return (pieces) =>
    pieces.map((piece, index) => {
      const joined = index === 0 ? piece : piece.startsWith(prefix) ? piece.slice(prefix.length) : ` ${piece}`;
      return cleanup ? cleaned(joined) : joined;
    });
}

function createCtc(options: JsonObject): Decoder {
  const pad = asString(options.pad_token ?? "<pad>", "pad_token", longestToken);
  const delimiter = asString(options.word_delimiter_token ?? "|", "word_delimiter_token", longestToken);
  const cleanup = asBoolean(options.cleanup, true, "cleanup");
  return (pieces) =>
    pieces
      .filter((piece, index) => piece !== pieces[index - 1])
      .map((piece) => {
        const kept = piece.replaceAll(pad, "");
        return cleanup ? cleaned(kept).replaceAll(delimiter, " ") : kept;
      })
      .filter((piece) => piece !== "");
}

/** Spaces that English does not write, taken away in this order. */
const unwritten = [
  [" .", "."],
  [" ?", "?"],
  [" !", "!"],
  [" ,", ","],
  [" ' ", "'"],
  [" n't", "n't"],
  [" 'm", "'m"],
  [" do not", " don't"],
  [" 's", "'s"],
  [" 've", "'ve"],
  [" 're", "'re"],
] as const;

function cleaned(text: string): string {
  return unwritten.reduce((result, [from, to]) => result.replaceAll(from, to), text);
}
