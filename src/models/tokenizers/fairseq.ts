import { contentOf, type NamedToken, wordLike } from "./addedToken";
import { assemble } from "./assembly";
import { damaged } from "./damaged";
import type { Family, OldFiles } from "./family";
import { mbart50Languages, mbartLanguages } from "./languages";
import type { SentencePieceModel } from "./sentencePieceFile";
import { flagOf, type Role } from "./settings";
import {
  characterMapOf,
  metaspace,
  openSpm,
  replace,
  type Scored,
  scored,
  sequence,
  spacedWords,
  spmTokens,
  unigramParts,
} from "./spmParts";
import { type IdOf, needed, type RoleTokens, template, textA, textB } from "./template";

const file = "sentencepiece.bpe.model";

const defaults = {
  bos_token: "<s>",
  eos_token: "</s>",
  sep_token: "</s>",
  cls_token: "<s>",
  unk_token: "<unk>",
  pad_token: "<pad>",
  mask_token: "<mask>",
} as const;

/** XLM-RoBERTa: the pieces of its file after four tokens of its own. */
export const xlmRoberta: Family = (files) => {
  const spm = openSpm(files, file, "unigram", "XLM-RoBERTa");
  const name = namer(files);
  const scheme = flagOf(files.settings.values, "add_prefix_space", true) ? "always" : "never";
  const vocabulary: Scored[] = [
    [name("bos_token"), 0],
    [name("pad_token"), 0],
    [name("eos_token"), 0],
    [name("unk_token"), 0],
    ...scored(spm.pieces).slice(3),
    [name("mask_token"), 0],
  ];
  return assemble(
    {
      ...unigramParts(vocabulary, 3),
      normalizer: characterMapOf(spm)[0] ?? null,
      preTokenizer: spacedWords(scheme),
      decoder: metaspace(scheme),
      defaults,
      additional: spmTokens(spm),
      postProcessor: aroundTexts,
    },
    files.settings,
  );
};

/** CamemBERT: the pieces of its file after five tokens of its own. */
export const camembert: Family = (files) => {
  const spm = openSpm(files, file, "unigram", "CamemBERT");
  const name = namer(files);
  const scheme = flagOf(files.settings.values, "add_prefix_space", true) ? "always" : "never";
  const vocabulary: Scored[] = [
    ["<s>NOTUSED", 0],
    [name("pad_token"), 0],
    ["</s>NOTUSED", 0],
    [name("unk_token"), 0],
    ["<unk>NOTUSED", -100],
    ...scored(spm.pieces).slice(1),
    [name("mask_token"), 0],
  ];
  const unknown = vocabulary.findIndex(([piece]) => piece === name("unk_token"));
  return assemble(
    {
      ...unigramParts(vocabulary, unknown),
      normalizer: characterMapOf(spm)[0] ?? null,
      preTokenizer: spacedWords(scheme),
      decoder: metaspace(scheme),
      defaults,
      refine: (role, token) => (role === "mask_token" ? wordLike(token, true) : token),
      additional: spmTokens(spm),
      postProcessor: aroundTexts,
    },
    files.settings,
  );
};

/** mBART: its languages are tokens, and that of the text comes after it. */
export const mbart: Family = (files) => {
  const spm = openSpm(files, file, "unigram", "mBART");
  const own = spmTokens(spm).filter((token) => !mbartLanguages.includes(contentOf(token)));
  return assemble(
    {
      ...unigramParts(withLanguages(files, spm, "bos_token", mbartLanguages), 3),
      normalizer: null,
      preTokenizer: spacedWords("always"),
      decoder: metaspace("always"),
      defaults,
      refine: (role, token) => (role === "mask_token" ? wordLike(token, false) : token),
      additional: [...mbartLanguages, ...own],
      postProcessor(roles, idOf) {
        const after = [
          [needed(roles.eos_token), 0],
          [languageOf(files), 0],
        ] as const;
        return template([textA, ...after], [textA, textB, ...after], idOf);
      },
    },
    files.settings,
  );
};

/** mBART-50: as mBART with more languages, and that of the text comes before it. */
export const mbart50: Family = (files) => {
  const spm = openSpm(files, file, "unigram", "mBART-50");
  return assemble(
    {
      ...unigramParts(withLanguages(files, spm, "cls_token", mbart50Languages), 3),
      normalizer: sequence([...characterMapOf(spm), replace(" {2,}", " ")]),
      preTokenizer: metaspace("always"),
      decoder: metaspace("always"),
      defaults: { ...defaults, bos_token: null },
      refine: (role, token) => (role === "mask_token" ? wordLike(token, false) : token),
      additional: [...spmTokens(spm), ...mbart50Languages],
      postProcessor(roles, idOf) {
        const language = [languageOf(files), 0] as const;
        const end = [needed(roles.eos_token), 0] as const;
        return template([language, textA, end], [language, textA, textB, end], idOf);
      },
    },
    files.settings,
  );
};

/** The name of the token of a role, as the files or else the class say. */
function namer({ settings }: OldFiles): (role: Role) => string {
  return (role) => contentOf(settings.roles.get(role) ?? (defaults[role] as NamedToken));
}

function withLanguages(
  files: OldFiles,
  { pieces }: SentencePieceModel,
  first: Role,
  languages: readonly string[],
): readonly Scored[] {
  const name = namer(files);
  return [
    [name(first), 0],
    [name("pad_token"), 0],
    [name("eos_token"), 0],
    [name("unk_token"), 0],
    ...scored(pieces).slice(3),
    ...languages.map((language) => [language, 0] as const),
    [name("mask_token"), 0],
  ];
}

/** The language of the texts that a model reads; throws `tokenizer-corrupt` where it is not one's name. */
function languageOf({ settings }: OldFiles): string {
  const language = settings.values.src_lang ?? "en_XX";
  if (typeof language !== "string") {
    throw damaged("tokenizer_config.json", "src_lang is not the name of a language");
  }
  return language;
}

/** `<s> A </s>`, and two ends between two texts. */
function aroundTexts(roles: RoleTokens, idOf: IdOf) {
  const [begin, end] = [needed(roles.bos_token), needed(roles.eos_token)];
  const single = [[begin, 0], textA, [end, 0]] as const;
  return template(single, [...single, [end, 0], textB, [end, 0]], idOf);
}
