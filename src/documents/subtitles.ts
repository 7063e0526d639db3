import { decodeHTML } from "entities";
import { message } from "../common/message";
import { BlockBuilder, type Span } from "./block";
import { linesOf } from "./lines";
import type { DocumentReader } from "./reader";

const timing = /^[ \t]*(?:\d{1,4}:)?\d{1,2}:\d{2}[.,]\d{1,3}[ \t]*-->[ \t]*(?:\d{1,4}:)?\d{1,2}:\d{2}[.,]\d{1,3}/;

/** SubRip and WebVTT: what is said, without numbers, times, notes and styles. */
export const subtitlesReader: DocumentReader = {
  name: "subtitles",
  atCursor: "block",
  read({ text }, findings) {
    let cues = 0;
    let group: Span[] = [];
    const endGroup = (): void => {
      const at = group
        .slice(0, 2)
        .findIndex(({ start, end }) => timing.test(text.slice(start, Math.min(end, start + 100))));
      const [first] = group;
      const last = group.at(-1);
      if (at >= 0 && first && last) {
        cues++;
        if (findings.wants(first.start, last.end)) {
          const block = new BlockBuilder(text);
          block.leaveOut("timestamp", first.start, group[at]?.end ?? first.end);
          for (const line of group.slice(at + 1)) {
            addCueLine(text, line, block);
          }
          findings.add(block, "cue", first.start, last.end);
        }
      }
      group = [];
    };
    for (const line of linesOf(text)) {
      if (/\S/.test(text.slice(line.start, line.end))) {
        group.push(line);
      } else {
        endGroup();
      }
    }
    endGroup();
    return cues > 0 ? null : message("No subtitle with its times was found.");
  },
};

/** A line of what is said: tags such as `<i>`, `<v Ann>` and `{\an8}` are left out, entities resolved. */
function addCueLine(text: string, { start, end }: Span, block: BlockBuilder): void {
  // A line that starts with a hyphen is said by somebody else.
  block.gap(/^\s*[-–—]/.test(text.slice(start, start + 10)) ? "\n" : " ");
  const mark = /<\/?[a-zA-Z\d][^<>\n]{0,200}>|\{\\[^{}\n]{0,100}\}|&(?:#\d{1,7}|#x[\da-fA-F]{1,6}|[a-zA-Z]{2,8});/g;
  const line = text.slice(0, end);
  let at = start;
  mark.lastIndex = start;
  for (let found = mark.exec(line); found; found = mark.exec(line)) {
    block.words(at, found.index);
    at = mark.lastIndex;
    if (found[0].startsWith("&")) {
      block.put(decodeHTML(found[0]), found.index, at);
    } else {
      block.leaveOut("tag", found.index, at);
    }
  }
  block.words(at, end);
}
