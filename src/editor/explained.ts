import type * as vscode from "vscode";
import type { RunProgress } from "../common/engineProtocol";
import type { ExplainRequest, Explanation, Segment } from "../common/explanation";
import type { Message } from "../common/message";
import type { MethodId } from "../common/method";
import { type Prediction, strengthsOf } from "../common/prediction/registry";
import { OffsetMap, type ReadText } from "../common/reading";
import { sameUri } from "./openDocuments";
import { textOf, trimSpan } from "./paint";
import { type Span, TrackedRange } from "./trackedRange";

/** Where a text stands. */
export interface TextPlace {
  readonly uri: vscode.Uri;
  /** How the text was read from the document. */
  readonly read: ReadText;
  /** Follows the text; once there is an explanation, its parts are the text's tokens without white space, empty for others. */
  tracked: TrackedRange;
  /** Whether several texts are explained against it: each follows it, and none colours it. */
  readonly isShared?: boolean;
}

/** A stretch of a document with its explanation, or with one on the way. Only the controller changes it. */
export interface Explained extends TextPlace {
  readonly id: number;
  readonly request: ExplainRequest;
  /** Where the second text stands; `null` where there is none in a document. */
  readonly second: TextPlace | null;
  explanation: Explanation | null;
  /** Cancels the run; `null` when there is none. */
  run: AbortController | null;
  /** The whole explanation that a run adds to, which stays whatever becomes of the run; `null` where the run makes one. */
  before: Explanation | null;
  /** Why methods that were to be added could not be. */
  readonly refused: Map<MethodId, Message>;
  progress: RunProgress | null;
  /** Predictions with one token masked, by token index, as the hover asked for them. */
  readonly maskedPredictions: Map<number, Prediction>;
}

/** The texts of an explanation that are shown in a document, or in any where none is named. */
export function placesOf(
  explained: Explained,
  uri?: vscode.Uri,
): { readonly segment: Segment; readonly place: TextPlace }[] {
  return followedIn(explained, uri).filter(({ place }) => !place.isShared);
}

/** {@link placesOf} with a text that others are explained against too, which is followed and not shown. */
export function followedIn(
  explained: Explained,
  uri?: vscode.Uri,
): { readonly segment: Segment; readonly place: TextPlace }[] {
  const { second } = explained;
  const all = [{ segment: 0, place: explained }, ...(second ? [{ segment: 1, place: second } as const] : [])] as const;
  return all.filter(({ place }) => !uri || sameUri(place.uri, uri));
}

/** Whether one of the texts is no longer what was explained. */
export function isStale({ tracked, second }: Pick<Explained, "tracked" | "second">): boolean {
  return tracked.stale || second?.tracked.stale === true;
}

/** Whether a text has the colours of its prediction instead of those of scores: where it has such, and nobody has asked about one of its tokens. */
export function hasOwnColours({ explanation, request }: Pick<Explained, "explanation" | "request">): boolean {
  return explanation !== null && request.position === null && strengthsOf(explanation.prediction) !== null;
}

/** Whether two explanations have texts that share at least one character. */
export function share(a: Explained, b: Explained): boolean {
  return placesOf(a).some(({ place }) =>
    placesOf(b, place.uri).some((other) => overlaps(place.tracked, other.place.tracked)),
  );
}

/** The followed range of a text that was read from what stands at `start`; its parts are its tokens without white space. */
export function trackExplanation(
  start: number,
  explanation: Explanation,
  read: ReadText,
  segment: Segment,
): TrackedRange {
  const map = new OffsetMap(read);
  return new TrackedRange(
    start,
    read.raw,
    explanation.tokens.map((token) => {
      const span = token.segment === segment ? trimSpan(textOf(explanation, segment), token) : null;
      return span ? map.toDocument(span) : { start: 0, end: 0 };
    }),
  );
}

/** Whether two stretches share at least one character. */
export function overlaps(a: Span, b: Span): boolean {
  return a.start < b.end && b.start < a.end;
}

/** Where stretches of one of the explained texts are now, in document offsets; one whose ends are no token's ends, or whose text is gone, is `null`. */
export function locator(explained: Explained, segment: Segment = 0): (span: Span) => Span | null {
  const place = placesOf(explained).find((one) => one.segment === segment)?.place;
  if (!place) {
    return () => null;
  }
  const { explanation } = explained;
  const { tracked } = place;
  if (!tracked.stale || !explanation) {
    const map = new OffsetMap(place.read);
    return (span) => {
      const { start, end } = map.toDocument(span);
      return { start: tracked.start + start, end: tracked.start + end };
    };
  }
  const starts = new Map<number, number>();
  const ends = new Map<number, number>();
  explanation.tokens.forEach((token, index) => {
    const span = token.segment === segment ? trimSpan(textOf(explanation, segment), token) : null;
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
