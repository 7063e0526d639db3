import { wordLabels } from "../common/prediction/fill";
import { outputTarget } from "./contrast";
import type { Target } from "./target";
import type { TaskQuestion } from "./task";
import { type Vocabulary, wordOf } from "./vocabulary";
import { findWord, type WordPlace } from "./vocabularyWord";

/** A token that a language model gives at a place, next or into a blank. */
export interface GivenToken extends WordPlace {
  readonly id: number;
  /** The token at which its logit is read: the one before it, or the blank. */
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
  const named = (index: number) => ({ index, label: labelOf(index) });
  const own = question.target === null ? id : idOf(question.target);
  const other = question.versus === null ? null : named(idOf(question.versus));
  return outputTarget([readAt], named(own), other, "softmax");
}
