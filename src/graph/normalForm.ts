import type { Graph, Pass } from "./graph";
import { blockLookups } from "./passes/blockLookups";
import { constantIf } from "./passes/constantIf";
import { constantNodes } from "./passes/constantNodes";
import { dequantise } from "./passes/dequantise";
import { dynamicInt8 } from "./passes/dynamicInt8";
import { emptyPast } from "./passes/emptyPast";
import { fullPrecision } from "./passes/fullPrecision";
import { fusedAttention } from "./passes/fusedAttention";
import { fusedNorms } from "./passes/fusedNorms";
import { fusedProducts } from "./passes/fusedProducts";
import { groupQueryAttention } from "./passes/groupQueryAttention";
import { identities } from "./passes/identities";
import { inlineFunctions } from "./passes/inlineFunctions";
import { knownConditions } from "./passes/knownConditions";
import { knownIntegers } from "./passes/knownIntegers";
import { layerNormalization } from "./passes/layerNormalization";
import { matMulBnb4 } from "./passes/matMulBnb4";
import { matMulNBits } from "./passes/matMulNBits";
import { multiHeadAttention } from "./passes/multiHeadAttention";
import { prune } from "./passes/prune";
import { quantisedLookups } from "./passes/quantisedLookups";
import { quantisedOperators } from "./passes/quantisedOperators";
import { raiseOpset } from "./passes/raiseOpset";
import { rotaryEmbedding } from "./passes/rotaryEmbedding";
import { roundedActivations } from "./passes/roundedActivations";
import { sequences } from "./passes/sequences";
import { standardAttention } from "./passes/standardAttention";
import { turnedTables } from "./passes/turnedTables";
import { wholeSlices } from "./passes/wholeSlices";

/**
 * What becomes of keys and values of earlier tokens: there are none (`empty`), as where a text is explained, or they are read and returned as in the file; of a merged decoder
 * the branch is kept that begins a text, or the one that goes on with it.
 */
export type Past = "empty" | "begins" | "goesOn";

/** The steps in the order they build on each other. */
const steps = (past: Past): readonly Pass[] => [
  inlineFunctions,
  (graph) => constantIf(graph, past === "goesOn"),
  raiseOpset,
  constantNodes,
  fullPrecision,
  ...(past === "empty" ? [emptyPast] : []),
  knownConditions,
  sequences,
  wholeSlices,
  quantisedOperators,
  roundedActivations,
  identities,
  knownIntegers,
  dequantise,
  quantisedLookups,
  dynamicInt8,
  matMulNBits,
  matMulBnb4,
  blockLookups,
  turnedTables,
  fusedAttention,
  multiHeadAttention,
  groupQueryAttention,
  rotaryEmbedding,
  standardAttention,
  fusedNorms,
  fusedProducts,
  layerNormalization,
  prune,
];

/** The graph in the form everything else reads: constants are initialisers, weights are floats, nothing is there in vain. Computes the same. */
export function normalForm(graph: Graph, past: Past = "empty"): Graph {
  return steps(past).reduce((current, pass) => pass(current), graph);
}
