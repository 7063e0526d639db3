import { combiningClass, isUndecomposed } from "./characters";
import { Changes, type NormalizedText } from "./normalizedText";

const cachedCharacters = 20_000;

/** A Unicode normalisation form. */
export type UnicodeForm = "NFC" | "NFD" | "NFKC" | "NFKD";

/** Characters in decomposed form: each with its change (0 for the first of a decomposition, 1 for the others) and combining class. */
interface Decomposed extends Changes {
  readonly classes: number[];
}

/**
 * Brings a text to a Unicode normalisation form with the alignment of the Python package: each old character gives its range to what
 * it decomposes into, and a composed character has the range of its first part.
 */
export function toUnicodeForm(text: NormalizedText, form: UnicodeForm): NormalizedText {
  // A text that already has the form keeps its alignment too. JavaScript takes for ever on long runs of marks.
  if (!/\p{M}{64}/u.test(text.text) && text.text.normalize(form) === text.text) {
    return text;
  }
  const decomposed = decompose(text.text, form === "NFD" || form === "NFC" ? "NFD" : "NFKD");
  return text.apply(form === "NFC" || form === "NFKC" ? compose(decomposed) : decomposed);
}

const decompositions = { NFD: new Map<string, string>(), NFKD: new Map<string, string>() };

function decompositionOf(character: string, form: "NFD" | "NFKD"): string {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0xa0) {
    return character;
  }
  const known = decompositions[form];
  let parts = known.get(character);
  if (parts === undefined) {
    parts = isUndecomposed(code) ? character : character.normalize(form);
    if (known.size < cachedCharacters) {
      known.set(character, parts);
    }
  }
  return parts;
}

function decompose(text: string, form: "NFD" | "NFKD"): Decomposed {
  const result: Decomposed = Object.assign(new Changes(), { classes: [] });
  // Marks since the last starter, still to be put into canonical order.
  let marks = 0;
  for (const whole of text) {
    let count = 0;
    for (const character of decompositionOf(whole, form)) {
      const combining = combiningClass(character.codePointAt(0) ?? 0);
      if (combining === 0) {
        orderLast(result, marks);
      }
      marks = combining === 0 ? 0 : marks + 1;
      result.push(character, count);
      result.classes.push(combining);
      count = 1;
    }
  }
  orderLast(result, marks);
  return result;
}

/** Sorts the last characters by combining class; equal ones keep their order. */
function orderLast({ characters, counts, classes }: Decomposed, length: number): void {
  if (length < 2) {
    return;
  }
  const first = classes.length - length;
  const marks = Array.from({ length }, (_, index) => ({
    character: characters[first + index] ?? "",
    count: counts[first + index] ?? 0,
    combining: classes[first + index] ?? 0,
  }));
  marks.sort((a, b) => a.combining - b.combining);
  marks.forEach(({ character, count, combining }, index) => {
    characters[first + index] = character;
    counts[first + index] = count;
    classes[first + index] = combining;
  });
}

function compose({ characters, counts, classes }: Decomposed): Changes {
  const changes = new Changes();
  // Where the last starter is in `changes`, and the combining class of the last mark after it that could not be composed.
  let starter = -1;
  let lastClass = -1;
  for (let index = 0; index < characters.length; index++) {
    const character = characters[index] ?? "";
    const count = counts[index] ?? 0;
    const combining = classes[index] ?? 0;
    const composed =
      starter < 0 || lastClass >= combining ? null : composePair(changes.characters[starter] ?? "", character);
    if (composed !== null) {
      changes.characters[starter] = composed;
      changes.counts[starter] = (changes.counts[starter] ?? 0) + count - 1;
      continue;
    }
    if (combining === 0) {
      starter = changes.characters.length;
      lastClass = -1;
    } else if (starter >= 0) {
      lastClass = combining;
    }
    changes.push(character, count);
  }
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
  if (composedPairs.size < cachedCharacters) {
    composedPairs.set(pair, composed);
  }
  return composed;
}
