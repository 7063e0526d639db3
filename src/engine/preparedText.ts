import { windowsTemplate } from "../common/doubts";
import { ExplainError } from "../common/errors";
import { type ExplainRequest, type Token, textsOf, type Unit, type Window } from "../common/explanation";
import { type Message, message } from "../common/message";
import { methodInfo } from "../common/method";
import { checkText } from "../common/textLimits";
import type { OpenTask } from "../tasks/registry";
import type { Continuation, TaskQuestion } from "../tasks/task";
import type { Tokenizer } from "../text/tokenizer";
import { sentenceUnits, wordUnits } from "../text/units";
import { idAt, type ResolvedBaseline, resolveBaseline, type StandIn } from "./baseline";
import type { Row } from "./batcher";
import { coverageWarnings } from "./coverage";
import { outputBegins } from "./generation/outputBegins";
import { otherText } from "./otherText";
import { asRead, textsInRow } from "./textsInRow";
import { type ContentRange, triangularWeights } from "./windows";

/** What the model reads at once: one window of the text between the special tokens. */
export interface WindowInput {
  /** The token index at each position. */
  readonly positions: readonly number[];
  readonly row: Row;
  /** How much this window's say counts at each token of the text; 0 at tokens it does not hold and at special tokens. */
  readonly weights: Float64Array;
  /** This window's share of all windows' content tokens; the shares of all windows add up to 1. */
  readonly share: number;
}

/** A text as the model reads it: tokens, units and windows; tokens of the request's `masked` are replaced already. */
export interface PreparedText {
  readonly text: string;
  readonly pair: string | null;
  readonly output: string | null;
  /** What the model wrote behind the text; `null` where it writes nothing. */
  readonly continuation: Continuation | null;
  readonly tokens: readonly Token[];
  readonly words: readonly Unit[];
  readonly sentences: readonly Unit[];
  readonly masked: readonly number[];
  /** Tokens that methods leave as they are, such as a blank. */
  readonly fixed: readonly number[];
  readonly windows: readonly Window[];
  readonly inputs: readonly WindowInput[];
  readonly baseline: ResolvedBaseline;
  readonly warnings: readonly Message[];
  /** Where the words end that the tokenizer cut the text into before it looked for tokens. */
  readonly wordEnds: () => readonly number[];
}

/** What of a loaded model decides how it reads a text. */
export interface Reader {
  readonly tokenizer: Tokenizer;
  /** `maxTokens` counts special tokens. */
  readonly folder: {
    readonly config: { readonly maxTokens: number };
    readonly generation: { readonly begins: number | null };
  };
  readonly session: { readonly keepsPlaces: boolean; readonly readsOutput: boolean };
  readonly task: Pick<OpenTask, "ask" | "second">;
}

/** What of a request says how a text is read. */
export type PrepareRequest = Pick<
  ExplainRequest,
  "text" | "pair" | "masked" | "baseline" | "baselineText" | "methods"
> &
  TaskQuestion;

/**
 * Checks and tokenises a text and lays out its windows.
 * Throws `text-empty`, `text-binary`, `text-too-long`, or what the task, {@link resolveBaseline} and {@link otherText} throw.
 */
export function prepareText(
  request: PrepareRequest,
  { tokenizer, folder, session, task }: Reader,
  second = task.second(request),
  continuation: Continuation | null = null,
): PreparedText {
  const { text } = request;
  const pair = second?.role === "hypothesis" ? null : (second?.text ?? null);
  checkText(text, second?.text ?? null);
  const inRow = textsInRow(text, second, { tokenizer, folder });
  const { tokens: read, kept, limit } = inRow;
  const begins = continuation?.begins ?? outputBegins({ session, folder });
  const asked = task.ask(
    { text, pair, tokens: read, words: wordsOf(text, pair, null, read), begins, continuation },
    request,
  );
  const { output = null } = asked;
  const { types, moving: content, ranges } = asRead(inRow, asked.tokens, continuation !== null, { tokenizer });
  const wrapped = asked.tokens;
  const baseline =
    request.baselineText === ""
      ? resolveBaseline(request.baseline, tokenizer, session.keepsPlaces)
      : otherText(request, wrapped, tokenizer);
  const masked = [...new Set(request.masked)]
    .filter((index) => wrapped[index] && !wrapped[index].special)
    .sort((a, b) => a - b);
  const tokens = replaceMasked(wrapped, masked, baseline.placeholder, tokenizer);
  const inputs = ranges.map(
    (range): WindowInput => ({
      ...windowInput(range, content, { wrapped, tokens, types, kept, hasOutput: session.readsOutput }),
      share: shareOf(range, ranges),
    }),
  );
  return {
    text,
    pair,
    output,
    continuation,
    tokens,
    words: wordsOf(text, pair, output, tokens),
    sentences: textsOf({ text, pair, output }).flatMap((one) => sentenceUnits(one.text, tokens, one.segment)),
    masked,
    fixed: asked.fixed,
    windows: ranges.map((range) => windowOf(range, content, tokens, { text, pair, isOnly: ranges.length === 1 })),
    inputs,
    baseline,
    wordEnds: () => tokenizer.wordEnds(text),
    warnings: [
      ...asked.warnings,
      ...(inRow.warnings ?? []),
      ...coverageWarnings(pair === null ? [text] : [text, pair], read, tokenizer.specials.unk),
      ...(baseline.warning && (baseline.ofEmbeddings === baseline.ofRows || replacesTokens(request))
        ? [baseline.warning]
        : []),
      ...(isCut(ranges) ? [message(windowsTemplate, content.length, limit, ranges.length)] : []),
    ],
  };
}

/** How much a range counts: by its length; texts that are read apart count alike. */
function shareOf({ start, end, segment }: ContentRange, ranges: readonly ContentRange[]): number {
  const total = ranges.reduce((sum, range) => sum + range.end - range.start, 0);
  return segment === undefined ? (end - start) / total : 1 / ranges.length;
}

/** Whether a text is longer than what is read at once. */
function isCut(ranges: readonly ContentRange[]): boolean {
  return ranges.length > 1 && ranges.every(({ segment }) => segment === undefined);
}

function wordsOf(text: string, pair: string | null, output: string | null, tokens: readonly Token[]): Unit[] {
  return textsOf({ text, pair, output }).flatMap((one) => wordUnits(one.text, tokens, one.segment));
}

/** What the model reads of a text: the tokens before any were masked, those that are read, and their types. */
interface ReadTokens {
  readonly wrapped: readonly Token[];
  readonly tokens: readonly Token[];
  readonly types: readonly number[];
  /** Those that every window holds. */
  readonly kept: ReadonlySet<number>;
  /** Whether what was written is fed to a decoder of its own. */
  readonly hasOutput: boolean;
}

/** One window: the content tokens of a range between the special ones. */
function windowInput(
  { start, end, segment: only }: ContentRange,
  content: readonly number[],
  { wrapped, tokens, types, kept, hasOutput }: ReadTokens,
): Omit<WindowInput, "share"> {
  const inside = new Set(content.slice(start, end));
  const positions = tokens
    .filter(({ special, segment, index }) =>
      only === undefined ? special || inside.has(index) || kept.has(index) : segment === only,
    )
    .map(({ index }) => index);
  const weights = new Float64Array(tokens.length);
  for (const index of kept) {
    weights[index] = tokens[index]?.special ? 0 : 1;
  }
  triangularWeights(end - start).forEach((weight, index) => {
    weights[content[start + index] ?? 0] = weight;
  });
  const output = hasOutput ? positions.findIndex((index) => tokens[index]?.segment === 2) : -1;
  const row = {
    ids: Int32Array.from(positions, (index) => tokens[index]?.id ?? 0),
    places: Int32Array.from(positions, (index) => wrapped[index]?.id ?? 0),
    segments: Int32Array.from(positions, (index) => types[index] ?? 0),
    ...(output < 0 ? {} : { outputFrom: output }),
  };
  return { positions, row, weights };
}

/** Whether tokens become others: where words are masked, and by methods that evaluate changed texts. */
export function replacesTokens({ masked, methods }: Pick<ExplainRequest, "masked" | "methods">): boolean {
  return masked.length > 0 || methods.some((method) => methodInfo(method).needs.includes("evaluations"));
}

function replaceMasked(
  tokens: readonly Token[],
  masked: readonly number[],
  placeholder: StandIn | null,
  tokenizer: Tokenizer,
): readonly Token[] {
  if (masked.length === 0) {
    return tokens;
  }
  if (!placeholder) {
    throw new ExplainError(
      "method-unavailable",
      "The model's vocabulary has no token that can stand for a masked word. Explain the text without masked words.",
    );
  }
  const absent = new Set(masked);
  return tokens.map((token) => {
    const id = idAt(placeholder, token.index);
    return absent.has(token.index) ? { ...token, id, piece: tokenizer.idToPiece(id) ?? "" } : token;
  });
}

function windowOf(
  range: ContentRange,
  content: readonly number[],
  tokens: readonly Token[],
  { text, pair, isOnly }: { readonly text: string; readonly pair: string | null; readonly isOnly: boolean },
): Window {
  const firstToken = content[range.start] ?? 0;
  const endToken = (content[range.end - 1] ?? 0) + 1;
  if (range.segment !== undefined) {
    const whole = ((range.segment === 1 ? pair : text) ?? "").length;
    const end = range.isCut ? (tokens[endToken - 1]?.end ?? whole) : whole;
    return { start: 0, end, firstToken, endToken, segment: range.segment };
  }
  if (isOnly) {
    return { start: 0, end: text.length, firstToken, endToken };
  }
  return {
    start: range.start === 0 ? 0 : (tokens[firstToken]?.start ?? 0),
    end: range.end === content.length ? text.length : (tokens[endToken - 1]?.end ?? text.length),
    firstToken,
    endToken,
  };
}
