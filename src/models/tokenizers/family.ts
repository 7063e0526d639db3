import { ExplainError } from "../../common/errors";
import type { Assembled } from "./assembly";
import { readSentencePiece, type SentencePieceModel } from "./sentencePieceFile";
import type { Settings } from "./settings";

/** The files of a folder that a tokenizer is made of. */
export interface OldFiles {
  /** The folder without symbolic links in its path. */
  readonly directory: string;
  readonly settings: Settings;
}

/** Makes a tokenizer of a folder's older files as one class of the Python package transformers does. Throws `tokenizer-corrupt`, `tokenizer-unsupported` or `model-missing`. */
export type Family = (files: OldFiles) => Assembled;

/** What was read, where there was a file to read; throws `model-missing` otherwise. */
export function present<T>(read: T | undefined, name: string): T {
  if (read === undefined) {
    throw new ExplainError(
      "model-missing",
      "There is neither tokenizer.json nor {0} in the model's folder. Copy the model's into the folder.",
      name,
    );
  }
  return read;
}

/** Reads the sentencepiece model of a folder: `tokenizer.model` where there is one, else the file that the class has. */
export function spmOf({ directory }: OldFiles, name: string): SentencePieceModel {
  return readSentencePiece(directory, "tokenizer.model") ?? present(readSentencePiece(directory, name), name);
}
