/** A label of tokens taken apart: where in an entity its token stands, and what the entity is. */
export interface TokenTag {
  /** `begin` and `single` start an entity, `end` and `single` are its last token; `inside` goes on or, where nothing of its kind is before it, starts one. */
  readonly place: "begin" | "inside" | "end" | "single";
  /** The label without the letter that says the place. */
  readonly name: string;
}

const places: Readonly<Record<string, TokenTag["place"]>> = {
  B: "begin",
  I: "inside",
  E: "end",
  L: "end",
  S: "single",
  U: "single",
};

/** The label of tokens that are part of nothing. */
export const outsideLabel = "O";

/**
 * Takes labels apart, each by itself: BIO, and BIOES or BILUO where labels that begin entities are among them. Labels without such letters name entities as they are, of which
 * neighbours are one.
 */
export function tagsOf(labels: readonly string[]): TokenTag[] {
  const isScheme = labels.some((label) => label.startsWith("B-"));
  return labels.map((label) => {
    const [, letter = "", name = ""] = /^([BIELSU])-(.+)$/.exec(label) ?? [];
    const place = isScheme || letter === "I" ? places[letter] : undefined;
    return place ? { place, name } : { place: "inside", name: label };
  });
}

/** Whether a token's label goes on the entity that the one before is part of. */
export function goesOn(before: TokenTag, tag: TokenTag): boolean {
  const isOpen = before.place === "begin" || before.place === "inside";
  return isOpen && before.name === tag.name && (tag.place === "inside" || tag.place === "end");
}
