import type { Explanation } from "./explanation";

/** When the two hues stand for two classes instead of "for" and "against" the explained one; `auto`: when the classes' names oppose each other. */
export type PerClass = boolean | "auto";

/** The class of each hue: of what supports in blue, and of what is against in orange. */
export interface ClassColours {
  readonly supports: string;
  readonly against: string;
}

/** Names that oppose each other, the one of the blue hue first. */
const opposites: readonly (readonly [string, string])[] = [
  ["positive", "negative"],
  ["pos", "neg"],
  ["good", "bad"],
  ["true", "false"],
  ["yes", "no"],
  ["entailment", "contradiction"],
  ["real", "fake"],
  ["ham", "spam"],
  ["safe", "toxic"],
  ["human", "machine"],
  ["supported", "refuted"],
];

/** `not toxic`, `non-toxic`, `unsafe`, `irrelevant` of `toxic`, `safe`, `relevant`. */
const negations = ["not", "non", "no", "un", "in", "ir", "dis", "im"];

/** Which classes the hues stand for, the same for every text of a model; `null` where they say for and against the explained class or number. */
export function classColours(
  { model, prediction }: Pick<Explanation, "model"> & { readonly prediction: Pick<Explanation["prediction"], "kind"> },
  perClass: PerClass,
): ClassColours | null {
  const [first, second] = model.labels;
  const hasClasses = prediction.kind === "classes";
  if (perClass === false || !hasClasses || model.labels.length !== 2 || first === undefined || second === undefined) {
    return null;
  }
  for (const [supports, against] of [
    [second, first],
    [first, second],
  ] as const) {
    if (oppose(plain(supports), plain(against))) {
      return { supports, against };
    }
  }
  return perClass === true ? { supports: second, against: first } : null;
}

/** The sign that turns a score for the explained class into one for the class of the blue hue. */
export function colourSign({ target }: Pick<Explanation, "target">, colours: ClassColours | null): 1 | -1 {
  return colours && target.label === colours.against ? -1 : 1;
}

function plain(label: string): string {
  return label.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");
}

function oppose(supports: string, against: string): boolean {
  return (
    opposites.some(([one, other]) => one === supports && other === against) ||
    negations.some((negation) => against === negation + supports)
  );
}
