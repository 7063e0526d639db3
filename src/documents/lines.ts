/** Where the line of an offset starts. */
export function lineStart(text: string, at: number): number {
  return at <= 0 ? 0 : text.lastIndexOf("\n", at - 1) + 1;
}

/** Where the line of an offset ends, before its line feed. */
export function lineEnd(text: string, at: number): number {
  const found = text.indexOf("\n", at);
  return found < 0 ? text.length : found;
}

/** The lines of a stretch, without their line ends, one after the other. */
export function* linesOf(text: string, start = 0, end = text.length): Generator<{ start: number; end: number }> {
  for (let at = start; at < end; ) {
    const stop = Math.min(end, lineEnd(text, at));
    yield { start: at, end: stop };
    at = stop + 1;
  }
}

/** How far before the place a reader starts that need not know what stands before. */
const reach = 20_000;

/** The start of a line without indentation that follows a blank one, well before a place; where there is none, the text's start. */
export function paragraphBefore(text: string, place: number): number {
  let at = lineStart(text, Math.max(0, place - reach));
  for (; at > 0; at = lineStart(text, at - 1)) {
    if (/\S/.test(text[at] ?? "") && text.slice(lineStart(text, at - 1), at).trim() === "") {
      return at;
    }
  }
  return 0;
}
