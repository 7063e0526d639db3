import { ExplainError } from "../common/errors";
import { candidatesOf, type GeneratedStep } from "../common/prediction/generated";
import { likeliestWords } from "./likeliestWords";
import type { Asked, AskedText, ReadText, TaskHead, TaskKind, TaskQuestion } from "./task";
import { tokenTarget } from "./tokenTarget";
import type { Vocabulary } from "./vocabulary";

/** What a language model goes on with: the target is the logit of a token of it, or its log-odds against another, read where the text and what is written before the token end. */
export const causalLanguageModel: TaskKind = {
  detects: ({ architecture }) => architecture !== null && /ForCausalLM$|LMHeadModel$/.test(architecture),
  fits: (width) => width > 1,
  flags: () => ["generate", "beams", "temperature", "top-p", "chat"],
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
    const place = { words: candidatesOf(step), isApart: /^\s/.test(step.text) };
    return tokenTarget({ id: step.id, readAt: tokens.length - 1, ...place }, question, vocabulary);
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
      continuation.end === "length"
        ? "There is no token {0} in the continuation, which has {1}, counted from 0. Choose another position, or generate more."
        : "There is no token {0} in the continuation, which has {1}, counted from 0, and ends there. Choose another position.",
      step,
      steps.length,
    );
  }
  const own = continuation?.prompt ?? tokens;
  const blank = { text: "", start: 0, end: 0, special: true, segment: 2 } as const;
  const first = begins.map((id, place) => ({
    ...blank,
    index: own.length + place,
    id,
    piece: vocabulary.idToPiece(id) ?? "",
  }));
  const before = [...own, ...first];
  let end = 0;
  const written = steps.slice(0, step).map(({ id, piece, text }, place) => {
    const start = end;
    end += text.length;
    return { index: before.length + place, id, piece, text, start, end, special: false, segment: 2 } as const;
  });
  return {
    tokens: [...before, ...written],
    output: written.map(({ text }) => text).join(""),
    fixed: [],
    warnings: continuation?.notes ?? [],
  };
}

/** The likeliest next token, where nothing was generated: of a text with masked words. */
function nextOf({ windows }: ReadText, vocabulary: Vocabulary): GeneratedStep {
  const logits = Float32Array.from(windows.findLast(({ at }) => at.length > 0)?.outputs ?? []);
  const alternatives = likeliestWords(logits, vocabulary);
  const { id = 0, word: text = "", logProbability = 0 } = alternatives[0] ?? {};
  return { id, piece: vocabulary.idToPiece(id) ?? "", text, logProbability, alternatives };
}
