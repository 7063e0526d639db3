const encoder = new TextEncoder();

/** The piece that stands for a byte in vocabularies with byte fallback: `<0x0A>`. */
function byteFallbackPiece(byte: number): string {
  return `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`;
}

/** The ids of the pieces that stand for the bytes of a text, or `null` when the vocabulary lacks one. */
export function byteIds(text: string, vocabulary: ReadonlyMap<string, number>): number[] | null {
  const ids: number[] = [];
  for (const byte of encoder.encode(text)) {
    const id = vocabulary.get(byteFallbackPiece(byte));
    if (id === undefined) {
      return null;
    }
    ids.push(id);
  }
  return ids;
}
