import { ExplainError } from "../common/errors";
import type { Token } from "../common/explanation";
import { type Message, message } from "../common/message";
import type { ModelConfig } from "../models/config";
import type { SecondText } from "../tasks/task";
import type { Tokenizer } from "../text/tokenizer";
import { type ContentRange, planWindows } from "./windows";

/** A window of the tokenizer's limits is never longer than this, so that attention fits into memory. */
export const longestWindow = 512;
/** As long as those in which the question answering pipeline of `transformers` reads a context, and as far apart: the same answers are found. */
const questionWindow = { longest: 384, overlap: 128 };

/** What is read together, as the tokens of a row and the windows of it. */
export interface TextsInRow {
  /** All tokens, in the order of a row that holds everything; segment 0 is the text, 1 the second one, whichever comes first. */
  readonly tokens: readonly Token[];
  /** Their token type ids. */
  readonly types: readonly number[];
  /** The tokens along which windows move, and how: places in this list. */
  readonly moving: readonly number[];
  readonly ranges: readonly ContentRange[];
  /** Tokens of the texts that every window holds. */
  readonly kept: ReadonlySet<number>;
  /** Tokens that one window has at most, special ones included. */
  readonly limit: number;
  /** What of the texts is not read; all is where left out. */
  readonly warnings?: readonly Message[];
}

/** What of a loaded model says how it reads texts. */
interface TextReader {
  readonly tokenizer: Tokenizer;
  /** `maxTokens` counts special tokens. */
  readonly folder: { readonly config: Pick<ModelConfig, "maxTokens"> & Partial<Pick<ModelConfig, "cutsStart">> };
}

/**
 * Puts a text, and maybe a second one, into rows of the length that a model reads. Two texts of a pair are in one row as they are; a question or a hypothesis stays in every
 * window of the text; two that are compared have a row each. Throws `text-empty`, `text-too-long`, `tokenizer-corrupt`.
 */
export function textsInRow(text: string, second: SecondText | null, { tokenizer, folder }: TextReader): TextsInRow {
  if (second?.role === "apart") {
    return textsApart([text, second.text], { tokenizer, folder });
  }
  const isQuestion = second?.role === "question";
  const limit = Math.min(folder.config.maxTokens, isQuestion ? questionWindow.longest : longestWindow);
  const first = tokenizer.encodeContent(text, 0);
  const other = second && tokenizer.encodeContent(second.text, 1);
  if (first.length === 0 || other?.length === 0) {
    throw noTokens();
  }
  const capacity = limit - tokenizer.addedTokens(second !== null);
  if (capacity < 1) {
    throw new ExplainError(
      "tokenizer-corrupt",
      "The tokenizer adds more special tokens than the {0} tokens that the model reads at once. Get the model again.",
      limit,
    );
  }
  const wrapped = isQuestion ? tokenizer.wrap(other ?? [], first) : tokenizer.wrap(first, other);
  const tokens = isQuestion ? exchanged(wrapped) : wrapped;
  const types = tokenizer.typeIds(wrapped);
  const content = tokens.filter(({ special }) => !special);
  if (!second || second.role === "pair") {
    if (other && content.length > capacity) {
      throw new ExplainError(
        "text-too-long",
        "The two texts have {0} tokens together; this model reads at most {1} at once. Shorten one of them.",
        content.length,
        capacity,
      );
    }
    const moving = content.map(({ index }) => index);
    return { tokens, types, moving, ranges: planWindows(moving.length, capacity), kept: new Set(), limit };
  }
  const moving = content.filter(({ segment }) => segment === 0).map(({ index }) => index);
  const kept = new Set(content.filter(({ segment }) => segment === 1).map(({ index }) => index));
  const room = capacity - kept.size;
  if (room < Math.min(moving.length, 2)) {
    throw new ExplainError(
      "text-too-long",
      "“{0}” has {1} tokens, which leaves no room for the text: this model reads at most {2} at once. Shorten it.",
      second.text,
      kept.size,
      capacity,
    );
  }
  const overlap = Math.min(questionWindow.overlap, Math.floor(limit / 2));
  const ranges = isQuestion
    ? planWindows(moving.length, room, { overlap: overlap < room ? overlap : Math.floor(room / 2), isLastFull: false })
    : planWindows(moving.length, room);
  return {
    tokens: second.role === "hypothesis" ? unscored(tokens, types) : tokens,
    types,
    moving,
    ranges,
    kept,
    limit,
  };
}

/** A row as a task reads it: of a text that a model went on with, which fits into one window, or of one of which the task has left tokens out, with windows of what is left. */
export function asRead(
  row: TextsInRow,
  tokens: readonly Token[],
  isWritten: boolean,
  { tokenizer }: Pick<TextReader, "tokenizer">,
): TextsInRow {
  if (!isWritten && tokens.length === row.tokens.length) {
    return row;
  }
  const moving = tokens.filter(({ special }) => !special).map(({ index }) => index);
  const types = tokens.map((_, at) => row.types[at] ?? row.types.at(-1) ?? 0);
  const ranges = isWritten
    ? [{ start: 0, end: moving.length }]
    : planWindows(moving.length, row.limit - tokenizer.addedTokens(false));
  return { ...row, tokens, types, moving, ranges };
}

/** Two texts, each in a row of its own, between special tokens of its own. */
function textsApart(texts: readonly [string, string], { tokenizer, folder }: TextReader): TextsInRow {
  const limit = Math.min(folder.config.maxTokens, longestWindow);
  const capacity = limit - tokenizer.addedTokens(false);
  const rows = texts.map((text, side) => {
    const segment = side === 0 ? 0 : 1;
    const content = withoutBlanks(text, (inner) => tokenizer.encodeContent(inner, segment));
    if (content.length === 0) {
      throw noTokens();
    }
    if (content.length > capacity && folder.config.maxTokens > longestWindow) {
      throw new ExplainError(
        "text-too-long",
        "One of the texts has {0} tokens; at most {1} of each can be compared. Shorten it.",
        content.length,
        capacity,
      );
    }
    const left = Math.max(0, content.length - capacity);
    const { cutsStart = false } = folder.config;
    // As sentence-transformers cuts: the beginning is read, or the end, between the special tokens.
    const wrapped = tokenizer.wrap(cutsStart ? content.slice(left) : content.slice(0, capacity), null);
    const template = (cutsStart ? cutStartTemplates : cutTemplates)[segment];
    return {
      // To the model each is a first text.
      types: tokenizer.typeIds(wrapped),
      tokens: wrapped.map((token) => ({ ...token, segment }) as const),
      warnings: left > 0 ? [message(template, content.length, capacity, left)] : [],
    };
  });
  const tokens = rows.flatMap((row) => row.tokens).map((token, index) => ({ ...token, index }));
  const moving = tokens.filter(({ special }) => !special).map(({ index }) => index);
  const first = tokens.filter(({ special, segment }) => !special && segment === 0).length;
  const ranges = [
    { start: 0, end: first, segment: 0, isCut: rows[0]?.warnings.length === 1 },
    { start: first, end: moving.length, segment: 1, isCut: rows[1]?.warnings.length === 1 },
  ] as const;
  return {
    tokens,
    types: rows.flatMap((row) => row.types),
    moving,
    ranges,
    kept: new Set(),
    limit,
    warnings: rows.flatMap((row) => row.warnings),
  };
}

/** What is said of a text that is not read to its end, the first and the second one. */
const cutTemplates = [
  "The first text has {0} tokens, of which the model reads the first {1}: the other {2} at its end are left out and have no scores.",
  "The second text has {0} tokens, of which the model reads the first {1}: the other {2} at its end are left out and have no scores.",
] as const;

/** What is said of one of which the end is read. */
const cutStartTemplates = [
  "The first text has {0} tokens, of which the model reads the last {1}: the other {2} at its start are left out and have no scores.",
  "The second text has {0} tokens, of which the model reads the last {1}: the other {2} at its start are left out and have no scores.",
] as const;

/** The tokens of a text without what is blank before and behind it, as sentence-transformers reads texts, at their places in the whole. */
function withoutBlanks(text: string, encode: (inner: string) => Token[]): Token[] {
  const before = text.length - text.trimStart().length;
  return encode(text.trim()).map((token) => ({ ...token, start: token.start + before, end: token.end + before }));
}

function noTokens(): ExplainError {
  return new ExplainError(
    "text-empty",
    "The model sees no token in the text: it consists of characters that its tokenizer leaves out. Select words.",
  );
}

/** Tokens whose texts stand in a row the other way round, named as everywhere else, or these as they stand in it. */
export function exchanged<T extends Pick<Token, "special" | "segment">>(tokens: readonly T[]): T[] {
  return tokens.map((token) => (token.special ? token : { ...token, segment: token.segment === 0 ? 1 : 0 }));
}

/** Tokens of a second text that is no text of the person's: they always stay, as the special ones do, and like theirs their segment is their type. */
function unscored(tokens: readonly Token[], types: readonly number[]): Token[] {
  return tokens.map((token) => {
    const own = { segment: types[token.index] === 1 ? 1 : 0, special: true, text: "", start: 0, end: 0 } as const;
    return token.segment === 1 ? { ...token, ...own } : token;
  });
}
