const tables = /(?:^|\.)(?:embed_tokens|wte|word_embeddings|embed_in|tok_embeddings)\.weight$/;
const predictors = /(?:^|\.)(?:lm_head|embed_out|decoder|vocab_projector|generator_lm_head)\.weight$/;

/** Whether a weight is the table that words are looked up in. */
export function isWordTable(name: string): boolean {
  return tables.test(name);
}

/** Whether a weight is the table that words are predicted with, which a model with tied words does not have. */
export function isPredictor(name: string): boolean {
  return predictors.test(name);
}
