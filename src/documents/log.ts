import { BlockBuilder } from "./block";
import { linesOf } from "./lines";
import type { DocumentReader } from "./reader";

const date =
  "\\d{4}[-/.]\\d{1,2}[-/.]\\d{1,2}|\\d{1,2}[-/.](?:\\d{1,2}|[A-Z][a-z]{2})[-/.]\\d{4}|(?:[A-Z][a-z]{2},? )?[A-Z][a-z]{2} {1,2}\\d{1,2}(?:,? \\d{4})?";
const time = "\\d{1,2}:\\d{2}(?::\\d{2}(?:[.,]\\d{1,9})?)?(?: ?[AP]M)?";
const zone = "(?: ?(?:Z|UTC|GMT|[+-]\\d{2}:?\\d{2}))?";
/** A time at the start of a line, in brackets maybe. */
const timestamp = new RegExp(
  `^[ \\t]*\\[?(?:(?:${date})(?:[T :_-]{1,2}${time})?|${time}|\\d{10}(?:[.,]?\\d{1,9})?)${zone}(?![\\w])\\]?[ \\t]*[|:,-]?[ \\t]+`,
);

/** Lines of a log without the time they start with. */
export const logReader: DocumentReader = {
  name: "log",
  atCursor: "block",
  read({ text, end: last }, findings) {
    for (const { start, end } of linesOf(text)) {
      if (start > last) {
        break;
      }
      if (findings.wants(start, end)) {
        const block = new BlockBuilder(text);
        const length = timestamp.exec(text.slice(start, Math.min(end, start + 200)))?.[0].length ?? 0;
        if (length > 0) {
          block.leaveOut("timestamp", start, start + length);
        }
        block.copy(start + length, end);
        findings.add(block, "line", start, end);
      }
    }
    return null;
  },
};
