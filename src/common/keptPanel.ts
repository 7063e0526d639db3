import { hasFields, isBoolean, isCount, isFields, isListOf, isOneOf, isText, orNull } from "./checks";
import type { ClassColours } from "./classColours";
import type { RunProgress } from "./engineProtocol";
import type { ErrorData } from "./errors";
import { isExplanation } from "./explanationCheck";
import { isMethodId, type MethodId } from "./method";
import type { PanelStatus, PanelSubject, SaidSentences } from "./panelProtocol";
import { isReadText } from "./readTextCheck";
import { isRequest } from "./requestFields";

/**
 * What a web view keeps of the host's over a reload, and the host takes up again. The web view adds its own, which the host does not read. An explanation
 * of more than {@link keptTokens} is not kept: the panel then comes back empty.
 */
export interface KeptPanel {
  readonly subject: PanelSubject | null;
  /** Without what belongs to a run or a failure, of which nobody knows after a reload. */
  readonly status: PanelStatus | null;
}

/** The most tokens of an explanation that is kept. */
export const keptTokens = 5000;

/** The status as it is kept. */
export function keptStatus(status: PanelStatus): PanelStatus {
  return { ...status, progress: null, error: null, canTryAgain: false };
}

const isNothing = (value: unknown): value is null => value === null;
const isMethod = (value: unknown): value is MethodId => isText(value) && isMethodId(value);
const isFalse = (value: unknown): value is false => value === false;

const isStatus = hasFields<PanelStatus>({
  number: isCount,
  place: hasFields<PanelStatus["place"]>({ start: isCount, second: orNull(isCount), pinned: isBoolean }),
  source: isText,
  beside: orNull(
    hasFields<NonNullable<PanelStatus["beside"]>>({ kind: isOneOf("question", "pair", "labels"), text: isText }),
  ),
  reading: orNull(isText),
  importance: orNull(isMethod),
  attention: orNull(isMethod),
  refused: isListOf(hasFields<PanelStatus["refused"][number]>({ method: isMethod, why: isText })),
  methods: isListOf(isMethod),
  classColours: orNull(hasFields<ClassColours>({ supports: isText, against: isText })),
  stale: isBoolean,
  progress: isNothing as (value: unknown) => value is RunProgress | null,
  error: isNothing as (value: unknown) => value is ErrorData | null,
  canTryAgain: isFalse as (value: unknown) => value is boolean,
});

const isSubject = hasFields<PanelSubject>({
  uri: isText,
  request: isRequest,
  read: isReadText,
  second: orNull(
    hasFields<NonNullable<PanelSubject["second"]>>({ uri: isText, read: isReadText, isShared: isBoolean }),
  ),
  explanation: isExplanation,
  said: hasFields<SaidSentences>({ warnings: isListOf(isText), notes: isListOf(isListOf(isText)) }),
});

/** What was kept, as far as this version wrote it and it is whole: web views are not trusted. Nothing is kept without its status. */
export function readKeptPanel(kept: unknown): KeptPanel {
  const { subject, status } = isFields(kept) ? kept : { subject: null, status: null };
  const isWhole = isStatus(status) && isSubject(subject) && subject.read.text === subject.explanation.text;
  const isSecondWhole = isWhole && (subject.second === null || subject.second.read.text === subject.explanation.pair);
  return isSecondWhole ? { subject, status } : { subject: null, status: null };
}
