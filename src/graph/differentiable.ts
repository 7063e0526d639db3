import { elementTypes } from "./elementType";
import { findEmbedding } from "./embedding";
import { type ModelValue, modelValue, readGraph } from "./explainable";
import type { ReadExternal } from "./externalData";
import { cutEmbedding } from "./gradient/cutEmbedding";
import { differentiate } from "./gradient/differentiate";
import { type RuleSetName, ruleSets } from "./gradient/ruleSets";
import { pickedTokens } from "./passes/pickedTokens";
import { unsupported } from "./refusal";
import { rowsOf } from "./tensor";
import { type WrittenModel, written } from "./written";

/** A model rewritten so that it reads word embeddings and returns its logits and a gradient with respect to them. */
export interface DifferentiableModel extends WrittenModel {
  /** The inputs of the file as given; the embeddings and the seed come on top. */
  readonly inputs: readonly ModelValue[];
  /** Input: word embeddings, float32 [batch, tokens, width]. */
  readonly embeddings: string;
  /** Input: what each logit weighs in the sum that is differentiated, shaped like the logits. */
  readonly seed: string;
  readonly logits: string;
  /** Output: gradient of Σ seed·logits with respect to the embeddings, shaped like them. */
  readonly gradient: string;
  readonly width: number;
  /** The word embeddings of token ids, one after the other; ids beyond the table have zeros. */
  embed(ids: Int32Array): Float32Array;
}

const names = { embeddings: "explain/embeddings", seed: "explain/seed", gradient: "explain/gradient" } as const;

/**
 * Rewrites a model for gradients: normal form, word embeddings as an input, backward pass of the output `logits` by a rule set, whose adjoints are
 * returned in place of gradients. Throws what `makeExplainable` throws, `model-unsupported` where no word embeddings are found, and
 * `operator-unsupported` for operators without a gradient rule.
 */
export function makeDifferentiable(
  file: Uint8Array,
  logits: string,
  externalData?: ReadExternal,
  ruleSet: RuleSetName = "gradient",
): DifferentiableModel {
  const whole = readGraph(file, externalData).graph;
  const graph = pickedTokens({ ...whole, outputs: whole.outputs.filter(({ name }) => name === logits) });
  const embedding = findEmbedding(graph);
  const table = embedding && graph.initialisers.get(embedding.table);
  if (!embedding || table?.dataType !== elementTypes.float32) {
    throw unsupported("no table of word embeddings that is read by token number was found in it");
  }
  const cut = cutEmbedding(graph, embedding, names.embeddings);
  const wrt = new Map([[names.embeddings, names.gradient]]);
  const { rules, constants } = ruleSets[ruleSet](cut);
  const backward = differentiate(cut, { target: logits, seed: names.seed, wrt, constants }, rules);
  return {
    ...written(backward),
    inputs: graph.inputs.map(modelValue),
    ...names,
    logits,
    width: embedding.width,
    embed: (ids) => rowsOf(table, ids),
  };
}
