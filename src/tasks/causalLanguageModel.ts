import { ExplainError } from "../common/errors";
import { wordLabels } from "../common/prediction/fill";
import { candidatesOf, type GeneratedStep } from "../common/prediction/generated";
import { likeliestTokens, logSumExp } from "./generation/logProbabilities";
import type { Asked, AskedText, ReadText, TaskHead, TaskKind, TaskQuestion } from "./task";
import { type Vocabulary, wordOf } from "./vocabulary";
import { findWord } from "./vocabularyWord";

/** How many likely tokens are listed for a place. */
export const alternativesListed = 5;

/** What a language model goes on with: the target is the logit of a token of it, or its log-odds against another, read where the text and what is written before the token end. */
export const causalLanguageModel: TaskKind = {
  detects: ({ architecture }) => architecture !== null && /ForCausalLM$|LMHeadModel$/.test(architecture),
  fits: (width) => width > 1,
  isLabelled: false,
  gives: () => "softmax",
  continues: true,
  ask,
  places: ({ tokens }) => [tokens.length - 1],
  predict({ vocabulary }, read, { position }) {
    const { steps, end } = read.continuation ?? { steps: [nextOf(read, vocabulary)], end: "length" };
    return { kind: "generated", text: steps.map(({ text }) => text).join(""), steps, step: position ?? 0, end };
  },
  target({ vocabulary }, question, prediction, { tokens }) {
    const step = prediction.kind === "generated" ? prediction.steps[prediction.step] : undefined;
    if (!step) {
      throw new RangeError("A continuation has the token that is asked about.");
    }
    const words = candidatesOf(step);
    const isApart = /^\s/.test(step.text);
    const idOf = (name: string) => findWord(name, { words, isApart }, vocabulary);
    const id = question.target === null ? step.id : idOf(question.target);
    const label = labelOf(id, words, vocabulary);
    const at = [tokens.length - 1];
    if (question.versus === null) {
      return { at, reads: [{ index: id, weight: 1 }], link: "softmax", kind: "logit", label, versus: null };
    }
    const other = idOf(question.versus);
    if (other === id) {
      throw new ExplainError(
        "label-unknown",
        '"{0}" cannot be compared with itself. Choose another word to compare with.',
        label,
      );
    }
    const reads = [
      { index: id, weight: 1 },
      { index: other, weight: -1 },
    ];
    // The probability of one given that it is one of the two.
    return { at, reads, link: "sigmoid", kind: "log-odds", label, versus: labelOf(other, words, vocabulary) };
  },
};

/** A text with what was written behind it, up to the token that is asked about. */
function ask(
  { pair, tokens, begins, continuation }: AskedText,
  { position }: TaskQuestion,
  { vocabulary }: TaskHead,
): Asked {
  if (pair !== null) {
    throw new ExplainError("request-invalid", "A language model goes on with one text. Leave the second text out.");
  }
  const steps = continuation?.steps ?? [];
  const step = position ?? 0;
  if (continuation && step >= steps.length) {
    throw new ExplainError(
      "request-invalid",
      "There is no token {0} in the continuation, which has {1}, counted from 0. Choose another position, or generate more.",
      step,
      steps.length,
    );
  }
  const blank = { text: "", start: 0, end: 0, special: true, segment: 2 } as const;
  const first = begins.map((id, place) => ({
    ...blank,
    index: tokens.length + place,
    id,
    piece: vocabulary.idToPiece(id) ?? "",
  }));
  let end = 0;
  const written = steps.slice(0, step).map(({ id, piece, text }, place) => {
    const start = end;
    end += text.length;
    return {
      index: tokens.length + begins.length + place,
      id,
      piece,
      text,
      start,
      end,
      special: false,
      segment: 2,
    } as const;
  });
  return {
    tokens: [...tokens, ...first, ...written],
    output: written.map(({ text }) => text).join(""),
    fixed: [],
    warnings: continuation?.notes ?? [],
  };
}

/** The likeliest next token, where nothing was generated: of a text with masked words. */
function nextOf({ windows }: ReadText, vocabulary: Vocabulary): GeneratedStep {
  const logits = Float32Array.from(windows.findLast(({ at }) => at.length > 0)?.outputs ?? []);
  const alternatives = likeliestTokens(logits, alternativesListed, logSumExp(logits)).map(({ id, logProbability }) => ({
    id,
    word: wordOf(id, vocabulary),
    logProbability,
  }));
  const { id = 0, word: text = "", logProbability = 0 } = alternatives[0] ?? {};
  return { id, piece: vocabulary.idToPiece(id) ?? "", text, logProbability, alternatives };
}

function labelOf(
  id: number,
  words: readonly { readonly id: number; readonly word: string }[],
  vocabulary: TaskHead["vocabulary"],
): string {
  const listed = wordLabels(words)[words.findIndex((word) => word.id === id)];
  return listed ?? wordLabels([{ word: wordOf(id, vocabulary), id }])[0] ?? "";
}
