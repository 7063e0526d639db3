import { contentOf } from "./addedToken";
import { assemble } from "./assembly";
import { unreadable } from "./damaged";
import { type Family, spmOf } from "./family";
import type { SentencePieceModel } from "./sentencePieceFile";
import { flagOf, type Settings } from "./settings";
import {
  bytesDecoder,
  characterMapOf,
  mergingParts,
  metaspace,
  openSpm,
  replaceText,
  scored,
  sequence,
  spmTokens,
  unigramParts,
} from "./spmParts";

const file = "tokenizer.model";

/** Llama and Llama 2. */
export const llama: Family = (files) => {
  const spm = openSpm(files, file, "bpe", "Llama");
  const { values } = files.settings;
  const prefix = flagOf(values, "add_prefix_space", true);
  const scheme = !prefix ? "never" : flagOf(values, "legacy", false) ? "always" : "first";
  return assemble(
    {
      ...mergingParts(spm, { byte_fallback: true }),
      normalizer: null,
      preTokenizer: metaspace(scheme, false),
      decoder: bytesDecoder(prefix),
      defaults: { unk_token: "<unk>", bos_token: "<s>", eos_token: "</s>" },
      additional: spmTokens(spm),
    },
    files.settings,
  );
};

/** Gemma. */
export const gemma: Family = (files) => {
  const spm = openSpm(files, file, "bpe", "Gemma");
  const unknown = contentOf(files.settings.roles.get("unk_token") ?? "<unk>");
  return assemble(
    {
      ...mergingParts(spm, { byte_fallback: true, unk_token: unknown }),
      normalizer: replaceText(" ", "▁"),
      preTokenizer: { type: "Split", pattern: { String: " " }, behavior: "MergedWithPrevious", invert: false },
      decoder: bytesDecoder(false),
      defaults: {
        unk_token: "<unk>",
        bos_token: "<bos>",
        eos_token: "<eos>",
        pad_token: "<pad>",
        mask_token: "<mask>",
      },
      additional: spmTokens(spm),
    },
    files.settings,
  );
};

/** Tokenizers without a class of their own, such as those of Mistral and Phi-3: what their sentencepiece model says. */
export const plain: Family = (files) => {
  const spm = spmOf(files, file);
  const { settings } = files;
  return assemble(
    {
      ...(spm.kind === "bpe" ? mergesOf(spm, settings) : piecesOf(spm, settings)),
      normalizer: sequence([...characterMapOf(spm), replaceText(" ", "▁")]),
      preTokenizer: null,
      decoder: spm.byteFallback ? bytesDecoder(false) : { type: "Sequence", decoders: [replaceText("▁", " ")] },
      defaults: { bos_token: spm.beginPiece, eos_token: spm.endPiece, unk_token: spm.unknownPiece || "<unk>" },
      additional: spmTokens(spm),
    },
    settings,
  );
};

function piecesOf(spm: SentencePieceModel, { added }: Settings) {
  if (added.size > 0) {
    throw unreadable("it has added tokens beside pieces with probabilities (Unigram)");
  }
  return unigramParts(scored(spm.pieces), spm.unknownId, spm.byteFallback);
}

/** Pieces that are there to be replaced have the names of the added tokens with their ids. */
function mergesOf(spm: SentencePieceModel, { added }: Settings) {
  const known = new Set(spm.pieces.map(({ piece }) => piece));
  const renamed = new Map<string, string>();
  for (const [id, { content }] of added) {
    const piece = spm.pieces[id]?.piece;
    if (piece !== undefined && piece !== "" && piece !== content && !known.has(content)) {
      renamed.set(piece, content);
      known.add(content);
    }
  }
  return mergingParts(spm, { unk_token: spm.unknownPiece, byte_fallback: spm.byteFallback }, renamed);
}
