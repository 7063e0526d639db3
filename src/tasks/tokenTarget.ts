import { ExplainError } from "../common/errors";
import { wordLabels } from "../common/prediction/fill";
import type { Target } from "./target";
import type { TaskQuestion } from "./task";
import { type Vocabulary, wordOf } from "./vocabulary";
import { findWord, type WordPlace } from "./vocabularyWord";

/** A token that a language model gives at a place. */
export interface GivenToken extends WordPlace {
  readonly id: number;
  /** The token at which its logit is read, the one before it. */
  readonly readAt: number;
}

/** The logit of a token of a language model, or of the word that is asked about instead, or its log-odds against another. Throws `label-unknown`. */
export function tokenTarget(
  { id, readAt, ...place }: GivenToken,
  question: TaskQuestion,
  vocabulary: Vocabulary,
): Target {
  const idOf = (name: string) => findWord(name, place, vocabulary);
  const labelOf = (of: number) =>
    wordLabels(place.words)[place.words.findIndex((word) => word.id === of)] ??
    wordLabels([{ word: wordOf(of, vocabulary), id: of }])[0] ??
    "";
  const own = question.target === null ? id : idOf(question.target);
  const label = labelOf(own);
  const at = [readAt];
  if (question.versus === null) {
    return { at, reads: [{ index: own, weight: 1 }], link: "softmax", kind: "logit", label, versus: null };
  }
  const other = idOf(question.versus);
  if (other === own) {
    throw new ExplainError(
      "label-unknown",
      '"{0}" cannot be compared with itself. Choose another word to compare with.',
      label,
    );
  }
  const reads = [
    { index: own, weight: 1 },
    { index: other, weight: -1 },
  ];
  // The probability of one given that it is one of the two.
  return { at, reads, link: "sigmoid", kind: "log-odds", label, versus: labelOf(other) };
}
