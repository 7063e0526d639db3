import { existsSync } from "node:fs";
import { join } from "node:path";
import { ExplainError } from "../../common/errors";
import { type JsonObject, readJsonObject } from "../readJson";
import { readSettings } from "./settings";
import { familyOf } from "./tokenizerClass";
import { vocabularyFiles } from "./tokenizerFiles";

const maximumBytes = 8 * 2 ** 20;

/** A tokenizer that was made of a folder's older files. */
export interface LegacyTokenizer {
  /** As a parsed tokenizer.json. */
  readonly tokenizer: JsonObject;
  /** The configuration, in which every role of a token is named. */
  readonly tokenizerConfig: JsonObject;
}

/**
 * Makes the tokenizer of a folder without tokenizer.json from its older files, such as `vocab.txt`, `merges.txt` or `spiece.model`: the same that the Python package
 * transformers (5.23) makes of them. Throws `tokenizer-corrupt` for damaged files, `tokenizer-unsupported` for a class of tokenizers that is not known, and
 * `model-missing` where its files are not there.
 */
export function readLegacyTokenizer(
  directory: string,
  config: JsonObject,
  tokenizerConfig: JsonObject | undefined,
): LegacyTokenizer {
  if (!vocabularyFiles.some((name) => existsSync(join(directory, name)))) {
    throw new ExplainError(
      "model-missing",
      "There is no tokenizer.json in {0}. Copy the model's into the folder or make it in Python: transformers.AutoTokenizer.from_pretrained(folder).save_pretrained(folder).",
      directory,
    );
  }
  const read = (name: string) => readJsonObject(directory, name, maximumBytes, "tokenizer-corrupt");
  const settings = readSettings({
    tokenizerConfig,
    specialTokensMap: read("special_tokens_map.json"),
    addedTokens: read("added_tokens.json"),
  });
  const { tokenizer, roles } = familyOf(config, tokenizerConfig)({ directory, settings });
  return { tokenizer, tokenizerConfig: { ...tokenizerConfig, ...roles } };
}
