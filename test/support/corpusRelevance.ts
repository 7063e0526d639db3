import { readFileSync } from "node:fs";
import path from "node:path";
import { Tensor } from "onnxruntime-node";
import { cutEmbedding } from "../../src/graph/cutEmbedding";
import { findEmbedding } from "../../src/graph/embedding";
import { withAbsorbed } from "../../src/graph/gradient/absorbed";
import { deepLift } from "../../src/graph/gradient/deepLift";
import { differentiate } from "../../src/graph/gradient/differentiate";
import { withReference } from "../../src/graph/gradient/reference";
import { attnLrp, cpLrp } from "../../src/graph/gradient/relevance";
import type { RuleSet } from "../../src/graph/gradient/rule";
import { type Graph, graphOf, modelOf } from "../../src/graph/graph";
import { readModel, writeModel } from "../../src/graph/modelFile";
import { normalForm } from "../../src/graph/normalForm";
import { type GoldenCase, type GoldenCases, type StoredFloats, storedFloats } from "./corpus";
import { feedsOf, largest, largestDifference, type Numbers, openSession, runFloats } from "./corpusMeasure";

/** What torch has for the rule sets; see `test/corpus/relevance.py`. Adjoints are with respect to the lookup of words. */
export interface GoldenRelevance {
  /** For the batch padded on the right. */
  readonly attnLrp: StoredFloats;
  readonly cpLrp: StoredFloats;
  /** For the text alone against `reference`; `change` is the difference of the targets. */
  readonly deepLift: { readonly reference: StoredFloats; readonly multipliers: StoredFloats; readonly change: number };
  /** For each layer the mean over heads of max(0, gradient × attention), for the batch padded on the right. */
}

/** The record of an architecture. */
export function goldenRelevance(architecture: string, corpus: string): GoldenRelevance {
  return JSON.parse(readFileSync(path.join(corpus, "relevance", `${architecture}.json`), "utf8"));
}

/** How far the product is from torch, relative to the largest element. */
export interface RelevanceFigures {
  readonly attnLrp: number;
  readonly cpLrp: number;
  readonly deepLift: number;
  /** How far the contributions are from the difference of the targets, relative to it. */
  readonly completeness: number;
}

const absorbed = { biases: "relevance/biases", places: "relevance/places" } as const;
const [embeddings, seed, adjoint] = ["relevance/embeddings", "relevance/seed", "relevance/adjoint"];

/** Compares the rule sets with torch, for the target `mix`. */
export async function measureRelevance(
  file: Uint8Array,
  cases: GoldenCases,
  golden: GoldenRelevance,
): Promise<RelevanceFigures> {
  const graph = normalForm(graphOf(readModel(file)));
  const { right, single } = cases;
  const lookup = (batch: GoldenCase) => batch.tensors.find(({ what, layer }) => what === "embedding" && layer === 0);
  const text = tensorOf(lookup(right)?.value);
  const rightSeed = tensorOf(right.seeds.mix);
  const relevance = async (rules: (graph: Graph) => RuleSet, expected: StoredFloats) => {
    const { output } = await backward(graph, rules, right, text, rightSeed);
    return off(output(adjoint), expected);
  };
  const [own, reference] = [tensorOf(lookup(single)?.value), tensorOf(golden.deepLift.reference)];
  const { output, logits, references } = await backward(
    graph,
    deepLift,
    single,
    own,
    tensorOf(single.seeds.mix),
    reference,
  );
  const multipliers = output(adjoint);
  const [words, others] = [own.data as Float32Array, reference.data as Float32Array];
  const explained = multipliers.data.reduce(
    (sum, multiplier, at) => sum + multiplier * ((words[at] ?? 0) - (others[at] ?? 0)),
    0,
  );
  const [targets, compared] = [output(logits).data, output(references.get(logits) ?? "").data];
  const weights = storedFloats(single.seeds.mix as StoredFloats);
  const change = weights.reduce((sum, weight, at) => sum + weight * ((targets[at] ?? 0) - (compared[at] ?? 0)), 0);
  return {
    attnLrp: await relevance(attnLrp, golden.attnLrp),
    cpLrp: await relevance(cpLrp, golden.cpLrp),
    deepLift: off(multipliers, golden.deepLift.multipliers),
    completeness:
      Math.max(Math.abs(explained - change), Math.abs(change - golden.deepLift.change)) /
      Math.abs(golden.deepLift.change),
  };
}

/** The sum of relevance by CP-LRP over all words of a batch, with what biases and places take, and the target it should be. */
export async function conservation(
  file: Uint8Array,
  batch: GoldenCase,
): Promise<{ readonly relevance: number; readonly target: number }> {
  const graph = normalForm(graphOf(readModel(file)));
  const embedded = tensorOf(batch.tensors.find(({ what }) => what === "embedding")?.value);
  const found = findEmbedding(graph);
  const cut = found ? cutEmbedding(graph, found, embeddings) : graph;
  const set = cpLrp(cut);
  const logits = graph.outputs[0]?.name ?? "";
  const asked = { target: logits, seed, wrt: new Map([[embeddings, adjoint]]), constants: set.constants };
  const output = await run(withAbsorbed(cut, asked, set, absorbed), batch, {
    [embeddings]: embedded,
    [seed]: tensorOf(batch.seeds.mix),
  });
  const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, at) => sum + value * (b[at] ?? 0), 0);
  return {
    relevance:
      dot(output(adjoint).data, embedded.data as Float32Array) +
      (output(absorbed.biases).data[0] ?? Number.NaN) +
      (output(absorbed.places).data[0] ?? Number.NaN),
    target: dot(output(logits).data, storedFloats(batch.seeds.mix as StoredFloats)),
  };
}

async function backward(
  graph: Graph,
  rules: (graph: Graph) => RuleSet,
  batch: GoldenCase,
  embedded: Tensor,
  seeds: Tensor,
  reference?: Tensor,
) {
  const found = findEmbedding(graph);
  if (!found) {
    throw new Error("no word embedding was found");
  }
  const cut = cutEmbedding(graph, found, embeddings);
  const logits = graph.outputs[0]?.name ?? "";
  const { graph: both, references } = withReference(cut, reference ? [embeddings] : []);
  const set = rules(both);
  const asked = { target: logits, seed, wrt: new Map([[embeddings, adjoint]]), constants: set.constants, references };
  const compared = reference ? { [references.get(embeddings) ?? ""]: reference } : {};
  const backward = differentiate(both, asked, set.rules);
  const output = await run(backward, batch, { [embeddings]: embedded, ...compared, [seed]: seeds });
  return { output, logits, references };
}

async function run(graph: Graph, batch: GoldenCase, more: Readonly<Record<string, Tensor>>) {
  const session = await openSession(writeModel(modelOf(graph)));
  const plain = graph.inputs.flatMap(({ name = "" }) => (name in batch.inputs ? [{ name }] : []));
  const output = await runFloats(session, { ...feedsOf(batch, plain), ...more });
  await session.release();
  return output;
}

function tensorOf(stored: StoredFloats | undefined): Tensor {
  return new Tensor("float32", storedFloats(stored as StoredFloats), [...(stored?.dims ?? [])]);
}

function off(ours: Numbers, expected: StoredFloats): number {
  if (ours.dims.join() !== expected.dims.join()) {
    throw new Error(`[${ours.dims}] where torch has [${expected.dims}]`);
  }
  const torch = storedFloats(expected);
  return largestDifference(ours.data, torch) / largest(torch);
}
