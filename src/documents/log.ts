import { BlockBuilder } from "./block";
import { lineStart, linesOf } from "./lines";
import type { DocumentReader } from "./reader";

const date =
  "\\d{8}(?=T\\d)|\\d{4}[-/.]\\d{1,2}[-/.]\\d{1,2}|\\d{1,2}[-/.](?:\\d{1,2}|[A-Z][a-z]{2})[-/.]\\d{4}|(?:[A-Z][a-z]{2},? )?[A-Z][a-z]{2} {1,2}\\d{1,2}(?:,? \\d{4})?";
const clock = "\\d{1,2}:\\d{2}(?::\\d{2}(?:[.,]\\d{1,9})?)?(?: ?[AP]M)?";
const time = `(?:\\d{6}(?![\\d:])|${clock})`;
/** Seconds since the machine was started, and the letter and day of glog. */
const others =
  "\\d{10}(?:[.,]?\\d{1,9})?|(?<=\\[) *\\d+\\.\\d{3,6}(?=\\])|[IWEF]\\d{4} \\d{2}:\\d{2}:\\d{2}\\.\\d{3,6}";
const zone = "(?: ?(?:Z|UTC|GMT|[+-]\\d{2}:?\\d{2}))?";
/** A time at the start of a line, in brackets maybe. */
const timestamp = new RegExp(
  `^(?:\\u001b\\[[\\d;]{0,20}m)?[ \\t]*\\[?(?:(?:${date})(?:[T :_-]{1,2}${time})?|${clock}|${others})${zone}(?![\\w])\\]?[ \\t]*[|:,-]?[ \\t]+`,
);

/** What colours a terminal. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the character is what the sequence starts with.
const colour = /\u001b\[[\d;]{0,20}[A-Za-z]/g;

/** Lines of a log without the time they start with. */
export const logReader: DocumentReader = {
  name: "log",
  atCursor: "block",
  read({ text, start: first, end: last }, findings) {
    for (const { start, end } of linesOf(text, lineStart(text, first))) {
      if (start > last) {
        break;
      }
      if (findings.wants(start, end)) {
        const block = new BlockBuilder(text);
        const length = timestamp.exec(text.slice(start, Math.min(end, start + 200)))?.[0].length ?? 0;
        if (length > 0) {
          block.leaveOut("timestamp", start, start + length);
        }
        let at = start + length;
        for (const { index, 0: code } of text.slice(at, end).matchAll(colour)) {
          block.copy(at, start + length + index);
          at = start + length + index + code.length;
          block.leaveOut("mark", at - code.length, at);
        }
        block.copy(at, end);
        findings.add(block, "line", start, end);
      }
    }
    return null;
  },
};
