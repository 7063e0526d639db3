import type { Architecture } from "./architecture";
import { bartSizes, bartWrites } from "./bartFamily";

/** Marian's models (Junczys-Dowmunt et al. 2018): the transformer of Vaswani et al. 2017 as it was, whose texts and outputs may be of different words. */
export const marian: Architecture = {
  prefix: "model.",
  heads: ["written"],
  write(net, settings) {
    const sizes = bartSizes(settings, { normsBefore: false, normsWords: false, learnsPlaces: false });
    const sharesWords = settings.flag("share_encoder_decoder_embeddings", true);
    const outputVocabulary = settings.size("decoder_vocab_size", sizes.vocabulary);
    bartWrites(net, { ...sizes, sharesWords, outputVocabulary: sharesWords ? sizes.vocabulary : outputVocabulary });
  },
};
