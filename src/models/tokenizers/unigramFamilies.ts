import type { JsonObject } from "../readJson";
import { contentOf } from "./addedToken";
import { assemble } from "./assembly";
import { damaged } from "./damaged";
import type { Family, OldFiles } from "./family";
import { flagOf } from "./settings";
import {
  characterMapOf,
  metaspace,
  openSpm,
  replace,
  replaceText,
  type Scored,
  scored,
  sequence,
  spacedWords,
  spmTokens,
  unigramParts,
} from "./spmParts";
import { needed, template, textA, textB, typedB } from "./template";

/** T5 has a hundred; a file that wants more is damaged. */
const mostMarkers = 10_000;

/** T5, mT5 and Flan-T5: further tokens mark gaps in a text. */
export const t5: Family = (files) => {
  const spm = openSpm(files, "spiece.model", "unigram", "T5");
  const markers = Array.from({ length: countOf(files, "extra_ids", 100) }, (_, index) => `<extra_id_${index}>`);
  const own = spmTokens(spm);
  const marked = own.filter((token) => contentOf(token).includes("<extra_id_")).length;
  if (marked > 0 && markers.length > 0 && marked !== markers.length) {
    throw damaged("tokenizer_config.json", "extra_ids contradicts the vocabulary");
  }
  const vocabulary = [...scored(spm.pieces), ...markers.toReversed().map((marker) => [marker, 0] as const)];
  return assemble(
    {
      ...unigramParts(vocabulary, 2),
      normalizer: characterMapOf(spm)[0] ?? null,
      preTokenizer: spacedWords("always"),
      decoder: metaspace("always"),
      defaults: { eos_token: "</s>", unk_token: "<unk>", pad_token: "<pad>" },
      additional: marked > 0 ? own : [...own, ...markers],
      postProcessor(roles, idOf) {
        const end = ["</s>", 0] as const;
        return template([textA, end], [textA, end, textB, end], () => idOf(needed(roles.eos_token)));
      },
    },
    files.settings,
  );
};

/** ALBERT: small letters without accents. */
export const albert: Family = (files) => {
  const spm = openSpm(files, "spiece.model", "unigram", "ALBERT");
  const { values } = files.settings;
  const scheme = flagOf(values, "add_prefix_space", true) ? "always" : "never";
  const normalizers: JsonObject[] = [replaceText("``", '"'), replaceText("''", '"')];
  if (!flagOf(values, "keep_accents", false)) {
    normalizers.push({ type: "NFKD" }, { type: "StripAccents" });
  }
  if (flagOf(values, "do_lower_case", true)) {
    normalizers.push({ type: "Lowercase" });
  }
  return assemble(
    {
      ...unigramParts(scored(spm.pieces), 1),
      normalizer: sequence([...normalizers, ...characterMapOf(spm)]),
      preTokenizer: spacedWords(scheme),
      decoder: metaspace(scheme),
      defaults: {
        bos_token: "[CLS]",
        eos_token: "[SEP]",
        unk_token: "<unk>",
        sep_token: "[SEP]",
        pad_token: "<pad>",
        cls_token: "[CLS]",
        mask_token: "[MASK]",
      },
      additional: spmTokens(spm),
      postProcessor(roles, idOf) {
        const single = [["[CLS]", 0], textA, ["[SEP]", 0]] as const;
        const role = (token: unknown) => needed(token === "[CLS]" ? roles.cls_token : roles.sep_token);
        return template(single, [...single, typedB, ["[SEP]", 1]], (token) => idOf(role(token)));
      },
    },
    files.settings,
  );
};

/** DeBERTa-v2 and v3. */
export const debertaV2: Family = (files) => {
  const spm = openSpm(files, "spm.model", "unigram", "DeBERTa-v2");
  const { values, roles: named } = files.settings;
  const scheme = flagOf(values, "add_prefix_space", true) ? "always" : "first";
  const lower = flagOf(values, "do_lower_case", false) ? [{ type: "Lowercase" }] : [];
  const punctuation = flagOf(values, "split_by_punct", false) ? [{ type: "Punctuation", behavior: "Isolated" }] : [];
  const unknown = contentOf(named.get("unk_token") ?? "[UNK]");
  const at = spm.pieces.findIndex(({ piece, score }) => piece === unknown && score === 0);
  return assemble(
    {
      ...unigramParts(scored(spm.pieces), at < 0 ? spm.unknownId : at),
      normalizer: sequence([
        ...lower,
        replace("\\s{2,}|[\\n\\r\\t]", " "),
        { type: "NFC" },
        { type: "Strip", strip_left: false, strip_right: true },
      ]),
      preTokenizer: { type: "Sequence", pretokenizers: [...punctuation, metaspace(scheme)] },
      decoder: metaspace(scheme),
      defaults: {
        bos_token: "[CLS]",
        eos_token: "[SEP]",
        unk_token: "[UNK]",
        sep_token: "[SEP]",
        pad_token: "[PAD]",
        cls_token: "[CLS]",
        mask_token: "[MASK]",
      },
      additional: spmTokens(spm),
      postProcessor(roles, idOf) {
        const [cls, sep] = [needed(roles.cls_token), needed(roles.sep_token)];
        const single = [[cls, 0], textA, [sep, 0]] as const;
        return template(single, [...single, typedB, [sep, 1]], idOf);
      },
    },
    files.settings,
  );
};

/** Pegasus: the pieces of its file after tokens for gaps and for sentences that are left out. */
export const pegasus: Family = (files) => {
  const spm = openSpm(files, "spiece.model", "unigram", "Pegasus");
  const { values, roles: named } = files.settings;
  const unknown = contentOf(named.get("unk_token") ?? "<unk>");
  const fillers = Array.from({ length: Math.max(countOf(files, "offset", 103) - 2, 0) }, (_, i) => `<unk_${i + 2}>`);
  const sentence = values.mask_token_sent === undefined ? "<mask_1>" : values.mask_token_sent;
  if (sentence !== null && typeof sentence !== "string") {
    throw damaged("tokenizer_config.json", "mask_token_sent is not text");
  }
  // Where no file names them, the class gives the two masks the ids of each other.
  const mask = named.get("mask_token") === undefined ? "<mask_1>" : named.get("mask_token");
  const other = values.mask_token_sent === undefined ? "<mask_2>" : sentence;
  const masks = [...new Set([mask, other].flatMap((each) => (each ? [contentOf(each)] : [])))];
  const vocabulary: Scored[] = [
    [contentOf(named.get("pad_token") ?? "<pad>"), 0],
    [contentOf(named.get("eos_token") ?? "</s>"), 0],
    ...masks.map((each) => [each, 0] as const),
    ...fillers.map((each) => [each, -100] as const),
    ...scored(spm.pieces).slice(2),
  ];
  const at = vocabulary.findIndex(([piece, score], index) => index > 0 && piece === unknown && score === 0);
  const map = characterMapOf(spm);
  return assemble(
    {
      ...unigramParts(vocabulary, at),
      normalizer: sequence([...(map.length > 0 ? map : [replace("\\n", " ")]), replace(" {2,}", " ")]),
      preTokenizer: metaspace("always"),
      decoder: metaspace("always"),
      defaults: { pad_token: "<pad>", eos_token: "</s>", unk_token: "<unk>", mask_token: "<mask_2>" },
      additional: [...(sentence === null ? [] : [sentence]), ...fillers],
      postProcessor(roles, idOf) {
        const end = [needed(roles.eos_token), 0] as const;
        return template([textA, end], [textA, textB, end], idOf);
      },
    },
    files.settings,
  );
};

/** How many tokens of a kind a class adds; throws `tokenizer-corrupt`. */
function countOf({ settings }: OldFiles, name: string, fallback: number): number {
  const count = settings.values[name] ?? fallback;
  if (typeof count !== "number" || !Number.isInteger(count) || count < 0 || count > mostMarkers) {
    throw damaged("tokenizer_config.json", `${name} is not a number of tokens`);
  }
  return count;
}
