import type { LeftOut } from "./block";

/** Code and escapes, which hold nothing of the kind; formulas; what a template puts in; footnotes, alerts, divisions and attributes. */
const aside =
  /`+[^`]*`+|\\[\s\S]|(\$\$[^$]{1,5000}\$\$|(?<![\w$])\$(?![\s$])[^$\n`]{0,300}(?<=\S)\$(?![\w$]))|(\{\{[^{}\n]{0,300}\}\}|\{%[^%\n]{0,300}%\})|(\[\^[^\]\s]{1,60}\]:?|^\[![A-Z]{3,20}\]|^:{3,}[^\n]*$|[ \t]*\{[#.][^{}\n]{1,100}\})/gm;

/** What stands in a block of Markdown and is no text of it, beyond what the parser knows; `start` is where the block stands. */
export function markdownAsides(block: string, start: number): LeftOut[] {
  const found: LeftOut[] = [];
  for (const { index, 0: all, 1: formula, 2: insertion, 3: mark } of block.matchAll(aside)) {
    const span = { start: start + index, end: start + index + all.length };
    if (formula !== undefined) {
      found.push({ ...span, piece: "formula" });
    } else if (insertion !== undefined) {
      found.push({ ...span, piece: "expression" });
    } else if (mark !== undefined) {
      found.push({ ...span, piece: "mark" });
    }
  }
  return found;
}
