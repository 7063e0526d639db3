import { elementTypes } from "./elementType";
import { findEmbedding } from "./embedding";
import { type ModelValue, modelValue, readGraph } from "./explainable";
import type { ReadExternal } from "./externalData";
import { cutEmbedding } from "./gradient/cutEmbedding";
import { differentiate } from "./gradient/differentiate";
import { modelOf } from "./graph";
import { writeModel } from "./modelFile";
import { pickedTokens } from "./passes/pickedTokens";
import { unsupported } from "./refusal";
import { tensorNumbers } from "./tensor";

/** A model rewritten so that it reads word embeddings and returns its logits and a gradient with respect to them. */
export interface DifferentiableModel {
  /** The file in pieces; weights are views into the file as given. */
  readonly model: Uint8Array[];
  /** The inputs of the file as given; the embeddings and the seed come on top. */
  readonly inputs: readonly ModelValue[];
  /** Input: word embeddings, float32 [batch, tokens, width]. */
  readonly embeddings: string;
  /** Input: what each logit weighs in the sum that is differentiated, shaped like the logits. */
  readonly seed: string;
  readonly logits: string;
  /** Output: gradient of Σ seed·logits with respect to the embeddings, shaped like them. */
  readonly gradient: string;
  /** The word-embedding table, float32 [vocabulary, width], row by row. */
  readonly table: Float32Array;
  readonly width: number;
}

const names = { embeddings: "explain/embeddings", seed: "explain/seed", gradient: "explain/gradient" } as const;

/**
 * Rewrites a model for gradients: normal form, word embeddings as an input, backward pass of the output `logits`. Throws what
 * `makeExplainable` throws, `model-unsupported` where no word embeddings are found, and `operator-unsupported` for operators without a
 * gradient rule.
 */
export function makeDifferentiable(file: Uint8Array, logits: string, externalData?: ReadExternal): DifferentiableModel {
  const whole = readGraph(file, externalData).graph;
  const graph = pickedTokens({ ...whole, outputs: whole.outputs.filter(({ name }) => name === logits) });
  const embedding = findEmbedding(graph);
  const table = embedding && graph.initialisers.get(embedding.table);
  if (!embedding || table?.dataType !== elementTypes.float32) {
    throw unsupported("no table of word embeddings that is read by token number was found in it");
  }
  const rows = tensorNumbers(table);
  const cut = cutEmbedding(graph, embedding, names.embeddings);
  const wrt = new Map([[names.embeddings, names.gradient]]);
  const backward = differentiate(cut, { target: logits, seed: names.seed, wrt });
  return {
    model: writeModel(modelOf(backward)),
    inputs: graph.inputs.map(modelValue),
    ...names,
    logits,
    table: rows instanceof Float32Array ? rows : Float32Array.from(rows),
    width: embedding.width,
  };
}
