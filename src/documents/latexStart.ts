import { formulas, tables, verbatims } from "./latexSymbols";
import { paragraphBefore } from "./lines";

/**
 * Where to start reading for a place: a paragraph well before it, but in no environment whose text is not prose; how many tables are open there, and
 * where the document's body starts.
 */
export function latexStart(text: string, place: number): { at: number; tables: number; bodyStart: number } {
  const begin = /(?:^|\n)[^%\n]*\\begin\{document\}/.exec(text);
  const bodyStart = begin ? begin.index + begin[0].length : 0;
  const wanted = paragraphBefore(text, place);
  const mark = /\\(begin|end)[ \t]*\{([^{}\n]{0,60})\}|%/g;
  let open = 0;
  mark.lastIndex = bodyStart;
  for (let found = mark.exec(text); found && found.index < wanted; found = mark.exec(text)) {
    const [all, word, name = ""] = found;
    const plain = name.replace(/\*$/, "");
    if (all === "%") {
      if (text[found.index - 1] !== "\\") {
        const end = text.indexOf("\n", found.index);
        mark.lastIndex = end < 0 ? text.length : end;
      }
    } else if (word === "begin" && (formulas.has(plain) || verbatims.has(plain))) {
      const close = text.indexOf(`\\end{${name}}`, found.index);
      if (close < 0 || close >= wanted) {
        return { at: found.index, tables: open, bodyStart };
      }
      mark.lastIndex = close + name.length + 6;
    } else if (tables.has(plain) && plain !== "minipage") {
      open = Math.max(0, open + (word === "begin" ? 1 : -1));
    }
  }
  return { at: Math.max(bodyStart, wanted), tables: open, bodyStart };
}
