import { ExplainError } from "../../common/errors";

/** Words of a file in a sentence are cut after so many UTF-16 units. */
const longestWords = 200;

/** The error for a file of a tokenizer whose content makes no sense; `what` completes "the file is damaged: …". */
export function damaged(file: string, what: string): ExplainError {
  return new ExplainError(
    "tokenizer-corrupt",
    "{0} is damaged: {1}. Download the model again.",
    file,
    what.slice(0, longestWords),
  );
}

/** The error for a tokenizer whose older files ask for what is not supported; `what` completes "cannot be read: …". */
export function unreadable(what: string): ExplainError {
  return new ExplainError(
    "tokenizer-unsupported",
    "The tokenizer cannot be read from its older files: {0}. Make a tokenizer.json in Python: transformers.AutoTokenizer.from_pretrained(folder).save_pretrained(folder).",
    what.slice(0, longestWords),
  );
}
