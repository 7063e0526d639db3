import { hasFields, isCount, isListOf, isOneOf, isText } from "../checks";
import { cleanName } from "../cleanWords";
import { formatPercent } from "../format";
import { isFigure, type PredictionForm } from "./form";

/** A stretch of the text, in UTF-16 offsets, that answers a question; `text` is empty where it says that there is no answer. */
export interface SpanAnswer {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** Probability of its start times that of its end, summed over spans that read the same, 1 at most. */
  readonly score: number;
  /** The sum of the logits of its start and its end. */
  readonly logit: number;
  /** The tokens at which its likeliest span starts and ends; twice the first of all where there is no answer. */
  readonly tokens: readonly [first: number, last: number];
  /** The window in which that was found. */
  readonly window: number;
}

/** Answers to a question, the likeliest first. */
export interface SpansPrediction {
  readonly kind: "spans";
  readonly spans: readonly SpanAnswer[];
}

/** What an answer is called that says there is none. */
export const noAnswer = "no answer";

/** What an answer is called where answers are listed. */
export function answerName({ text }: Pick<SpanAnswer, "text">): string {
  return cleanName(text) || noAnswer;
}

/** Makes one number of two tokens. */
const step = 2 ** 20;

const isTokens = (value: unknown): value is SpanAnswer["tokens"] => isListOf(isCount)(value) && value.length === 2;

/** How answers are listed. */
export const spans: PredictionForm<SpansPrediction> = {
  outcomes: (prediction) =>
    prediction.spans.map((span) => ({
      index: span.tokens[0] * step + span.tokens[1],
      label: answerName(span),
      ...(span.text === "" ? {} : { quoted: span.text }),
      logit: span.logit,
      probability: span.score,
    })),
  /** The likeliest answer, where there is one. */
  marks: ({ spans: [best] }) =>
    best && best.text !== "" ? [{ start: best.start, end: best.end, label: formatPercent(best.score) }] : [],
  /** The likeliest answer with the place in it. */
  questionAt({ spans: found }, { isWritten, offset }) {
    const answer = found.findIndex(({ start, end }) => start <= offset && offset < end);
    return !isWritten && answer >= 0 ? { target: String(answer) } : null;
  },
  placed: (prediction, place) => ({
    ...prediction,
    spans: prediction.spans.map((span) => ({ ...span, ...(span.text === "" ? {} : place(span)) })),
  }),
  columns: ["Answer", "Logit", "Probability"],
  scores: "support",
  check: hasFields<SpansPrediction>({
    kind: isOneOf("spans"),
    spans: (value): value is SpansPrediction["spans"] =>
      isListOf(
        hasFields<SpanAnswer>({
          start: isCount,
          end: isCount,
          text: isText,
          score: isFigure,
          logit: isFigure,
          tokens: isTokens,
          window: isCount,
        }),
      )(value) && value.length > 0,
  }),
};
