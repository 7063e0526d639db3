import { mapToBytes } from "./byteLevel";
import { isNumeric, isPunctuation, isWhitespace, wordClass } from "./characters";
import {
  asArray,
  asBoolean,
  asIndex,
  asObject,
  asString,
  corruptTokenizer,
  type JsonObject,
  unsupportedTokenizer,
} from "./json";
import { type NormalizedText, unitsAt } from "./normalizedText";
import {
  asSplitBehavior,
  characterPattern,
  createPattern,
  findAll,
  type Pattern,
  regexPattern,
  type SplitBehavior,
  splitText,
  stepsPerPiece,
} from "./patterns";
import type { Expressions } from "./regex/expressions";
import type { StepBudget } from "./stepBudget";
import { Steps } from "./steps";

/** Splits one stretch of text into the words a model sees; may rewrite them. */
export type PreTokenizer = (texts: readonly NormalizedText[]) => readonly NormalizedText[];

const whitespace = characterPattern(isWhitespace);
const punctuation = characterPattern(isPunctuation);
const numeric = characterPattern(isNumeric);
const words = regexPattern(new RegExp(`[${wordClass}]+|[^${wordClass}\\p{White_Space}]+`, "gu"));
const gpt2Words = regexPattern(
  /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu,
);

/** Builds the `pre_tokenizer` of a tokenizer.json (`null` does nothing); throws `tokenizer-unsupported` or `tokenizer-corrupt`. */
export function createPreTokenizer(json: unknown, expressions: Expressions, steps = new Steps()): PreTokenizer {
  if (json === null || json === undefined) {
    return (texts) => texts;
  }
  steps.take();
  const { budget } = expressions;
  const options = asObject(json, "the pre-tokenizer");
  const type = asString(options.type, "the type of the pre-tokenizer");
  switch (type) {
    case "Sequence":
      return createSequence(options, expressions, steps);
    case "BertPreTokenizer":
      return (texts) =>
        each(
          each(texts, (text) => splitText(text, whitespace, budget, "Removed")),
          (text) => splitText(text, punctuation, budget, "Isolated"),
        );
    case "ByteLevel":
      return createByteLevel(options, budget);
    case "Metaspace":
      return createMetaspace(options, budget);
    case "Whitespace":
      return splitter(budget, words, "Removed", true);
    case "WhitespaceSplit":
      return splitter(budget, whitespace, "Removed", false);
    case "Punctuation":
      return splitter(
        budget,
        punctuation,
        options.behavior === undefined
          ? "Isolated"
          : asSplitBehavior(options.behavior, "the pre-tokenizer Punctuation"),
        false,
      );
    case "Digits": {
      const individual = asBoolean(options.individual_digits, false, "individual_digits");
      return splitter(budget, numeric, individual ? "Isolated" : "Contiguous", false);
    }
    case "Split":
      return splitter(
        budget,
        createPattern(options.pattern, "the pre-tokenizer Split", expressions),
        asSplitBehavior(options.behavior, "the pre-tokenizer Split"),
        asBoolean(options.invert, false, "invert of the pre-tokenizer Split"),
      );
    case "CharDelimiterSplit": {
      const delimiter = asCharacter(options.delimiter, "the delimiter");
      return splitter(budget, (text) => findAll(text, delimiter), "Removed", false);
    }
    case "FixedLength":
      return createFixedLength(options, budget);
    default:
      throw unsupportedTokenizer(`the pre-tokenizer ${type}`);
  }
}

function each(
  texts: readonly NormalizedText[],
  split: (text: NormalizedText) => readonly NormalizedText[],
): readonly NormalizedText[] {
  const result: NormalizedText[] = [];
  for (const text of texts) {
    for (const part of split(text)) {
      result.push(part);
    }
  }
  return result;
}

function splitter(budget: StepBudget, pattern: Pattern, behavior: SplitBehavior, invert: boolean): PreTokenizer {
  return (texts) => each(texts, (text) => splitText(text, pattern, budget, behavior, invert));
}

function createSequence(options: JsonObject, expressions: Expressions, steps: Steps): PreTokenizer {
  const parts = asArray(options.pretokenizers, "the sequence of pre-tokenizers").map((step) =>
    createPreTokenizer(step, expressions, steps),
  );
  return (texts) =>
    parts.reduce((split, step) => {
      expressions.budget.spend(split.reduce((sum, text) => sum + text.length + stepsPerPiece, 0));
      return step(split);
    }, texts);
}

function createByteLevel(options: JsonObject, budget: StepBudget): PreTokenizer {
  const addPrefixSpace = asBoolean(options.add_prefix_space, true, "add_prefix_space");
  const useRegex = asBoolean(options.use_regex, true, "use_regex");
  return (texts) => {
    const split = each(texts, (text) => {
      const spaced = addPrefixSpace && !text.text.startsWith(" ") ? text.prepend(" ") : text;
      return useRegex ? splitText(spaced, gpt2Words, budget, "Isolated") : [spaced];
    });
    return split.map(mapToBytes);
  };
}

function createMetaspace(options: JsonObject, budget: StepBudget): PreTokenizer {
  const replacement = asCharacter(options.replacement, "the replacement of the pre-tokenizer Metaspace");
  const split = asBoolean(options.split, true, "split of the pre-tokenizer Metaspace");
  const scheme = metaspaceScheme(options);
  const delimiter: Pattern = (text) => findAll(text, replacement);
  return (texts) =>
    each(texts, (original) => {
      let text = original.replace(findAll(original.text, " "), replacement);
      const prepend = scheme === "always" || (scheme === "first" && text.originStart === 0);
      if (prepend && !text.text.startsWith(replacement)) {
        text = text.prepend(replacement);
      }
      return split ? splitText(text, delimiter, budget, "MergedWithNext") : [text];
    });
}

function metaspaceScheme(options: JsonObject): "always" | "first" | "never" {
  const scheme = options.prepend_scheme ?? "always";
  if (scheme !== "always" && scheme !== "first" && scheme !== "never") {
    throw corruptTokenizer("the prepend_scheme of the pre-tokenizer Metaspace is unknown");
  }
  if (asBoolean(options.add_prefix_space, true, "add_prefix_space")) {
    return scheme;
  }
  if (options.prepend_scheme !== undefined && scheme !== "never") {
    throw corruptTokenizer("add_prefix_space and prepend_scheme contradict each other");
  }
  return "never";
}

function createFixedLength(options: JsonObject, budget: StepBudget): PreTokenizer {
  const length =
    options.length === undefined ? 5 : asIndex(options.length, "the length of the pre-tokenizer FixedLength");
  if (length === 0) {
    throw corruptTokenizer("the length of the pre-tokenizer FixedLength is 0");
  }
  return (texts) =>
    each(texts, (text) => {
      const parts: NormalizedText[] = [];
      for (let start = 0; start < text.length; ) {
        let end = start;
        for (let count = 0; count < length && end < text.length; count++) {
          end += unitsAt(text.text, end);
        }
        budget.spend(stepsPerPiece);
        parts.push(text.slice(start, end));
        start = end;
      }
      return parts;
    });
}

function asCharacter(value: unknown, where: string): string {
  const character = asString(value, where);
  if (character.length === 0 || unitsAt(character, 0) !== character.length) {
    throw corruptTokenizer(`${where} is not one character`);
  }
  return character;
}
