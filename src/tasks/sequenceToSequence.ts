import { causalLanguageModel } from "./causalLanguageModel";
import type { TaskKind } from "./task";

/** What an encoder and a decoder make of a text, such as its translation or summary: explained as what a language model goes on with, of the text and of what was written before. */
export const sequenceToSequence: TaskKind = {
  ...causalLanguageModel,
  flags: () => ["generate", "beams", "prefix", "language", "temperature", "top-p"],
  detects: ({ architecture }) =>
    architecture !== null && /For(?:ConditionalGeneration|Seq2SeqLM)$|MTModel$/.test(architecture),
};
