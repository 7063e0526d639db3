import { unsupportedTokenizer } from "./json";

/** placeholder */
export function translateOnigRegex(source: string): RegExp {
  throw unsupportedTokenizer(source);
}
