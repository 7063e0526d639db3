import { unsupportedTokenizer } from "../json";
import type { Reader } from "./reader";
import type { Node, RepeatMode } from "./syntax";

/** Oniguruma's own limit. */
const mostRepeats = 100_000;

export interface Quantifier {
  readonly least: number;
  /** Infinite for `*` and `+`. */
  readonly most: number;
  readonly mode: RepeatMode;
}

/** Takes a quantifier if one comes next; throws `tokenizer-unsupported`. */
export function readQuantifier(reader: Reader): Quantifier | null {
  const symbol = reader.takeMatch(/([*+?])([+?]?)/y);
  if (symbol) {
    const [, text, suffix] = symbol;
    const mode = suffix === "+" ? "possessive" : suffix === "?" ? "lazy" : "greedy";
    return { least: text === "+" ? 1 : 0, most: text === "?" ? 1 : Number.POSITIVE_INFINITY, mode };
  }
  const braces = reader.takeMatch(/\{(\d*)(,?)(\d*)\}/y);
  if (!braces) {
    return null;
  }
  const [whole, low = "", comma, high = ""] = braces;
  const least = low === "" ? 0 : Number(low);
  const most = comma === "" ? least : high === "" ? Number.POSITIVE_INFINITY : Number(high);
  const tooMany = least > mostRepeats || (most > mostRepeats && high !== "");
  if ((low === "" && high === "") || most < least || tooMany) {
    throw unsupportedTokenizer(`the quantifier ${whole.slice(0, 20)} in a regular expression`);
  }
  // A question mark after {n} is a quantifier of its own, and so is a plus after any braces.
  return { least, most, mode: comma !== "" && reader.take("?") ? "lazy" : "greedy" };
}

/** Whether Oniguruma refuses to repeat a part: an anchor or a look-around, alone or as an alternative. */
export function isInvalidTarget(node: Node): boolean {
  switch (node.type) {
    case "anchor":
    case "look":
      return true;
    case "choice":
      return node.options.some(isInvalidTarget);
    default:
      return false;
  }
}
