import type { Token } from "../common/explanation";
import { meanValue } from "../common/moments";
import { goesOn, outsideLabel, tagsOf } from "./bio";

/** How the labels of a word's tokens become one: `simple` takes each token for itself. */
export type Aggregation = "simple" | "first" | "average" | "max";

/** A token that may be part of an entity, and what the model says of it. */
export interface LabelledToken {
  readonly token: Token;
  /** Whether it goes on the word of the token before. */
  readonly continues: boolean;
  /** For each label. */
  readonly probabilities: readonly number[];
}

/** Tokens with one label: a word, or under `simple` a token. */
interface Word {
  readonly tokens: readonly LabelledToken[];
  /** Those that decide. */
  readonly deciding: readonly LabelledToken[];
  readonly label: number;
  readonly probability: number;
}

/** What was found in a text: neighbouring words with labels of one kind. */
export interface FoundEntity {
  /** The label of the whole, without the letters of BIO. */
  readonly name: string;
  /** The mean over its words. */
  readonly probability: number;
  /** Indices of all tokens from its first to its last. */
  readonly tokens: readonly number[];
  /** The tokens that decide, and the label of each. */
  readonly deciding: readonly { readonly token: number; readonly label: number }[];
}

/** The place of the largest number, the first of several. */
export function argmax(values: readonly number[]): number {
  return values.reduce((best, value, index) => (value > (values[best] ?? Number.NEGATIVE_INFINITY) ? index : best), 0);
}

/**
 * The entities of a text, as the token-classification pipeline of transformers finds them: words take the label of their first token, of their most certain one, or of the mean of their
 * probabilities, and neighbours whose labels go on each other are one entity. `tokens` are in order, without special ones.
 */
export function findEntities(
  tokens: readonly LabelledToken[],
  labels: readonly string[],
  aggregation: Aggregation,
): FoundEntity[] {
  const tags = tagsOf(labels);
  const groups: Word[][] = [];
  for (const word of wordsOf(tokens, aggregation)) {
    const open = groups.at(-1);
    const [before, tag] = [tags[open?.at(-1)?.label ?? -1], tags[word.label]];
    if (open && before && tag && goesOn(before, tag)) {
      open.push(word);
    } else {
      groups.push([word]);
    }
  }
  return groups.flatMap((words) => {
    const name = tags[words[0]?.label ?? 0]?.name ?? "";
    const all = words.flatMap((word) => word.tokens.map(({ token }) => token));
    // A token of spaces alone, as byte-level tokenizers have it, is no entity.
    const isEmpty = (all[0]?.start ?? 0) >= (all.at(-1)?.end ?? 0);
    return name === outsideLabel || isEmpty
      ? []
      : [
          {
            name,
            probability: meanValue(words.map((word) => word.probability)),
            tokens: all.map(({ index }) => index),
            deciding: words.flatMap(({ deciding, label }) =>
              deciding.map(({ token }) => ({ token: token.index, label })),
            ),
          },
        ];
  });
}

function wordsOf(tokens: readonly LabelledToken[], aggregation: Aggregation): Word[] {
  const groups: LabelledToken[][] = [];
  for (const token of tokens) {
    const open = groups.at(-1);
    if (open && token.continues && aggregation !== "simple") {
      open.push(token);
    } else {
      groups.push([token]);
    }
  }
  return groups.map((group) => {
    const deciding = decidingOf(group, aggregation);
    const probabilities = (deciding[0]?.probabilities ?? []).map((_, label) =>
      meanValue(deciding.map((token) => token.probabilities[label] ?? 0)),
    );
    const label = argmax(probabilities);
    return { tokens: group, deciding, label, probability: probabilities[label] ?? 0 };
  });
}

/** The tokens of a word whose probabilities, or their mean, are the word's. */
function decidingOf(word: readonly LabelledToken[], aggregation: Aggregation): readonly LabelledToken[] {
  switch (aggregation) {
    case "simple":
    case "first":
      return word.slice(0, 1);
    case "average":
      return word;
    case "max": {
      const most = argmax(word.map(({ probabilities }) => Math.max(...probabilities)));
      return word.slice(most, most + 1);
    }
  }
}
