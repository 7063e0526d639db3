import type * as vscode from "vscode";
import type { RunProgress } from "../common/engineProtocol";
import type { ClassScore, ExplainRequest, Explanation } from "../common/explanation";
import type { Message } from "../common/message";
import type { MethodId } from "../common/method";
import { OffsetMap, type ReadText } from "../common/reading";
import { trimSpan } from "./paint";
import { type Span, TrackedRange } from "./trackedRange";

/** A stretch of a document with its explanation, or with one on the way. Only the controller changes it. */
export interface Explained {
  readonly id: number;
  readonly uri: vscode.Uri;
  readonly request: ExplainRequest;
  /** How the text was read from the document. */
  readonly read: ReadText;
  /** Follows the text; once there is an explanation, its parts are the tokens without white space. */
  tracked: TrackedRange;
  explanation: Explanation | null;
  /** Cancels the run; `null` when there is none. */
  run: AbortController | null;
  /** The whole explanation that a run adds to, which stays whatever becomes of the run; `null` where the run makes one. */
  before: Explanation | null;
  /** Why methods that were to be added could not be. */
  readonly refused: Map<MethodId, Message>;
  progress: RunProgress | null;
  /** Predictions with one token masked, by token index, as the hover asked for them. */
  readonly maskedPredictions: Map<number, readonly ClassScore[]>;
}

/** The followed range of an explanation whose text was read from what stands at `start`; its parts are the tokens without white space. */
export function trackExplanation(start: number, explanation: Explanation, read: ReadText): TrackedRange {
  const map = new OffsetMap(read);
  return new TrackedRange(
    start,
    read.raw,
    explanation.tokens.map((token) => {
      const span = token.segment === 0 ? trimSpan(explanation.text, token) : null;
      return span ? map.toDocument(span) : { start: 0, end: 0 };
    }),
  );
}

/** Whether two stretches share at least one character. */
export function overlaps(a: Span, b: Span): boolean {
  return a.start < b.end && b.start < a.end;
}

/** Where stretches of the explained text are now, in document offsets; one whose ends are no token's ends, or whose text is gone, is `null`. */
export function locator(explained: Explained): (span: Span) => Span | null {
  const { tracked, explanation } = explained;
  if (!tracked.stale || !explanation) {
    const map = new OffsetMap(explained.read);
    return (span) => {
      const { start, end } = map.toDocument(span);
      return { start: tracked.start + start, end: tracked.start + end };
    };
  }
  const starts = new Map<number, number>();
  const ends = new Map<number, number>();
  explanation.tokens.forEach((token, index) => {
    const span = token.segment === 0 ? trimSpan(explanation.text, token) : null;
    const part = tracked.parts[index];
    if (span && part) {
      starts.set(span.start, part.start);
      ends.set(span.end, part.end);
    }
  });
  return (span) => {
    const start = starts.get(span.start);
    const end = ends.get(span.end);
    return start !== undefined && end !== undefined && start < end ? { start, end } : null;
  };
}
