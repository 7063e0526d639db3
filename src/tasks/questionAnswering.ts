import { cleanName } from "../common/cleanWords";
import { ExplainError } from "../common/errors";
import { answerName, noAnswer, type SpanAnswer } from "../common/prediction/spans";
import { type AnswerWindow, findAnswers } from "./answerSpans";
import { comparedWithItself } from "./contrast";
import { findLabel } from "./labels";
import { type Read, targetValue } from "./target";
import type { ReadText, TaskKind, WindowOutputs } from "./task";

/** How many answers a prediction has, and the most tokens of one. */
const choice = { count: 5, longest: 15 };

/** The width of what is read at a token: the logit that an answer starts there, and that one ends there. */
const [startAt, endAt, width] = [0, 1, 2];

/** Answers to a question that are stretches of the text: the target is the sum of the logits of a stretch's start and end, at its first and last token. */
export const questionAnswering: TaskKind = {
  detects: ({ architecture }) => architecture !== null && /ForQuestionAnswering$/.test(architecture),
  fits: (outputs) => outputs === width,
  isLabelled: false,
  asksFirst: true,
  outputs: ["start_logits", "end_logits"],
  gives: () => "softmax",
  second({ pair }) {
    if (pair === null || pair.trim() === "") {
      throw new ExplainError("text-empty", "There is no question. This model answers one about the text: ask it.");
    }
    return { role: "question", text: pair };
  },
  /** The tokens of the text, and the first special token, which stands for no answer. */
  places: (read, { position }) => {
    if (position !== null) {
      throw new ExplainError(
        "request-invalid",
        "This model answers with stretches of the text, not for one of its tokens. Leave the position out.",
      );
    }
    const none = noneToken(read);
    return read.tokens
      .filter(({ index, special, segment }) => (!special && segment === 0) || index === none)
      .map(({ index }) => index);
  },
  predict(_, read) {
    const windows = read.windows.map((window) => answerWindow(window, read));
    const none = noneToken(read);
    const answers = findAnswers(read.text, windows, choice).map((answer): SpanAnswer => {
      const tokens = answer.tokens ?? ([none, none] as const);
      const { at, outputs } = read.windows[answer.window] ?? { at: [], outputs: [] };
      return { ...answer, tokens, logit: targetValue({ reads: spanReads(tokens, at, 1) }, outputs) };
    });
    return { kind: "spans", spans: answers };
  },
  target(_, { target, versus }, prediction, read) {
    if (prediction.kind !== "spans") {
      throw new RangeError("Answers to a question are spans.");
    }
    const { spans } = prediction;
    const names = spans.map(answerName);
    const chosen = target === null ? 0 : findAnswer(names, target);
    const other = versus === null ? null : findAnswer(names, versus);
    if (other === chosen) {
      throw comparedWithItself(names[chosen] ?? "");
    }
    const asked = [chosen, ...(other === null ? [] : [other])].flatMap((place) => spans[place] ?? []);
    const at = [...new Set(asked.flatMap(({ tokens }) => tokens))].sort((a, b) => a - b);
    const holding = asked.find(({ window }) => at.every((token) => read.windows[window]?.at.includes(token)));
    if (!holding) {
      throw new ExplainError(
        "label-unknown",
        "The two answers stand too far apart to be read together, so one cannot be compared with the other.",
      );
    }
    const reads = asked.flatMap(({ tokens }, place) => spanReads(tokens, at, place === 0 ? 1 : -1));
    const { window } = holding;
    const label = names[chosen] ?? noAnswer;
    return other === null
      ? { at, window, reads, link: "identity", kind: "span", label, versus }
      : { at, window, reads, link: "sigmoid", kind: "log-odds", label, versus: names[other] ?? noAnswer };
  },
};

/** The answer that is meant by its words, as they are or as they are shown, or by its number. Throws `label-unknown`. */
function findAnswer(names: readonly string[], wanted: string): number {
  const isOne = names.includes(cleanName(wanted));
  const bare = isOne ? wanted : (/^“(.*)”$/su.exec(wanted.trim())?.[1] ?? wanted);
  try {
    return findLabel(names, bare);
  } catch {
    const listed = names.slice(0, mostListed).map((name) => (name === noAnswer ? name : `“${name}”`));
    throw new ExplainError(
      "label-unknown",
      "There is no answer “{0}” among those that are found. Choose one of: {1}.",
      cleanName(bare),
      listed.join(", "),
    );
  }
}

const mostListed = 20;

/** The token that stands for no answer: the first special one; −1 where there is none. */
function noneToken({ tokens }: Pick<ReadText, "tokens">): number {
  return tokens.findIndex(({ special }) => special);
}

/** What is read at the ends of a span, among the outputs at tokens. */
function spanReads(tokens: SpanAnswer["tokens"], at: readonly number[], weight: 1 | -1): Read[] {
  return tokens.map((token, end) => ({
    index: at.indexOf(token) * width + (end === 0 ? startAt : endAt),
    weight,
  }));
}

/** Logits at the tokens of one window, with where they stand in the text. */
function answerWindow({ at, outputs }: WindowOutputs, { tokens, wordEnds }: ReadText): AnswerWindow {
  const ends = wordEnds();
  const slots = at.flatMap((index, slot) => {
    const token = tokens[index];
    return token ? [{ token, slot }] : [];
  });
  const inText = slots.filter(({ token }) => !token.special);
  const none = slots.find(({ token }) => token.special);
  const output = (slot: number, which: number) => outputs[slot * width + which] ?? Number.NaN;
  return {
    places: inText.map(({ token: { index, start, end } }) => ({
      token: index,
      start,
      end,
      word: ends.findIndex((wordEnd) => wordEnd >= end),
    })),
    starts: inText.map(({ slot }) => output(slot, startAt)),
    ends: inText.map(({ slot }) => output(slot, endAt)),
    none: none ? { start: output(none.slot, startAt), end: output(none.slot, endAt) } : null,
  };
}
