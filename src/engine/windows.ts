import { ExplainError } from "../common/errors";
import type { Segment } from "../common/explanation";
import { formatCount } from "../common/format";

/** A text may take this many windows. */
const maximumWindows = 16;

/** A run of content tokens, counted without special tokens; `end` is exclusive. */
export interface ContentRange {
  readonly start: number;
  readonly end: number;
  /** The text that it is all of, of texts that are read apart. */
  readonly segment?: Segment;
  /** Whether that text goes on behind it and is not read further. */
  readonly isCut?: boolean;
}

/** How windows overlap, in tokens, and whether the last one is as long as the others. */
interface WindowPlan {
  readonly overlap: number;
  readonly isLastFull: boolean;
}

/** Cuts `content` tokens into windows of at most `capacity`, which overlap by a quarter where nothing else is said. Throws `text-too-long` beyond {@link maximumWindows}. */
export function planWindows(
  content: number,
  capacity: number,
  { overlap, isLastFull }: WindowPlan = { overlap: Math.floor(capacity / 4), isLastFull: true },
): ContentRange[] {
  if (content <= capacity) {
    return [{ start: 0, end: content }];
  }
  const stride = capacity - overlap;
  const count = 1 + Math.ceil((content - capacity) / stride);
  if (count > maximumWindows) {
    throw new ExplainError(
      "text-too-long",
      "The text has {0} tokens; with this model at most {1} can be explained at once. Select a shorter part.",
      formatCount(content),
      formatCount(capacity + (maximumWindows - 1) * stride),
    );
  }
  return Array.from({ length: count }, (_, index) => {
    const start = isLastFull ? Math.min(index * stride, content - capacity) : index * stride;
    return { start, end: Math.min(start + capacity, content) };
  });
}

/** How much a window's say counts at each of its `length` content tokens: most in the middle, least at the edges, never 0. */
export function triangularWeights(length: number): number[] {
  return Array.from({ length }, (_, position) => Math.min(position + 1, length - position));
}

/** Values of one window, one per token of the text, and the window's share in the value that is explained. */
export interface WindowValues {
  readonly values: ArrayLike<number>;
  readonly share: number;
}

/**
 * What each token does to the mean of the windows that is shown: the sum over windows of share times value. A token that two windows hold counts in
 * both, and what adds up in each window adds up in the mean.
 */
export function mergeByShare(parts: readonly WindowValues[], tokens: number): number[] {
  return Array.from({ length: tokens }, (_, token) =>
    parts.reduce((sum, { values, share }) => sum + share * (values[token] ?? 0), 0),
  );
}

/** Standard errors of {@link mergeByShare}; the windows' errors are independent. */
export function mergeErrors(parts: readonly WindowValues[], tokens: number): number[] {
  return Array.from({ length: tokens }, (_, token) =>
    Math.hypot(...parts.map(({ values, share }) => share * (values[token] ?? 0))),
  );
}
