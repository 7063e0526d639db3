import type { Graph, Pass } from "./graph";
import { constantNodes } from "./passes/constantNodes";
import { dequantise } from "./passes/dequantise";
import { dynamicInt8 } from "./passes/dynamicInt8";
import { fusedAttention } from "./passes/fusedAttention";
import { identities } from "./passes/identities";
import { prune } from "./passes/prune";
import { quantisedLookups } from "./passes/quantisedLookups";

/** The steps in the order they build on each other. */
const passes: readonly Pass[] = [
  identities,
  constantNodes,
  dequantise,
  quantisedLookups,
  dynamicInt8,
  fusedAttention,
  prune,
];

/** The graph in the form everything else reads: constants are initialisers, weights are floats, nothing is there in vain. Computes the same. */
export function normalForm(graph: Graph): Graph {
  return passes.reduce((current, pass) => pass(current), graph);
}
