import { addedToken, wordLike } from "./addedToken";
import { assemble, type Parts } from "./assembly";
import { type Family, type OldFiles, present } from "./family";
import { flagOf } from "./settings";
import { needed, template, textA, typedB } from "./template";
import { readVocabularyLines } from "./vocabularyFiles";

/** BERT and those that read texts like it: DistilBERT, ELECTRA, MobileBERT. */
export const bert: Family = (files) =>
  assemble(
    {
      ...wordPieceParts(files, "[UNK]"),
      defaults: {
        unk_token: "[UNK]",
        sep_token: "[SEP]",
        pad_token: "[PAD]",
        cls_token: "[CLS]",
        mask_token: "[MASK]",
      },
      postProcessor(roles, idOf) {
        const [cls, sep] = [needed(roles.cls_token), needed(roles.sep_token)];
        const single = [[cls, 0], textA, [sep, 0]] as const;
        return template(single, [...single, typedB, [sep, 1]], idOf);
      },
    },
    files.settings,
  );

/** MPNet: the pieces of BERT between the special tokens of RoBERTa. */
export const mpnet: Family = (files) =>
  assemble(
    {
      ...wordPieceParts(files, "[UNK]"),
      defaults: {
        bos_token: "<s>",
        eos_token: "</s>",
        sep_token: "</s>",
        cls_token: "<s>",
        unk_token: "[UNK]",
        pad_token: "<pad>",
        mask_token: "<mask>",
      },
      refine: (role, token) =>
        role === "mask_token" ? wordLike(token, false) : typeof token === "string" ? addedToken(token) : token,
      postProcessor(roles, idOf) {
        const [cls, sep] = [needed(roles.cls_token), needed(roles.sep_token)];
        return {
          type: "RobertaProcessing",
          sep: [sep, idOf(sep)],
          cls: [cls, idOf(cls)],
          trim_offsets: true,
          add_prefix_space: false,
        };
      },
    },
    files.settings,
  );

function wordPieceParts(
  { directory, settings }: OldFiles,
  unknown: string,
): Pick<Parts, "model" | "ids" | "size" | "normalizer" | "preTokenizer" | "decoder"> {
  const ids = present(readVocabularyLines(directory, "vocab.txt"), "vocab.txt");
  const named = settings.roles.get("unk_token") ?? unknown;
  const { values } = settings;
  const lowercase = flagOf(values, "do_lower_case", true);
  return {
    ids,
    size: ids.size,
    model: {
      type: "WordPiece",
      unk_token: typeof named === "string" ? named : named.content,
      continuing_subword_prefix: "##",
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(ids),
    },
    normalizer: {
      type: "BertNormalizer",
      clean_text: true,
      handle_chinese_chars: flagOf(values, "tokenize_chinese_chars", true),
      strip_accents: values.strip_accents == null ? null : flagOf(values, "strip_accents", lowercase),
      lowercase,
    },
    preTokenizer: { type: "BertPreTokenizer" },
    decoder: { type: "WordPiece", prefix: "##", cleanup: true },
  };
}
