import { createBpe } from "./bpe";
import { asObject, asString, type JsonObject, unsupportedTokenizer } from "./json";
import { createMarian } from "./marian";
import type { Model } from "./model";
import { createUnigram } from "./unigram";
import { createWordLevel } from "./wordLevel";
import { createWordPiece } from "./wordPiece";

/** Builds the `model` of a tokenizer.json; throws `tokenizer-unsupported` or `tokenizer-corrupt`. */
export function createModel(json: unknown): Model {
  const options = asObject(json, "the model");
  switch (modelType(options)) {
    case "WordPiece":
      return createWordPiece(options);
    case "BPE":
      return createBpe(options);
    case "Unigram":
      return createUnigram(options);
    case "Marian":
      return createMarian(options);
    case "WordLevel":
      return createWordLevel(options);
    default:
      throw unsupportedTokenizer(`the model ${modelType(options)}`);
  }
}

/** Old files do not name the type. */
function modelType(options: JsonObject): string {
  if (options.type !== undefined) {
    return asString(options.type, "the type of the model");
  }
  if (options.merges !== undefined) {
    return "BPE";
  }
  if (Array.isArray(options.vocab)) {
    return "Unigram";
  }
  return options.continuing_subword_prefix === undefined ? "WordLevel" : "WordPiece";
}
