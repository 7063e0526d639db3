import type { JsonObject } from "../readJson";
import { assemble, type Parts } from "./assembly";
import { type Family, type OldFiles, present } from "./family";
import { flagOf } from "./settings";
import { needed, template, textA, textB } from "./template";
import { readMerges, readVocabularyObject } from "./vocabularyFiles";

/** GPT-2 and those that read texts like it: OPT, Phi, CodeGen. */
export const gpt2: Family = (files) =>
  assemble(
    {
      ...byteLevelParts(files),
      normalizer: null,
      preTokenizer: byteLevel(prefixSpace(files)),
      defaults: { unk_token: "<|endoftext|>", bos_token: "<|endoftext|>", eos_token: "<|endoftext|>" },
    },
    files.settings,
  );

/** GPT-NeoX and those that read texts like it: Pythia, OLMo, Mamba. */
export const gptNeoX: Family = (files) =>
  assemble(
    {
      ...byteLevelParts(files),
      normalizer: { type: "NFC" },
      preTokenizer: byteLevel(prefixSpace(files), flagOf(files.settings.values, "trim_offsets", true)),
      defaults: {
        unk_token: "<|endoftext|>",
        bos_token: "<|endoftext|>",
        eos_token: "<|endoftext|>",
        pad_token: "<|padding|>",
      },
    },
    files.settings,
  );

const qwenWords =
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

/** Qwen2 and Qwen3: words by an expression of their own, each digit alone. */
export const qwen2: Family = (files) =>
  assemble(
    {
      ...byteLevelParts(files),
      normalizer: { type: "NFC" },
      preTokenizer: {
        type: "Sequence",
        pretokenizers: [
          { type: "Split", pattern: { Regex: qwenWords }, behavior: "Isolated", invert: false },
          { ...byteLevel(prefixSpace(files)), use_regex: false },
        ],
      },
      defaults: { unk_token: "<|endoftext|>", eos_token: "<|endoftext|>", pad_token: "<|endoftext|>" },
      addsAgain: true,
    },
    files.settings,
  );

/** RoBERTa and those that read texts like it: BART, Longformer, LED. */
export const roberta: Family = (files) =>
  assemble(
    {
      ...byteLevelParts(files),
      normalizer: null,
      preTokenizer: byteLevel(prefixSpace(files)),
      defaults: {
        bos_token: "<s>",
        eos_token: "</s>",
        sep_token: "</s>",
        cls_token: "<s>",
        unk_token: "<unk>",
        pad_token: "<pad>",
        mask_token: "<mask>",
      },
      postProcessor(roles, idOf) {
        const [cls, sep] = [needed(roles.cls_token), needed(roles.sep_token)];
        return {
          type: "RobertaProcessing",
          sep: [sep, idOf(sep)],
          cls: [cls, idOf(cls)],
          trim_offsets: flagOf(files.settings.values, "trim_offsets", true),
          add_prefix_space: prefixSpace(files),
        };
      },
    },
    files.settings,
  );

/** DeBERTa of the first version. */
export const deberta: Family = (files) =>
  assemble(
    {
      ...byteLevelParts(files),
      normalizer: null,
      preTokenizer: byteLevel(prefixSpace(files)),
      defaults: {
        bos_token: "[CLS]",
        eos_token: "[SEP]",
        sep_token: "[SEP]",
        cls_token: "[CLS]",
        unk_token: "[UNK]",
        pad_token: "[PAD]",
        mask_token: "[MASK]",
      },
      postProcessor(roles, idOf) {
        const [cls, sep] = [needed(roles.cls_token), needed(roles.sep_token)];
        const single = [[cls, 0], textA, [sep, 0]] as const;
        return template(single, [...single, [sep, 0], textB, [sep, 0]], idOf);
      },
    },
    files.settings,
  );

function prefixSpace({ settings }: OldFiles): boolean {
  return flagOf(settings.values, "add_prefix_space", false);
}

function byteLevel(addPrefixSpace: boolean, trimOffsets = true): JsonObject {
  return { type: "ByteLevel", add_prefix_space: addPrefixSpace, trim_offsets: trimOffsets, use_regex: true };
}

function byteLevelParts({ directory }: OldFiles): Pick<Parts, "model" | "ids" | "size" | "decoder"> {
  const ids = present(readVocabularyObject(directory, "vocab.json"), "vocab.json");
  const merges = present(readMerges(directory, "merges.txt"), "merges.txt");
  return {
    ids,
    size: ids.size,
    model: {
      type: "BPE",
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: "",
      end_of_word_suffix: "",
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries(ids),
      merges,
    },
    decoder: byteLevel(true),
  };
}
