import { copyFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { createTokenizer } from "../../src/text/tokenizer";

const words = "one two three four five six seven eight nine ten".split(" ");
const special = ["[CLS]", "[PAD]", "[SEP]", "[UNK]", "[MASK]"];

/** How the tokenizer of a small model differs from the usual one. */
export interface TinyTokenizer {
  /** Whether it adds special tokens around a text and has the mask token. */
  readonly special: boolean;
}

/** Makes a folder of a model of `test/fixtures/graph`, with the files of {@link writeTinyFolder}. */
export function fixtureFolder(folder: string, file: string, options?: TinyTokenizer, config: object = {}): void {
  writeTinyFolder(folder, options, config);
  copyFileSync(file, path.join(folder, "model.onnx"));
}

/** Writes into a folder what the small random models of the tests need beside the model: configuration, and a tokenizer of ten words, "one" to "ten". */
export function writeTinyFolder(
  folder: string,
  options: TinyTokenizer = { special: true },
  changes: object = {},
): void {
  const config = { architectures: ["BertForSequenceClassification"], num_labels: 3, max_position_embeddings: 20 };
  writeFileSync(path.join(folder, "config.json"), JSON.stringify({ ...config, ...changes }));
  writeFileSync(path.join(folder, "tokenizer.json"), JSON.stringify(tokenizer(options)));
}

/** The ids of words between the special ones, as the tokenizer of {@link writeTinyFolder} gives them. */
export function tinyIds(text: string): number[] {
  const ids = text.split(" ").map((word) => special.length + words.indexOf(word));
  return [special.indexOf("[CLS]"), ...ids, special.indexOf("[SEP]")];
}

/** The vocabulary of these models, for what is tested without one. */
export const tinyVocabulary = () => createTokenizer(tokenizer({ special: true }));

function tokenizer(options: TinyTokenizer): object {
  const named = options.special ? special : special.map((token) => (token === "[PAD]" ? token : `<${token}>`));
  const vocab = Object.fromEntries([...named, ...words].map((word, id) => [word, id]));
  const marked = (token: string, type = 0) => ({ SpecialToken: { id: token, type_id: type } });
  const single = [marked("[CLS]"), { Sequence: { id: "A", type_id: 0 } }, marked("[SEP]")];
  return {
    version: "1.0",
    added_tokens: named.map((content, id) => ({
      id,
      content,
      special: true,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
    })),
    normalizer: null,
    pre_tokenizer: { type: "Whitespace" },
    post_processor: !options.special
      ? null
      : {
          type: "TemplateProcessing",
          single,
          pair: [...single, { Sequence: { id: "B", type_id: 1 } }, marked("[SEP]", 1)],
          special_tokens: Object.fromEntries(
            ["[CLS]", "[SEP]"].map((token) => [token, { id: token, ids: [special.indexOf(token)], tokens: [token] }]),
          ),
        },
    decoder: null,
    model: { type: "WordLevel", vocab, unk_token: named[3] },
  };
}
