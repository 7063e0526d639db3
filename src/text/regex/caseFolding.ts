import { type CharSet, contains, setOfClass, union } from "./charSet";

interface Folding {
  /** Characters that are the same when case is ignored, by each of them; those alone are left out. */
  readonly equals: ReadonlyMap<number, readonly number[]>;
  /** Characters that stand for several when case is ignored, such as ß, with those in small letters. */
  readonly several: ReadonlyMap<number, string>;
}

let folding: Folding | null = null;

function single(text: string): number | null {
  const code = text.codePointAt(0) ?? 0;
  return text.length === (code > 0xffff ? 2 : 1) ? code : null;
}

/** The small letter that all cases of a character share. The dotless ı has no capital outside Turkish. */
function foldOf(code: number): number {
  if (code === 0x131) {
    return code;
  }
  const upper = single(String.fromCodePoint(code).toUpperCase()) ?? code;
  return single(String.fromCodePoint(upper).toLowerCase()) ?? upper;
}

function readFolding(): Folding {
  const groups = new Map<number, number[]>();
  const several = new Map<number, string>();
  const cased = union(setOfClass("\\p{Changes_When_Casemapped}"), setOfClass("\\p{Changes_When_Casefolded}"));
  for (let index = 0; index < cased.length; index += 2) {
    for (let code = cased[index] ?? 0; code < (cased[index + 1] ?? 0); code++) {
      const whole = String.fromCodePoint(code).toLowerCase().toUpperCase().toLowerCase();
      if (single(whole) === null) {
        several.set(code, whole);
      }
      const fold = foldOf(code);
      const group = groups.get(fold) ?? [fold];
      if (!group.includes(code)) {
        group.push(code);
      }
      groups.set(fold, group);
    }
  }
  const equals = new Map([...groups.values()].flatMap((group) => group.map((code) => [code, group] as const)));
  return { equals, several };
}

function allFolding(): Folding {
  folding ??= readFolding();
  return folding;
}

/** A set with all cases of its characters. */
export function withCases(set: CharSet): CharSet {
  const [first = 0, end = 0] = set;
  const { equals } = allFolding();
  const alone = set.length === 2 && end === first + 1;
  const codes = alone ? [first] : [...equals.keys()].filter((code) => contains(set, code));
  const others = codes.flatMap((code) => (equals.get(code) ?? []).map((other) => [other, other + 1]));
  return union(set, ...others);
}

/** Whether a set has a character that stands for several when case is ignored. */
export function hasManyLetterCase(set: CharSet): boolean {
  for (const code of allFolding().several.keys()) {
    if (contains(set, code)) {
      return true;
    }
  }
  return false;
}

/** Whether some characters of a text are together one character when case is ignored, as `ss` is ß. */
export function holdsManyLetterCase(text: string): boolean {
  const folded = Array.from(text, (character) => String.fromCodePoint(foldOf(character.codePointAt(0) ?? 0))).join("");
  return [...allFolding().several.values()].some((letters) => folded.includes(letters));
}
