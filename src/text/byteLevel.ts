import { byteCharacters, byteOfCharacter } from "../common/byteCharacters";
import { Changes, isAscii, type NormalizedText } from "./normalizedText";

/** The character a space becomes: Ġ. */
export const byteLevelSpace = byteCharacters[0x20] ?? "";

const encoder = new TextEncoder();
const cache = new Map<string, readonly string[]>();

/** The UTF-8 bytes of one character as byte-level characters. */
function bytesOf(character: string): readonly string[] {
  let bytes = cache.get(character);
  if (!bytes) {
    bytes = Array.from(encoder.encode(character), (byte) => byteCharacters[byte] ?? "");
    if (cache.size < 20_000) {
      cache.set(character, bytes);
    }
  }
  return bytes;
}

/** Replaces each character by its UTF-8 bytes, one byte-level character each, all with the character's range. */
export function mapToBytes(text: NormalizedText): NormalizedText {
  if (/^[!-~]*$/.test(text.text)) {
    return text;
  }
  if (isAscii(text.text)) {
    let mapped = "";
    for (let index = 0; index < text.length; index++) {
      mapped += byteCharacters[text.text.charCodeAt(index)] ?? "";
    }
    return text.withText(mapped);
  }
  const changes = new Changes();
  for (const character of text.text) {
    let count = 0;
    for (const byte of bytesOf(character)) {
      changes.push(byte, count);
      count = 1;
    }
  }
  return text.apply(changes);
}

/** The bytes that byte-level pieces stand for; a piece with any other character, such as an added token, stands for its own UTF-8. */
export function bytesOfPieces(pieces: readonly string[]): Uint8Array {
  const bytes: number[] = [];
  for (const piece of pieces) {
    const own = Array.from(piece, (character) => byteOfCharacter.get(character));
    if (own.includes(undefined)) {
      bytes.push(...encoder.encode(piece));
    } else {
      bytes.push(...own.map((byte) => byte ?? 0));
    }
  }
  return Uint8Array.from(bytes);
}
