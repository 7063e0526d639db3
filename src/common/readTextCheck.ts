import { type Check, hasFields, isCount, isListOf, isText, orNull } from "./checks";
import { isMessage } from "./explanationCheck";
import { documentKinds, isPiece, type PieceCount, type Reading, type ReadText } from "./reading";

const isKind = (value: unknown): value is Reading["kind"] =>
  value === "raw" || documentKinds.some((kind) => kind === value);
const isPieceList: Check<readonly PieceCount[]> = isListOf(hasFields<PieceCount>({ piece: isPiece, count: isCount }));

const isReading = hasFields<Reading>({
  kind: isKind,
  name: isText,
  text: isText,
  runs: isListOf(isCount),
  read: isPieceList,
  leftOut: isPieceList,
  notes: isListOf(isMessage),
});

const hasTexts = hasFields<ReadText>({
  raw: isText,
  text: isText,
  runs: isListOf(isCount),
  words: orNull(isReading),
  notes: isListOf(isMessage),
});

/** Whether a value that was kept elsewhere says how a text stands in its document; no run of it reaches out of either. */
export function isReadText(value: unknown): value is ReadText {
  return hasTexts(value) && value.runs.every((one) => one <= Math.max(value.raw.length, value.text.length));
}
