import { classProbabilities } from "./classification";

/** A token of the context at which an answer may begin or end; offsets are UTF-16. */
export interface AnswerPlace {
  /** Its index among all tokens. */
  readonly token: number;
  readonly start: number;
  readonly end: number;
  /** The number of the word that the tokenizer cut it from. */
  readonly word: number;
}

/** A number for the beginning of an answer, and one for its end. */
export interface StartEnd {
  readonly start: number;
  readonly end: number;
}

/** What a model says in one window: a logit of the start and one of the end for each token of the context in it. */
export interface AnswerWindow {
  readonly places: readonly AnswerPlace[];
  readonly starts: ArrayLike<number>;
  readonly ends: ArrayLike<number>;
  /** The logits of the token that stands for "no answer", which share in the softmax; `null` where there is no such token. */
  readonly none: StartEnd | null;
}

/** How answers are chosen. */
export interface AnswerChoice {
  /** How many are returned, at most. */
  readonly count: number;
  /** The most tokens of an answer. */
  readonly longest: number;
}

/** An answer: a stretch of the context in UTF-16 offsets, or `text` empty for none. */
export interface Answer extends StartEnd {
  readonly text: string;
  /** Probability of its start times that of its end, summed over the spans that read the same; 1 at most, which overlapping windows together may go beyond. */
  readonly score: number;
  /** The window in which its likeliest span was found; of no answer, the one with the least probability of it. */
  readonly window: number;
  /** The first and last token of that span; `null` for no answer. */
  readonly tokens: readonly [first: number, last: number] | null;
}

/** The context's tokens between which a span lies, by their number among the places of its window, and its probability. */
interface Candidate {
  readonly first: number;
  readonly last: number;
  readonly score: number;
}

/**
 * The likeliest answers over all windows of a context, most probable first, as the question answering pipeline of `transformers` chooses them: softmaxes
 * over the places of each window, spans of at most `longest` tokens, widened to whole words, those that read the same taken together; no answer
 * has the least of the windows' probabilities of it.
 */
export function findAnswers(context: string, windows: readonly AnswerWindow[], choice: AnswerChoice): Answer[] {
  const answers = new Map<string, Answer>();
  // Several candidates may become the same words.
  const kept = 2 * choice.count + 10;
  const found = windows.map(probabilities);
  for (const [window, { places }] of windows.entries()) {
    for (const candidate of likeliestSpans(found[window] ?? nothing, places.length, kept, choice.longest)) {
      const first = places[candidate.first];
      const last = places[candidate.last];
      if (!first || !last) {
        continue;
      }
      const start = places.find(({ word }) => word === first.word)?.start ?? first.start;
      const end = places.findLast(({ word }) => word === last.word)?.end ?? last.end;
      const text = context.slice(start, end);
      const tokens = [first.token, last.token] as const;
      const { score } = candidate;
      const known = answers.get(text.toLowerCase());
      const answer = known ?? { start, end, text, score: 0, window, tokens };
      answers.set(text.toLowerCase(), { ...answer, score: answer.score + score });
    }
  }
  const none = windows.map(({ none: own }, window) => (own ? noAnswer(found[window] ?? nothing) : null));
  const all = [...answers.values()];
  if (none.every((score) => score !== null)) {
    const score = Math.min(...none);
    all.push({ start: 0, end: 0, text: "", score, window: none.indexOf(score), tokens: null });
  }
  return all
    .sort((a, b) => b.score - a.score)
    .slice(0, choice.count)
    .map((answer) => ({ ...answer, score: Math.min(1, answer.score) }));
}

/** The probabilities of starts and ends. */
interface Ends {
  readonly starts: readonly number[];
  readonly ends: readonly number[];
}

const nothing: Ends = { starts: [], ends: [] };

/** The probability of each place, and last of no answer, to be the start and to be the end. */
function probabilities({ starts, ends, none }: AnswerWindow): Ends {
  return {
    starts: classProbabilities([...Array.from(starts), ...(none ? [none.start] : [])], "softmax"),
    ends: classProbabilities([...Array.from(ends), ...(none ? [none.end] : [])], "softmax"),
  };
}

function noAnswer({ starts, ends }: Ends): number {
  return (starts.at(-1) ?? 0) * (ends.at(-1) ?? 0);
}

function likeliestSpans({ starts, ends }: Ends, places: number, count: number, longest: number): Candidate[] {
  const spans: Candidate[] = [];
  for (let first = 0; first < places; first++) {
    for (let last = first; last < Math.min(first + longest, places); last++) {
      spans.push({ first, last, score: (starts[first] ?? 0) * (ends[last] ?? 0) });
    }
  }
  return spans.sort((a, b) => b.score - a.score).slice(0, count);
}
