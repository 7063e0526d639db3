/** Longer regular expressions are not looked for. */
const longestRegex = 500;

/** Words behind which a value stands. */
const beforeValue =
  /(?:^|[^\w$.])(?:return|typeof|case|in|of|delete|void|throw|new|else|do|instanceof|yield|await|default|if|unless|and|or|not|when|puts|split|grep|map)$/;

/** Whether a value may start at a place, by what stands before it: after another value there would be an operator. */
export function opensValue(text: string, at: number): boolean {
  const before = text.slice(Math.max(0, at - 100), at).trimEnd();
  return !/[\w$)\]}]/.test(before.at(-1) ?? "") || beforeValue.test(before);
}

/** Where the regular expression at `start` ends; `null` where the solidus divides. */
export function regexEnd(text: string, start: number): number | null {
  if (!opensValue(text, start)) {
    return null;
  }
  const form = /^\/(?:[^/\\[\n]|\\[^\n]|\[(?:[^\]\\\n]|\\[^\n])*\])+\/[a-z]*/;
  const found = form.exec(text.slice(start, start + longestRegex));
  return found ? start + found[0].length : null;
}
