/** The character that stands for each byte in a byte-level vocabulary (GPT-2): printable Latin-1 stands for itself. */
export const byteCharacters: readonly string[] = (() => {
  const printable = (byte: number) =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || (byte >= 0xae && byte <= 0xff);
  const characters: string[] = [];
  let next = 0x100;
  for (let byte = 0; byte < 256; byte++) {
    characters.push(String.fromCharCode(printable(byte) ? byte : next++));
  }
  return characters;
})();

/** The byte that each of {@link byteCharacters} stands for. */
export const byteOfCharacter: ReadonlyMap<string, number> = new Map(
  byteCharacters.map((character, byte) => [character, byte]),
);

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
/** How a byte is spelled by vocabularies that have pieces for single bytes. */
const spelledByte = /^<0x[0-9A-F]{2}>$/;

/**
 * What a person can read of a piece that holds part of a character only: whole characters as they are and other bytes as `<0xE4>`; `null` for any other piece.
 */
export function incompleteBytes(piece: string): string | null {
  if (spelledByte.test(piece)) {
    return piece;
  }
  const bytes = Array.from(piece, (character) => byteOfCharacter.get(character) ?? Number.NaN);
  if (bytes.some(Number.isNaN)) {
    return null;
  }
  let [shown, isIncomplete] = ["", false];
  for (let at = 0; at < bytes.length; ) {
    const found = characterAt(bytes, at);
    isIncomplete ||= found === null;
    shown += found ?? `<0x${(bytes[at] ?? 0).toString(16).toUpperCase().padStart(2, "0")}>`;
    at += found === null ? 1 : new TextEncoder().encode(found).length;
  }
  return isIncomplete ? shown : null;
}

/** A piece as it is shown where it adds nothing to a text: {@link incompleteBytes}, or its own spelling. */
export function shownPiece(piece: string): string {
  return incompleteBytes(piece) ?? piece;
}

/** Whether what is shown of a piece is no text that could be written. */
export function hasSpelledBytes(shown: string): boolean {
  return /<0x[0-9A-F]{2}>/.test(shown);
}

/** The whole character whose bytes begin at a place; `null` where there is none. */
function characterAt(bytes: readonly number[], at: number): string | null {
  for (const length of [1, 2, 3, 4]) {
    try {
      return at + length <= bytes.length ? utf8.decode(Uint8Array.from(bytes.slice(at, at + length))) : null;
    } catch {
      // More bytes may make one.
    }
  }
  return null;
}
