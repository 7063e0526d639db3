import type { Segment } from "../common/explanation";
import { byteLevelSpace } from "./byteLevel";
import { isWhitespace } from "./characters";
import type { EncodedToken } from "./encodedToken";
import {
  asArray,
  asBoolean,
  asIndex,
  asObject,
  asString,
  corruptTokenizer,
  type JsonObject,
  longestToken,
  unsupportedTokenizer,
} from "./json";
import { unitsAt } from "./normalizedText";
import { Steps } from "./steps";

/** The tokens of one text, or of a piece of the template. */
export type TokenList = readonly EncodedToken[];

/** Completes the tokens of one or two texts. */
export interface PostProcessor {
  /** How many special tokens are added. */
  added(pair: boolean): number;
  /** Takes spaces out of the ranges; `text` gives the text of a segment. */
  trim(lists: readonly TokenList[], text: (segment: Segment) => string): readonly TokenList[];
  /** Adds the special tokens to the lists of one or two texts. */
  wrap(lists: readonly TokenList[]): readonly TokenList[];
  /** The token type ids a model gets for the content of each segment; special tokens have their segment as type id. */
  contentTypes(pair: boolean): readonly [number, number];
}

/** Templates have a handful of parts, and each special token one id. */
const longestTemplate = 100;

const plain: PostProcessor = {
  added: () => 0,
  trim: (lists) => lists,
  wrap: (lists) => lists,
  contentTypes: () => [0, 1],
};

/** Builds the `post_processor` of a tokenizer.json (`null` does nothing); throws `tokenizer-unsupported` or `tokenizer-corrupt`. */
export function createPostProcessor(json: unknown, steps = new Steps()): PostProcessor {
  if (json === null || json === undefined) {
    return plain;
  }
  steps.take();
  const options = asObject(json, "the post-processor");
  const type = asString(options.type, "the type of the post-processor");
  switch (type) {
    case "BertProcessing":
      return createBert(options);
    case "RobertaProcessing":
      return createRoberta(options);
    case "TemplateProcessing":
      return createTemplate(options);
    case "ByteLevel":
      return { ...plain, trim: createTrim(options) };
    case "Sequence":
      return createSequence(options, steps);
    default:
      throw unsupportedTokenizer(`the post-processor ${type}`);
  }
}

function createSequence(options: JsonObject, steps: Steps): PostProcessor {
  const parts = asArray(options.processors, "the sequence of post-processors").map((step) =>
    createPostProcessor(step, steps),
  );
  const wrapping = parts.filter((step) => step.added(false) + step.added(true) > 0);
  if (wrapping.length > 1) {
    throw unsupportedTokenizer("more than one template of special tokens");
  }
  const [template = plain] = wrapping;
  return {
    ...template,
    trim: (lists, text) => parts.reduce((trimmed, step) => step.trim(trimmed, text), lists),
  };
}

function special(id: number, value: string, segment: Segment): EncodedToken {
  return { id, value, start: 0, end: 0, special: true, segment };
}

/** Reads `["[SEP]", 102]`. */
function readToken(value: unknown, where: string): (segment: Segment) => EncodedToken {
  const [piece, id] = asArray(value, where);
  const content = asString(piece, where, longestToken);
  const number = asIndex(id, where);
  return (segment) => special(number, content, segment);
}

function createBert(options: JsonObject): PostProcessor {
  const cls = readToken(options.cls, "cls of the post-processor");
  const sep = readToken(options.sep, "sep of the post-processor");
  return {
    ...plain,
    added: (pair) => (pair ? 3 : 2),
    wrap: ([first = [], second]) => [[cls(0), ...first, sep(0)], ...(second ? [[...second, sep(1)]] : [])],
  };
}

function createRoberta(options: JsonObject): PostProcessor {
  const cls = readToken(options.cls, "cls of the post-processor");
  const sep = readToken(options.sep, "sep of the post-processor");
  return {
    added: (pair) => (pair ? 4 : 2),
    trim: createTrim(options),
    wrap: ([first = [], second]) => [[cls(0), ...first, sep(0)], ...(second ? [[sep(0), ...second, sep(0)]] : [])],
    contentTypes: () => [0, 0],
  };
}

type TemplatePart =
  | { readonly sequence: Segment; readonly type: Segment }
  | { readonly tokens: readonly EncodedToken[] };

function createTemplate(options: JsonObject): PostProcessor {
  const tokens = asObject(options.special_tokens, "the special tokens of the template");
  const single = readTemplate(options.single, tokens);
  const pair = readTemplate(options.pair, tokens);
  const reads = (parts: readonly TemplatePart[], sequence: Segment) =>
    parts.filter((part) => "sequence" in part && part.sequence === sequence).length;
  if (reads(single, 0) !== 1 || (pair.length > 0 && (reads(pair, 0) !== 1 || reads(pair, 1) !== 1))) {
    throw corruptTokenizer("its template does not hold each text once");
  }
  const count = (parts: readonly TemplatePart[]) =>
    parts.reduce((sum, part) => sum + ("tokens" in part ? part.tokens.length : 0), 0);
  const typeOf = (parts: readonly TemplatePart[], sequence: Segment, fallback: number): number => {
    const part = parts.find((candidate) => "sequence" in candidate && candidate.sequence === sequence);
    return part && "sequence" in part ? part.type : fallback;
  };
  return {
    ...plain,
    added: (isPair) => count(isPair ? pair : single),
    wrap: (lists) =>
      (lists.length > 1 ? pair : single).map((part) => {
        if ("tokens" in part) {
          return part.tokens;
        }
        const list = lists[part.sequence];
        if (!list) {
          throw corruptTokenizer("the template for one text uses the second one");
        }
        return list;
      }),
    contentTypes: (isPair) => {
      const parts = isPair ? pair : single;
      return [typeOf(parts, 0, 0), typeOf(parts, 1, 1)];
    },
  };
}

function readTemplate(json: unknown, tokens: JsonObject): readonly TemplatePart[] {
  const parts = asArray(json, "the template");
  if (parts.length > longestTemplate) {
    throw corruptTokenizer("its template is too long");
  }
  let count = 0;
  return parts.map((entry): TemplatePart => {
    const part = asObject(entry, "a part of the template");
    if (part.Sequence !== undefined) {
      const sequence = asObject(part.Sequence, "a text of the template");
      if (sequence.id !== "A" && sequence.id !== "B") {
        throw corruptTokenizer("a text of the template is neither A nor B");
      }
      return { sequence: sequence.id === "A" ? 0 : 1, type: asType(sequence.type_id) };
    }
    const token = asObject(part.SpecialToken, "a special token of the template");
    const type = asType(token.type_id);
    const name = asString(token.id, "the name of a special token", longestToken);
    const content = asObject(Object.hasOwn(tokens, name) ? tokens[name] : null, `the special token ${name}`);
    const ids = asArray(content.ids, `the ids of ${name}`);
    const pieces = asArray(content.tokens, `the pieces of ${name}`);
    count += ids.length;
    if (count > longestTemplate) {
      throw corruptTokenizer("its template is too long");
    }
    return {
      tokens: ids.map((id, index) =>
        special(
          asIndex(id, `the ids of ${name}`),
          asString(pieces[index], `the pieces of ${name}`, longestToken),
          type,
        ),
      ),
    };
  });
}

function asType(value: unknown): Segment {
  const type = asIndex(value, "a type id of the template");
  if (type !== 0 && type !== 1) {
    throw unsupportedTokenizer(`token type ${type}`);
  }
  return type;
}

/** Takes the spaces a byte-level token begins or ends with out of its range, as the Python package does. */
function createTrim(options: JsonObject): PostProcessor["trim"] {
  const addPrefixSpace = asBoolean(options.add_prefix_space, true, "add_prefix_space of the post-processor");
  if (!asBoolean(options.trim_offsets, true, "trim_offsets of the post-processor")) {
    return (lists) => lists;
  }
  return (lists, text) =>
    lists.map((list) => list.map((token, index) => trimToken(token, index === 0, addPrefixSpace, text(token.segment))));
}

function isSpace(character: string): boolean {
  return character === byteLevelSpace || isWhitespace(character.charCodeAt(0));
}

function trimToken(token: EncodedToken, first: boolean, addPrefixSpace: boolean, text: string): EncodedToken {
  const { value } = token;
  let leading = 0;
  while (leading < value.length && isSpace(value.charAt(leading))) {
    leading++;
  }
  let trailing = 0;
  while (trailing < value.length && isSpace(value.charAt(value.length - 1 - trailing))) {
    trailing++;
  }
  if (leading === 0 && trailing === 0) {
    return token;
  }
  // A single leading space at the very beginning is the one that was added, so it is not in the text.
  if (leading === 1 && addPrefixSpace && (first || token.start === 0)) {
    leading = 0;
  }
  const start = Math.min(forward(text, token.start, leading), token.end);
  const back = backward(text, token.end, trailing);
  return { ...token, start, end: back < 0 ? token.end : Math.max(back, start) };
}

function forward(text: string, from: number, characters: number): number {
  let index = from;
  for (let count = 0; count < characters; count++) {
    index += unitsAt(text, index);
  }
  return index;
}

/** −1 when there are fewer characters before. */
function backward(text: string, from: number, characters: number): number {
  let index = from;
  for (let count = 0; count < characters; count++) {
    if (index <= 0) {
      return -1;
    }
    index -= index >= 2 && unitsAt(text, index - 2) === 2 ? 2 : 1;
  }
  return index;
}
