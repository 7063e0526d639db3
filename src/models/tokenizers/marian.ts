import { contentOf } from "./addedToken";
import { assemble } from "./assembly";
import { unreadable } from "./damaged";
import { type Family, type OldFiles, present } from "./family";
import { pieceTypes, readSentencePiece, type SentencePieceModel } from "./sentencePieceFile";
import { flagOf } from "./settings";
import { metaspace, requireKind, scored } from "./spmParts";
import { needed, template, textA, textB } from "./template";
import { readVocabularyObject } from "./vocabularyFiles";

const file = "source.spm";

/** Marian, the translators of OPUS: the sentencepiece model of the language that is read cuts texts, `vocab.json` numbers the pieces of both languages. */
export const marian: Family = (files) => {
  const { directory, settings } = files;
  const spm = present(readSentencePiece(directory, file), file);
  const ids = present(readVocabularyObject(directory, "vocab.json"), "vocab.json");
  requireMarian(spm, ids, files);
  const kept = spm.pieces.filter(({ type }) => type === pieceTypes.normal);
  return assemble(
    {
      ids,
      size: ids.size,
      model: {
        type: "Marian",
        vocab: Object.fromEntries(ids),
        unk_token: contentOf(settings.roles.get("unk_token") ?? "<unk>"),
        // The first piece stands for what is unknown, and no text has it.
        pieces: { vocab: [["", 0], ...scored(kept)], unk_id: 0, single_precision: true },
      },
      normalizer: {
        type: "Marian",
        precompiled_charsmap: Buffer.from(spm.characterMap).toString("base64"),
        remove_extra_whitespaces: spm.removesExtraSpaces,
      },
      preTokenizer: null,
      decoder: metaspace("always"),
      defaults: { unk_token: "<unk>", eos_token: "</s>", pad_token: "<pad>" },
      postProcessor(roles, idOf) {
        const end = [needed(roles.eos_token), 0] as const;
        return template([textA, end], [textA, textB, end], idOf);
      },
    },
    settings,
  );
};

/** Refuses what Marian's models do not have, and what would be read in another way than they do. */
function requireMarian(spm: SentencePieceModel, ids: ReadonlyMap<string, number>, { settings }: OldFiles): void {
  requireKind(spm, "unigram", "Marian");
  if (flagOf(settings.values, "separate_vocabs", false)) {
    throw unreadable("it has a vocabulary for each of its languages");
  }
  if (!spm.addsDummyPrefix || !spm.escapesSpaces || spm.spaceAsSuffix || spm.byteFallback) {
    throw unreadable(`${file} marks words in a way that Marian's models do not`);
  }
  if (spm.pieces.some(({ type }) => type === pieceTypes.userDefined)) {
    throw unreadable(`${file} has pieces that its maker chose`);
  }
  for (const [id, { content }] of settings.added) {
    if (ids.get(content) !== id) {
      throw unreadable("it has added tokens beside those of vocab.json");
    }
  }
}
