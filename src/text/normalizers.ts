import { mapToBytes } from "./byteLevel";
import { isMark, isNonSpacingMark, isRemovedControl, isWhitespace } from "./characters";
import { asArray, asBoolean, asObject, asString, type JsonObject, unsupportedTokenizer } from "./json";
import { createMarianNormalizer } from "./marianNormalizer";
import { Changes, isAscii, type NormalizedText } from "./normalizedText";
import { createPattern } from "./patterns";
import { createPrecompiled } from "./precompiled";
import type { Expressions } from "./regex/expressions";
import { Steps } from "./steps";
import { toUnicodeForm } from "./unicodeForms";

/** Rewrites a text before it is split; keeps its alignment. */
export type Normalizer = (text: NormalizedText) => NormalizedText;

/** Builds the `normalizer` of a tokenizer.json (`null` does nothing); throws `tokenizer-unsupported` or `tokenizer-corrupt`. */
export function createNormalizer(json: unknown, expressions: Expressions, steps = new Steps()): Normalizer {
  if (json === null || json === undefined) {
    return (text) => text;
  }
  steps.take();
  const options = asObject(json, "the normalizer");
  const type = asString(options.type, "the type of the normalizer");
  switch (type) {
    case "Sequence":
      return createSequence(options, expressions, steps);
    case "BertNormalizer":
      return createBert(options);
    case "NFC":
    case "NFD":
    case "NFKC":
    case "NFKD":
      return (text) => toUnicodeForm(text, type);
    case "Lowercase":
      return lowercase;
    case "StripAccents":
      return (text) => (isAscii(text.text) ? text : text.filter((code) => !isMark(code)));
    case "Strip":
      return createStrip(options);
    case "Replace": {
      const matches = createPattern(options.pattern, "the normalizer Replace", expressions);
      const content = asString(options.content, "the content of the normalizer Replace");
      return (text) => text.replace(matches(text.text), content);
    }
    case "Prepend": {
      const prefix = asString(options.prepend, "the text of the normalizer Prepend");
      return (text) => text.prepend(prefix);
    }
    case "Nmt":
      return nmt;
    case "Precompiled":
      return createPrecompiled(asString(options.precompiled_charsmap, "the precompiled character map"));
    case "ByteLevel":
      return mapToBytes;
    case "Marian":
      return createMarianNormalizer(options);
    default:
      throw unsupportedTokenizer(`the normalizer ${type}`);
  }
}

function createSequence(options: JsonObject, expressions: Expressions, steps: Steps): Normalizer {
  const parts = asArray(options.normalizers, "the sequence of normalizers").map((step) =>
    createNormalizer(step, expressions, steps),
  );
  return (text) =>
    parts.reduce((normalized, step) => {
      expressions.budget.spend(normalized.length);
      return step(normalized);
    }, text);
}

function createBert(options: JsonObject): Normalizer {
  const clean = asBoolean(options.clean_text, true, "clean_text");
  const chinese = asBoolean(options.handle_chinese_chars, true, "handle_chinese_chars");
  const lower = asBoolean(options.lowercase, true, "lowercase");
  const stripAccents = asBoolean(options.strip_accents, lower, "strip_accents");
  return (text) => {
    let normalized = text;
    if (clean) {
      normalized = normalized.filter((code) => !isRemovedControl(code));
      normalized = normalized.withText(normalized.text.replace(/\p{White_Space}/gu, " "));
    }
    const ascii = isAscii(normalized.text);
    if (chinese && !ascii) {
      normalized = separateIdeographs(normalized);
    }
    if (stripAccents && !ascii) {
      normalized = toUnicodeForm(normalized, "NFD").filter((code) => !isNonSpacingMark(code));
    }
    return lower ? lowercase(normalized) : normalized;
  };
}

/** The blocks BERT takes for Chinese. The range from U+2B920 is the Python package's (BERT's own begins at U+2B820). */
function isIdeograph(code: number): boolean {
  return (
    (code >= 0x4e00 && code <= 0x9fff) ||
    (code >= 0x3400 && code <= 0x4dbf) ||
    (code >= 0x20000 && code <= 0x2a6df) ||
    (code >= 0x2a700 && code <= 0x2b81f) ||
    (code >= 0x2b920 && code <= 0x2ceaf) ||
    (code >= 0xf900 && code <= 0xfaff) ||
    (code >= 0x2f800 && code <= 0x2fa1f)
  );
}

function separateIdeographs(text: NormalizedText): NormalizedText {
  const changes = new Changes();
  let found = false;
  for (const character of text.text) {
    if (isIdeograph(character.codePointAt(0) ?? 0)) {
      found = true;
      changes.push(" ", 0);
      changes.push(character, 1);
      changes.push(" ", 1);
    } else {
      changes.push(character, 0);
    }
  }
  return found ? text.apply(changes) : text;
}

function lowercase(text: NormalizedText): NormalizedText {
  // Without these two, each character becomes one of the same length, whatever its neighbours.
  if (!/[\u03a3\u0130]/.test(text.text)) {
    return text.withText(text.text.toLowerCase());
  }
  const changes = new Changes();
  for (const character of text.text) {
    let count = 0;
    for (const part of character.toLowerCase()) {
      changes.push(part, count);
      count = 1;
    }
  }
  return text.apply(changes);
}

function createStrip(options: JsonObject): Normalizer {
  const left = asBoolean(options.strip_left, true, "strip_left");
  const right = asBoolean(options.strip_right, true, "strip_right");
  return (text) => {
    let start = 0;
    let end = text.length;
    while (left && start < end && isWhitespace(text.text.charCodeAt(start))) {
      start++;
    }
    while (right && end > start && isWhitespace(text.text.charCodeAt(end - 1))) {
      end--;
    }
    return text.without(start, end);
  };
}

function nmt(text: NormalizedText): NormalizedText {
  const kept = text.filter(
    (code) =>
      !(
        (code >= 1 && code <= 8) ||
        code === 0xb ||
        (code >= 0xe && code <= 0x1f) ||
        code === 0x7f ||
        code === 0x8f ||
        code === 0x9f
      ),
  );
  return kept.withText(kept.text.replace(/[\t\n\f\r\u1680\u200b-\u200f\u2028\u2029\u2581\ufeff\ufffd]/g, " "));
}
