import { unsupportedTokenizer } from "./json";
import type { NormalizedText } from "./normalizedText";

/** placeholder */
export function createPrecompiled(_map: string): (text: NormalizedText) => NormalizedText {
  throw unsupportedTokenizer("Precompiled");
}
