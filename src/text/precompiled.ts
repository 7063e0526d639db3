import { corruptTokenizer } from "./json";
import { Changes, isAscii, type NormalizedText } from "./normalizedText";
import { segmentEnds } from "./segments";

/** Only grapheme clusters of fewer UTF-8 bytes than this are looked up as a whole, as in the Python package. */
const wholeClusterBytes = 6;

/** A replacement longer than this (bytes) means a damaged map. */
const longestReplacement = 4096;

/** No rule known replaces more bytes than a tenth of this. */
const longestKey = 1024;

const cachedClusters = 20_000;

const encoder = new TextEncoder();

/**
 * The character map of a sentencepiece model (Kudo & Richardson 2018): base64 of the byte length of a double-array trie (u32), the trie (u32 units) and
 * the replacements, each ended by a zero byte, which the trie's values point into.
 */
export class CharacterMap {
  private readonly units: Uint32Array;
  private readonly replacements: Uint8Array;
  private readonly decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

  constructor(base64: string) {
    const bytes = decodeBase64(base64);
    const view = new DataView(bytes.buffer);
    const size = bytes.length >= 4 ? view.getUint32(0, true) : 0;
    if (size < 4 || size > bytes.length - 4) {
      throw corruptTokenizer("the precompiled character map is cut off");
    }
    this.units = new Uint32Array(size >> 2);
    for (let index = 0; index < this.units.length; index++) {
      this.units[index] = view.getUint32(4 + index * 4, true);
    }
    this.replacements = bytes.subarray(4 + this.units.length * 4);
  }

  /** The replacement of the shortest prefix in the trie, which stands for the whole text; `null` if there is none. */
  find(text: string): string | null {
    const bytes = encoder.encode(text);
    for (const { value } of this.prefixes(bytes, 0)) {
      return this.replacement(value);
    }
    return null;
  }

  /** The replacement of the longest prefix of `bytes` (UTF-8) from `at` on, and where it ends; `null` if there is none. */
  findLongest(bytes: Uint8Array, at: number): { readonly replacement: string; readonly end: number } | null {
    let longest: { readonly value: number; readonly end: number } | null = null;
    for (const prefix of this.prefixes(bytes, at)) {
      longest = prefix;
    }
    return longest === null ? null : { replacement: this.replacement(longest.value), end: longest.end };
  }

  private replacement(value: number): string {
    if (value >= this.replacements.length) {
      throw corruptTokenizer("the precompiled character map points outside itself");
    }
    const end = this.replacements.indexOf(0, value);
    const bytes = this.replacements.subarray(value, end < 0 ? undefined : end);
    if (bytes.length > longestReplacement) {
      throw corruptTokenizer("the precompiled character map has a replacement that is too long");
    }
    try {
      return this.decoder.decode(bytes);
    } catch {
      throw corruptTokenizer("the precompiled character map is not text");
    }
  }

  /** What is in the trie of the bytes from `at` on, the shortest first. */
  private *prefixes(key: Uint8Array, at: number): Iterable<{ readonly value: number; readonly end: number }> {
    let node = offsetOf(this.unit(0));
    for (let end = at; end < key.length && end - at < longestKey; end++) {
      const byte = key[end] ?? 0;
      if (byte === 0) {
        break;
      }
      node ^= byte;
      const unit = this.unit(node);
      if ((unit & 0x800000ff) !== byte) {
        break;
      }
      node ^= offsetOf(unit);
      if ((unit >>> 8) & 1) {
        yield { value: this.unit(node) & 0x7fffffff, end: end + 1 };
      }
    }
  }

  private unit(index: number): number {
    const unit = this.units[index];
    if (unit === undefined) {
      throw corruptTokenizer("the precompiled character map points outside itself");
    }
    return unit;
  }
}

function offsetOf(unit: number): number {
  return ((unit >>> 10) << ((unit & 0x200) >>> 6)) >>> 0;
}

function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    throw corruptTokenizer("the precompiled character map is not base64");
  }
}

/** Builds the normaliser Precompiled; throws `tokenizer-corrupt`. */
export function createPrecompiled(base64: string): (text: NormalizedText) => NormalizedText {
  const map = new CharacterMap(base64);
  const known = new Map<string, string | null>();
  const find = (part: string): string | null => {
    let found = known.get(part);
    if (found === undefined) {
      found = map.find(part);
      if (known.size < cachedClusters) {
        known.set(part, found);
      }
    }
    return found;
  };

  return (text) => {
    const changes = new Changes();
    let modified = false;
    const tryReplace = (part: string): boolean => {
      const replacement = find(part);
      if (replacement === null) {
        return false;
      }
      modified = true;
      pushReplacement(changes, part, replacement);
      return true;
    };
    for (const cluster of graphemeClusters(text.text)) {
      const short = cluster.length < wholeClusterBytes && encoder.encode(cluster).length < wholeClusterBytes;
      if (short && tryReplace(cluster)) {
        continue;
      }
      for (const character of cluster) {
        if (!tryReplace(character)) {
          changes.push(character, 0);
        }
      }
    }
    return modified ? text.apply(changes) : text;
  };
}

/**
 * New characters take the place of old ones one by one; more are inserted at the end, fewer make the last one stand for the rest. When
 * nothing is left, the last character before takes the removed ones on.
 */
function pushReplacement(changes: Changes, old: string, replacement: string): void {
  const fresh = [...replacement];
  const surplus = fresh.length - [...old].length;
  fresh.forEach((character, index) => {
    changes.push(character, index >= fresh.length - surplus ? 1 : 0);
  });
  const last = changes.counts.length - 1;
  if (surplus < 0 && last >= 0) {
    changes.counts[last] = (changes.counts[last] ?? 0) + surplus;
  }
}

const segmenter = new Intl.Segmenter("und", { granularity: "grapheme" });

/** What a person takes for one character. Segmenting is slow, so stretches of simple characters are cut by hand. */
function* graphemeClusters(text: string): Iterable<string> {
  if (isAscii(text) && !text.includes("\r\n")) {
    yield* text;
    return;
  }
  let start = 0;
  while (start < text.length) {
    let end = start;
    while (end < text.length && isSimple(text, end)) {
      yield text.charAt(end);
      end++;
    }
    start = end;
    while (end < text.length && !isSimple(text, end)) {
      end++;
    }
    // The character after them may belong to the last one, such as a line feed to a carriage return.
    end = Math.min(end + 1, text.length);
    const stretch = text.slice(start, end);
    let done = 0;
    for (const boundary of segmentEnds(segmenter, stretch)) {
      yield stretch.slice(done, boundary);
      done = boundary;
    }
    start = end;
  }
}

/** Latin, kana and ideographs: characters that stand alone between others of their kind. */
function isPlain(code: number): boolean {
  return (
    (code < 0x300 && code !== 0xd) ||
    (code >= 0x3400 && code <= 0x9fff) ||
    (code >= 0x3041 && code <= 0x3096) ||
    (code >= 0x30a1 && code <= 0x30fa)
  );
}

/** Whether nothing that follows the unit at `index` can belong to its cluster. */
function isSimple(text: string, index: number): boolean {
  return isPlain(text.charCodeAt(index)) && (index + 1 === text.length || isPlain(text.charCodeAt(index + 1)));
}
