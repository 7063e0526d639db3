import type { LimeFeatures, LimeOptions, PlacedRequest, Token, Unit, UnitKind, Window } from "../common/explanation";

/** About how many multiplications of a transformer a computer with two cores does in a second. */
const multiplicationsPerSecond = 3e10;
/** However quick or slow a model is, a second of effort affords at least and at most so many rows. */
const [fewestRows, mostRows] = [1, 80];
/** Sentences that are longer on average, in tokens, are none: lists, code, texts without full stops. */
const longestSentence = 100;

/** A request whose every choice by the text's length is made. */
export interface FittedRequest extends Omit<PlacedRequest, "units" | "lime"> {
  readonly units: UnitKind;
  readonly lime: Omit<LimeOptions, "features"> & { readonly features: LimeFeatures };
}

/** How many rows of `multiplications` each an effort in seconds affords; at least the two that any sum needs. The same on every computer. */
export function affordedRows(effort: number, multiplications: number): number {
  const rows = Math.floor((effort * multiplicationsPerSecond) / Math.max(1, multiplications));
  return Math.max(2, Math.ceil(effort * fewestRows), Math.min(rows, Math.floor(effort * mostRows)));
}

/** What fits a text where the request leaves it open: tokens where the model reads it, or each of two texts, at once, sentences (or words, where there are none) where it is longer; and what is left out together is what gets a score. */
export function fitRequest(
  request: PlacedRequest,
  text: {
    readonly tokens: readonly Token[];
    readonly sentences: readonly Unit[];
    readonly windows: readonly Pick<Window, "segment">[];
  },
): FittedRequest {
  const units = request.units === "auto" ? fittingUnits(text) : request.units;
  return { ...request, units, lime: { ...request.lime, features: request.lime.features ?? units } };
}

function fittingUnits({ tokens, sentences, windows }: Parameters<typeof fitRequest>[1]): UnitKind {
  if (windows.length === 1 || windows.every(({ segment }) => segment !== undefined)) {
    return "token";
  }
  return tokens.length <= longestSentence * sentences.length ? "sentence" : "word";
}
