import { combiningClass, isUndecomposed } from "./characters";
import { Changes, isAscii, type NormalizedText } from "./normalizedText";

/** A Unicode normalisation form. */
export type UnicodeForm = "NFC" | "NFD" | "NFKC" | "NFKD";

interface Decomposed {
  readonly character: string;
  readonly codePoint: number;
  /** Change of {@link Changes}: 0 for the first character of a decomposition, 1 for the others. */
  readonly count: number;
  readonly combiningClass: number;
}

/**
 * Brings a text to a Unicode normalisation form with the alignment of the Python package: each old character gives its range to what
 * it decomposes into, and a composed character has the range of its first part.
 */
export function toUnicodeForm(text: NormalizedText, form: UnicodeForm): NormalizedText {
  if (isAscii(text.text)) {
    return text;
  }
  const decomposed = decompose(text.text, form === "NFD" || form === "NFC" ? "NFD" : "NFKD");
  const changes = form === "NFC" || form === "NFKC" ? compose(decomposed) : listed(decomposed);
  return text.apply(changes);
}

function listed(decomposed: readonly Decomposed[]): Changes {
  const changes = new Changes();
  for (const { character, count } of decomposed) {
    changes.push(character, count);
  }
  return changes;
}

function decompose(text: string, form: "NFD" | "NFKD"): Decomposed[] {
  const result: Decomposed[] = [];
  // Non-starters since the last starter, still to be put into canonical order.
  let pending = 0;
  const order = () => {
    if (pending > 1) {
      const first = result.length - pending;
      const run = result.slice(first).sort((a, b) => a.combiningClass - b.combiningClass);
      run.forEach((part, index) => {
        result[first + index] = part;
      });
    }
    pending = 0;
  };
  for (const whole of text) {
    const code = whole.codePointAt(0) ?? 0;
    const parts = code < 0xa0 || isUndecomposed(code) ? whole : whole.normalize(form);
    let count = 0;
    for (const character of parts) {
      const codePoint = character.codePointAt(0) ?? 0;
      const part = { character, codePoint, count, combiningClass: combiningClass(codePoint) };
      if (part.combiningClass === 0) {
        order();
        result.push(part);
      } else {
        result.push(part);
        pending++;
      }
      count = 1;
    }
  }
  order();
  return result;
}

function compose(decomposed: readonly Decomposed[]): Changes {
  const changes = new Changes();
  // The last starter, what has been composed into it, and the marks after it that could not be.
  let starter: { character: string; count: number } | null = null;
  let marks: Decomposed[] = [];
  const flush = () => {
    if (starter) {
      changes.push(starter.character, starter.count);
    }
    for (const mark of marks) {
      changes.push(mark.character, mark.count);
    }
    starter = null;
    marks = [];
  };
  for (const part of decomposed) {
    const current: { character: string; count: number } | null = starter;
    if (current === null) {
      if (part.combiningClass === 0) {
        starter = { character: part.character, count: part.count };
      } else {
        changes.push(part.character, part.count);
      }
      continue;
    }
    const blocked = marks.length > 0 && (marks[marks.length - 1]?.combiningClass ?? 0) >= part.combiningClass;
    const composed = blocked ? null : composePair(current.character, part.character);
    if (composed !== null) {
      starter = { character: composed, count: current.count + part.count - 1 };
    } else if (part.combiningClass === 0) {
      flush();
      starter = { character: part.character, count: part.count };
    } else {
      marks.push(part);
    }
  }
  flush();
  return changes;
}

const composedPairs = new Map<string, string | null>();

function composePair(first: string, second: string): string | null {
  const second0 = second.codePointAt(0) ?? 0;
  if (second0 < 0x300) {
    return null;
  }
  const pair = first + second;
  const known = composedPairs.get(pair);
  if (known !== undefined) {
    return known;
  }
  const normalized = pair.normalize("NFC");
  const code = normalized.codePointAt(0) ?? 0;
  const single = normalized.length === (code > 0xffff ? 2 : 1) && !isUndecomposed(code);
  const composed = single ? normalized : null;
  if (composedPairs.size < 20_000) {
    composedPairs.set(pair, composed);
  }
  return composed;
}
