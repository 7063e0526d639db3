/** `Intl.Segmenter` copies its whole text for each segment, so a long text is given to it in chunks of this many UTF-16 units. */
const chunkLength = 4096;

/** Boundaries this close to the end of a chunk may depend on what comes after it. */
const uncertain = 256;

/** Where each segment of a text ends, ascending; takes time in proportion to the length of the text. */
export function segmentEnds(segmenter: Intl.Segmenter, text: string): number[] {
  const ends: number[] = [];
  let start = 0;
  let length = chunkLength;
  while (start < text.length) {
    const end = Math.min(text.length, start + length);
    const certain = end === text.length ? end : end - uncertain;
    const before = ends.length;
    for (const { index, segment } of segmenter.segment(text.slice(start, end))) {
      const boundary = start + index + segment.length;
      if (boundary <= certain) {
        ends.push(boundary);
      }
    }
    const last = ends[ends.length - 1] ?? 0;
    if (ends.length === before) {
      length *= 2;
    } else {
      start = last;
      length = chunkLength;
    }
  }
  return ends;
}
