import type { Alphabet } from "./alphabet";
import type { CharSet } from "./charSet";
import type { Anchor, Node } from "./syntax";

/** How many characters a part can match. */
export interface Lengths {
  readonly least: number;
  /** May be infinite. */
  readonly most: number;
}

/** How many characters a part of an expression can match. */
export function lengthsOf(node: Node): Lengths {
  switch (node.type) {
    case "set":
      return { least: 1, most: 1 };
    case "sequence":
      return node.items.map(lengthsOf).reduce((sum, one) => ({
        least: sum.least + one.least,
        most: sum.most + one.most,
      }));
    case "choice":
      return node.options.map(lengthsOf).reduce((sum, one) => ({
        least: Math.min(sum.least, one.least),
        most: Math.max(sum.most, one.most),
      }));
    case "repeat": {
      const { least, most } = lengthsOf(node.body);
      return { least: least * node.least, most: most === 0 || node.most === 0 ? 0 : most * node.most };
    }
    case "group":
    case "atomic":
      return lengthsOf(node.body);
    case "reference":
      return { least: 0, most: Number.POSITIVE_INFINITY };
    default:
      return { least: 0, most: 0 };
  }
}

/** All parts directly inside a part. */
function childrenOf(node: Node): readonly Node[] {
  switch (node.type) {
    case "sequence":
      return node.items;
    case "choice":
      return node.options;
    case "repeat":
    case "group":
    case "atomic":
    case "look":
      return [node.body];
    default:
      return [];
  }
}

/** Whether a part, or one inside it, is what `test` asks for. */
export function holds(node: Node, test: (node: Node) => boolean): boolean {
  return test(node) || childrenOf(node).some((child) => holds(child, test));
}

/** How often the parts of an expression are looked at when it is compiled: each for itself and for all that it is inside of. */
export function visitsOf(node: Node, depth = 1): number {
  return childrenOf(node).reduce((sum, child) => sum + visitsOf(child, depth + 1), depth);
}

/** The sets of an expression. */
export function setsOf(node: Node): CharSet[] {
  return node.type === "set" ? [node.set] : childrenOf(node).flatMap(setsOf);
}

/** What an expression asks of the places in a text. */
export function anchorsOf(node: Node): Set<Anchor> {
  return node.type === "anchor"
    ? new Set([node.kind])
    : new Set(childrenOf(node).flatMap((child) => [...anchorsOf(child)]));
}

/**
 * The classes of characters that a part and what comes after it can begin with, given those of what comes after it; the class of the
 * text's end among them. May hold too many, never too few.
 */
export function firstOf(node: Node, follow: Uint8Array, alphabet: Alphabet): Uint8Array {
  switch (node.type) {
    case "set":
      return alphabet.rowOf(node.set);
    case "sequence":
      return node.items.reduceRight((row, item) => firstOf(item, row, alphabet), follow);
    case "choice":
      return either(node.options.map((option) => firstOf(option, follow, alphabet)));
    case "repeat": {
      if (node.most === 0) {
        return follow;
      }
      const body = firstOf(node.body, follow, alphabet);
      return node.least === 0 ? either([body, follow]) : body;
    }
    case "group":
    case "atomic":
      return firstOf(node.body, follow, alphabet);
    case "look":
      return firstOfLook(node, follow, alphabet);
    case "reference":
      return everyClass(alphabet);
    default:
      return follow;
  }
}

/** Whether a part matches wherever it stands, be it nothing. */
export function alwaysMatches(node: Node): boolean {
  switch (node.type) {
    case "empty":
      return true;
    case "sequence":
      return node.items.every(alwaysMatches);
    case "choice":
      return node.options.some(alwaysMatches);
    case "repeat":
      return node.least === 0;
    case "group":
    case "atomic":
      return alwaysMatches(node.body);
    default:
      return false;
  }
}

/** A row of all classes. */
export function everyClass({ size }: Alphabet): Uint8Array {
  return new Uint8Array(size).fill(1);
}

function firstOfLook(node: Node & { type: "look" }, follow: Uint8Array, alphabet: Alphabet): Uint8Array {
  if (node.behind) {
    return follow;
  }
  const { body, negative } = node;
  if (!negative) {
    const ahead = firstOf(body, everyClass(alphabet), alphabet);
    return follow.map((member, index) => member & (ahead[index] ?? 0));
  }
  if (body.type !== "set") {
    return follow;
  }
  const refused = alphabet.rowOf(body.set);
  return follow.map((member, index) => member & (1 - (refused[index] ?? 0)));
}

function either(rows: readonly Uint8Array[]): Uint8Array {
  const result = new Uint8Array(rows[0]?.length ?? 0);
  for (const row of rows) {
    row.forEach((member, index) => {
      result[index] = (result[index] ?? 0) | member;
    });
  }
  return result;
}

/** Whether two rows have no class in common. */
export function areDisjoint(one: Uint8Array, other: Uint8Array): boolean {
  return one.every((member, index) => member === 0 || other[index] === 0);
}
