import { Changes, isAscii, type NormalizedText } from "./normalizedText";

/** The character that stands for each byte in a byte-level vocabulary (GPT-2): printable Latin-1 stands for itself. */
const byteCharacters: readonly string[] = (() => {
  const printable = (byte: number) =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || (byte >= 0xae && byte <= 0xff);
  const characters: string[] = [];
  let next = 0x100;
  for (let byte = 0; byte < 256; byte++) {
    characters.push(String.fromCharCode(printable(byte) ? byte : next++));
  }
  return characters;
})();

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
