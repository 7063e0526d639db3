import { BlockBuilder, type Span } from "./block";
import { linesOf, paragraphBefore } from "./lines";
import type { DocumentReader, Findings } from "./reader";

const leadingMark = /^[ \t]*(?:>[ \t]*)*(?:#{1,6}[ \t]+|[-*+][ \t]+|\d{1,9}[.)][ \t]+)?/;
/** What starts a block of its own, so that a sentence does not run on from the line before. */
const startsBlock = /^\s*(?:>|#{1,6}\s|[-*+]\s|\d{1,9}[.)]\s|\||```|~~~|={3,}$|-{3,}$)/;

/** Paragraphs of running text without marks of its own. */
export const plainReader: DocumentReader = {
  name: "text",
  atCursor: "sentence",
  read({ text, start: first, end: last }, findings) {
    let lines: Span[] = [];
    for (const line of linesOf(text, paragraphBefore(text, first))) {
      const content = text.slice(line.start, line.end);
      const isBlank = content.trim() === "";
      if (isBlank || startsBlock.test(content)) {
        addParagraph(text, lines, findings);
        lines = [];
      }
      if (!isBlank) {
        lines.push(line);
      } else if (line.start > last) {
        break;
      }
    }
    addParagraph(text, lines, findings);
    return null;
  },
};

function addParagraph(text: string, lines: readonly Span[], findings: Findings): void {
  const [first] = lines;
  const last = lines.at(-1);
  if (first && last && findings.wants(first.start, last.end)) {
    const block = new BlockBuilder(text);
    const mark = leadingMark.exec(text.slice(first.start, first.end))?.[0].length ?? 0;
    block.copy(first.start + mark, last.end);
    findings.add(block, "paragraph", first.start, last.end);
  }
}
