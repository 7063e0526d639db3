/** The files of which a folder has at least one where it has a tokenizer: tokenizer.json, or the older ones that hold its pieces. */
export const vocabularyFiles: readonly string[] = [
  "tokenizer.json",
  "vocab.txt",
  "vocab.json",
  "tokenizer.model",
  "spiece.model",
  "sentencepiece.bpe.model",
  "spm.model",
  "source.spm",
];

/** All files that a tokenizer may be made of. */
export const tokenizerFiles: readonly string[] = [
  ...vocabularyFiles,
  "merges.txt",
  "tokenizer_config.json",
  "special_tokens_map.json",
  "added_tokens.json",
];
