import { writeFileSync } from "node:fs";
import path from "node:path";

const words = "one two three four five six seven eight nine ten".split(" ");
const special = ["[CLS]", "[PAD]", "[SEP]", "[UNK]", "[MASK]"];

/** Writes into a folder what the small random models of the tests need beside the model: configuration, and a tokenizer of ten words, "one" to "ten". */
export function writeTinyFolder(folder: string): void {
  const config = { architectures: ["BertForSequenceClassification"], num_labels: 3, max_position_embeddings: 20 };
  writeFileSync(path.join(folder, "config.json"), JSON.stringify(config));
  writeFileSync(path.join(folder, "tokenizer.json"), JSON.stringify(tokenizer()));
}

/** The ids of words between the special ones, as the tokenizer of {@link writeTinyFolder} gives them. */
export function tinyIds(text: string): number[] {
  const ids = text.split(" ").map((word) => special.length + words.indexOf(word));
  return [special.indexOf("[CLS]"), ...ids, special.indexOf("[SEP]")];
}

function tokenizer(): object {
  const vocab = Object.fromEntries([...special, ...words].map((word, id) => [word, id]));
  const marked = (token: string) => ({ SpecialToken: { id: token, type_id: 0 } });
  return {
    version: "1.0",
    added_tokens: special.map((content, id) => ({
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
    post_processor: {
      type: "TemplateProcessing",
      single: [marked("[CLS]"), { Sequence: { id: "A", type_id: 0 } }, marked("[SEP]")],
      pair: [],
      special_tokens: Object.fromEntries(
        ["[CLS]", "[SEP]"].map((token) => [token, { id: token, ids: [special.indexOf(token)], tokens: [token] }]),
      ),
    },
    decoder: null,
    model: { type: "WordLevel", vocab, unk_token: "[UNK]" },
  };
}
