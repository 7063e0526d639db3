import { readFileSync } from "node:fs";
import path from "node:path";
import { Tensor } from "onnxruntime-node";
import { cutEmbedding } from "../../src/graph/cutEmbedding";
import { findEmbedding } from "../../src/graph/embedding";
import { withAbsorbed } from "../../src/graph/gradient/absorbed";
import { deepLift } from "../../src/graph/gradient/deepLift";
import { differentiate } from "../../src/graph/gradient/differentiate";
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
  const both = joined(lookup(single)?.value, golden.deepLift.reference);
  const twice = {
    ...single,
    inputs: mapped(single.inputs, (rows) => (Array.isArray(rows) ? [...rows, ...rows] : rows)),
  };
  const { output, logits } = await backward(graph, deepLift, twice, both, joined(single.seeds.mix, single.seeds.mix));
  const multipliers = output(adjoint);
  const half = multipliers.data.length / 2;
  const embedded = both.data as Float32Array;
  let explained = 0;
  for (let at = 0; at < half; at++) {
    explained += ((embedded[at] ?? 0) - (embedded[at + half] ?? 0)) * (multipliers.data[at] ?? 0);
  }
  const targets = output(logits).data;
  const weights = storedFloats(single.seeds.mix as StoredFloats);
  const change = weights.reduce(
    (sum, weight, at) => sum + weight * ((targets[at] ?? 0) - (targets[at + weights.length] ?? 0)),
    0,
  );
  return {
    attnLrp: await relevance(attnLrp, golden.attnLrp),
    cpLrp: await relevance(cpLrp, golden.cpLrp),
    deepLift: off(
      { dims: [1, ...multipliers.dims.slice(1)], data: multipliers.data.slice(0, half) },
      golden.deepLift.multipliers,
    ),
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
) {
  const found = findEmbedding(graph);
  if (!found) {
    throw new Error("no word embedding was found");
  }
  const cut = cutEmbedding(graph, found, embeddings);
  const logits = graph.outputs[0]?.name ?? "";
  const set = rules(cut);
  const wrt = new Map([[embeddings, adjoint]]);
  const both = differentiate(cut, { target: logits, seed, wrt, constants: set.constants }, set.rules);
  const output = await run(both, batch, { [embeddings]: embedded, [seed]: seeds });
  return { output, logits };
}

async function run(graph: Graph, batch: GoldenCase, more: Readonly<Record<string, Tensor>>) {
  const session = await openSession(writeModel(modelOf(graph)));
  const plain = graph.inputs.flatMap(({ name = "" }) => (name in batch.inputs ? [{ name }] : []));
  const output = await runFloats(session, { ...feedsOf(batch, plain), ...more });
  await session.release();
  return output;
}

function mapped<T, U>(record: Readonly<Record<string, T>>, change: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
}

function tensorOf(stored: StoredFloats | undefined): Tensor {
  return new Tensor("float32", storedFloats(stored as StoredFloats), [...(stored?.dims ?? [])]);
}

function joined(first: StoredFloats | undefined, second: StoredFloats | undefined): Tensor {
  const [a, b] = [tensorOf(first), tensorOf(second)];
  const data = Float32Array.from([...(a.data as Float32Array), ...(b.data as Float32Array)]);
  return new Tensor("float32", data, [2, ...a.dims.slice(1)]);
}

function off(ours: Numbers, expected: StoredFloats): number {
  if (ours.dims.join() !== expected.dims.join()) {
    throw new Error(`[${ours.dims}] where torch has [${expected.dims}]`);
  }
  const torch = storedFloats(expected);
  return largestDifference(ours.data, torch) / largest(torch);
}
