/** Where a pattern that may be empty ends. */
export function behind(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : at;
}

/** Behind the brace that closes a group whose opening brace is before `start`; a blank line ends one that never closes. */
export function groupEnd(text: string, start: number): number {
  const mark = /\\[\s\S]|[{}]|\n[ \t]*\n/g;
  mark.lastIndex = start;
  let depth = 1;
  for (let found = mark.exec(text); found; found = mark.exec(text)) {
    depth += found[0] === "{" ? 1 : found[0] === "}" ? -1 : 0;
    if (depth === 0) {
      return mark.lastIndex;
    }
    if (found[0].startsWith("\n")) {
      return found.index;
    }
  }
  return text.length;
}

/** The letter that an accent before `at` stands on, in braces or not, and where it ends; `null` where no letter follows. */
export function baseLetter(text: string, at: number): { readonly letter: string; readonly end: number } | null {
  const form = /[ \t]*(?:\{[ \t]*(?:(\p{L})|\\([ij]))[ \t]*\}|(\p{L})|\\([ij])(?![a-zA-Z])(?:\{\})?)/uy;
  form.lastIndex = at;
  const letter = form
    .exec(text)
    ?.slice(1)
    .find((found) => found !== undefined);
  return letter === undefined ? null : { letter, end: form.lastIndex };
}
