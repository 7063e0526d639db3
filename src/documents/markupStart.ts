import type { Source } from "./reader";

/** How far before the place reading starts. */
const reach = 20_000;
/** What a block starts with, and what may hold the like without being one: that is passed over whole. */
const mark =
  /<(?:(!--|!\[CDATA\[|script\b|style\b|xmp\b|iframe\b|noembed\b|noframes\b|pre\b|textarea\b|listing\b)|[a-zA-Z])/gi;

/** Where to start reading markup for a place: a tag well before it, outside comments, scripts and the like; the text's start where there is none. */
export function markupStart({ text, start: place }: Source): number {
  const wanted = place - reach;
  if (wanted <= 0) {
    return 0;
  }
  let at = 0;
  // Most of what could hold a tag that is none is far apart, so that looking for each of its kinds is quicker than for every tag.
  mark.lastIndex = 0;
  for (let found = mark.exec(text); found && found.index <= wanted; found = mark.exec(text)) {
    const verbatim = found[1]?.toLowerCase();
    if (verbatim === undefined) {
      at = found.index;
      continue;
    }
    const close = verbatim === "!--" ? "-->" : verbatim === "![cdata[" ? "]]>" : `</${verbatim}`;
    const end = text.indexOf(close, mark.lastIndex);
    if (end < 0 || end > wanted) {
      return at;
    }
    mark.lastIndex = end + close.length;
  }
  return at;
}
