import path from "node:path";
import { Tensor } from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { makeDifferentiable } from "../../src/graph/differentiable";
import { findEmbedding, outputIds } from "../../src/graph/embedding";
import { makeExplainable } from "../../src/graph/explainable";
import type { FedEmbeddings } from "../../src/graph/fedEmbeddings";
import { type RuleSetName, ruleSets } from "../../src/graph/gradient/ruleSets";
import type { Graph } from "../../src/graph/graph";
import { makeInside } from "../../src/graph/insideModel";
import { placesInput, readPlaces } from "../../src/graph/passes/readPlaces";
import { type ReadGraph, readGraph } from "../../src/graph/readGraph";
import { type Batch, corpusFiles, corpusFolder, corpusGolden, corpusModel, storedFloats } from "../support/corpus";
import { feedsOf, largest, largestDifference, type Numbers, openSession, runFloats } from "../support/corpusMeasure";
import { fedWords, rowsIn } from "../support/fed";
import { tasksFiles, tasksGolden, tasksModel } from "../support/tasksCorpus";

const places = (flat: readonly number[]) => ({
  [placesInput]: new Tensor("int64", BigInt64Array.from(flat, BigInt), [flat.length]),
});

/** What a batch has of a graph's inputs, and its words for a model that is fed them. */
function fedBy(graph: Graph, fed: FedEmbeddings | null, batch: Batch): Record<string, Tensor> {
  const known = graph.inputs.flatMap(({ name = "" }) => (name in batch.inputs ? [{ name }] : []));
  const words = rowsIn(batch, findEmbedding(graph)?.input ?? "");
  return { ...feedsOf(batch, known), ...fedWords(fed, words, rowsIn(batch, outputIds)) };
}

/** Runs a model once. */
async function run(model: readonly Uint8Array[], feeds: Record<string, Tensor>): Promise<(name: string) => Numbers> {
  const session = await openSession(model);
  try {
    return await runFloats(session, feeds);
  } finally {
    await session.release();
  }
}

/** Adjoints of looked-up words by a rule set, for a direction in an output. */
async function adjoints(
  {
    graph,
    output,
    more = {},
  }: { readonly graph: Graph; readonly output: string; readonly more?: Record<string, Tensor> },
  rules: RuleSetName,
  batch: Batch,
  seed: Tensor,
): Promise<Numbers> {
  const { model, fed, seed: name, gradient, references } = makeDifferentiable(graph, output, rules);
  const feeds = fedBy(graph, fed, batch);
  const compared = Object.entries(feeds).flatMap(([input, words]) => {
    const reference = references?.get(input);
    return reference === undefined ? [] : [[reference, scaled(words)] as const];
  });
  return (await run(model, { ...feeds, ...Object.fromEntries(compared), ...more, [name]: seed }))(gradient);
}

/** Other words to compare with. */
const scaled = ({ data, dims }: Tensor) =>
  new Tensor(
    "float32",
    (data as Float32Array).map((value) => value / 2),
    dims,
  );

const relative = (ours: Numbers, expected: Numbers) => {
  expect(ours.dims).toEqual(expected.dims);
  return largestDifference(ours.data, expected.data) / largest(expected.data);
};

describe("outputs read at places agree with torch", () => {
  it.each(tasksFiles())("%s", async (name) => {
    const golden = tasksGolden(name);
    const read = readGraph(tasksModel(name));
    const graph = readPlaces(read.graph, golden.outputs);
    const { model, fed, outputs, attention } = makeExplainable({ ...read, graph });
    const asked = places(golden.places);
    const logits = (await run(model, { ...fedBy(graph, fed, golden), ...asked }))("logits");
    const { dims } = golden.logits;
    expect(relative(logits, { dims, data: storedFloats(golden.logits) })).toBeLessThan(1e-5);
    expect(outputs.map((output) => [output.name, output.dims?.[1]])).toEqual([["logits", dims[1]]]);
    expect(attention.length).toBeGreaterThan(0);
    for (const { seed, gradient } of Object.values(golden.targets)) {
      const weights = new Tensor("float32", storedFloats(seed), [...seed.dims]);
      const ours = await adjoints({ graph, output: "logits", more: asked }, "gradient", golden, weights);
      expect(relative(ours, { dims: gradient.dims, data: storedFloats(gradient) })).toBeLessThan(1e-5);
    }
  });
});

/** A model of tokens with the first of its outputs, and two texts of equally many tokens. */
interface Whole {
  readonly read: ReadGraph;
  readonly output: string;
  readonly batch: Batch;
}

const decoders = ["gpt2past.sdpa.optimum", "llamagrouped.grouped.genai", "t5encoder.eager.ts17", "t5.eager.dynamo18"];
const wholes: readonly (readonly [string, () => Whole])[] = [
  ...[
    "entities.bert.ts17",
    "answer.bert.dynamo18",
    "blank.albert.dynamo18",
    "next.gpt2.ts17",
    "next.gemma2.dynamo18",
  ].map((name) => [name, () => whole(tasksModel(name), tasksGolden(name))] as const),
  ...corpusFiles(path.join(corpusFolder, "models"))
    .filter(({ label }) => decoders.includes(label.replace(".fp32", "")))
    .map((file) => [file.label, () => whole(corpusModel(file), corpusGolden(file, corpusFolder).right)] as const),
];

function whole(model: Uint8Array, batch: Batch): Whole {
  const read = readGraph(model);
  return { read, output: read.graph.outputs[0]?.name ?? "", batch };
}

describe("a model read at places is the same inside", () => {
  it.each(wholes)("%s: adjoints by every rule set", async (_, open) => {
    const { read, output, batch } = open();
    const graph = readPlaces(read.graph, [output]);
    const made = await run(makeExplainable(read).model, fedBy(read.graph, makeExplainable(read).fed, batch));
    const { dims } = made(output);
    const [rows = 0, tokens = 0, width = 1] = dims;
    expect(rows).toBe(2);
    const flat = [1, 3, tokens + 1, tokens + 3];
    const direction = Float32Array.from({ length: 4 * width }, (_, at) => Math.sin(1 + at));
    const spread = new Float32Array(rows * tokens * width);
    flat.forEach((place, slot) => {
      spread.set(direction.subarray(slot * width, (slot + 1) * width), place * width);
    });
    for (const rules of Object.keys(ruleSets) as RuleSetName[]) {
      const all = await adjoints({ graph: read.graph, output }, rules, batch, new Tensor("float32", spread, [...dims]));
      const seed = new Tensor("float32", direction, [4, width]);
      const ours = await adjoints({ graph, output: "logits", more: places(flat) }, rules, batch, seed);
      expect(relative(ours, all), rules).toBeLessThan(2e-6);
    }
  });

  it.each(wholes)("%s: states, values and what blocks are fed", async (_, open) => {
    const { read, output, batch } = open();
    const graph = readPlaces(read.graph, [output]);
    const [all, ours] = [makeInside(read.graph, output, "states"), makeInside(graph, "logits", "states")];
    expect(ours.states).toEqual(all.states);
    expect(ours.values).toEqual(all.values);
    expect(ours.states.length).toBeGreaterThan(2);
    const [expected, actual] = [
      await run(all.model, fedBy(read.graph, all.fed, batch)),
      await run(ours.model, { ...fedBy(graph, ours.fed, batch), ...places([1]) }),
    ];
    for (const name of [...ours.states, ...ours.values]) {
      expect(relative(actual(name), expected(name))).toBeLessThan(1e-6);
    }
  });
});

describe("outputs of many places", () => {
  it.each(tasksFiles().filter((name) => name.startsWith("next.")))(
    "are the same to the last bit in parts: %s",
    async (name) => {
      const golden = tasksGolden(name);
      const read = readGraph(tasksModel(name));
      const graph = readPlaces(read.graph, golden.outputs);
      const { model, fed } = makeExplainable({ ...read, graph });
      const session = await openSession(model);
      try {
        const at = async (...flat: readonly number[]) => {
          const { data } = (await runFloats(session, { ...fedBy(graph, fed, golden), ...places(flat) }))("logits");
          return Array.from(data);
        };
        const [whole, ...parts] = [await at(0, 1, 2, 3, 4, 5, 6), await at(0, 1, 2), await at(3, 4), await at(5, 6)];
        expect(parts.flat()).toEqual(whole);
      } finally {
        await session.release();
      }
    },
  );
});

describe("what is computed at the places alone", () => {
  // What follows attention in the last layer: its projection, and two products of the feed-forward part.
  const last = 16 * 16 + 2 * 16 * 24;

  it.each([
    ["next.gpt2.ts17", 60 * 16],
    ["next.gpt2.dynamo18", 60 * 16],
    ["next.llama.dynamo18", 60 * 32],
    ["next.gemma2.dynamo18", 60 * 16],
    ["blank.bert.ts17", 60 * 16 + 16 * 16 + last],
    ["blank.albert.dynamo18", 60 * 8 + 8 * 16 + last],
    ["entities.roberta.dynamo18", 5 * 16 + last],
    ["answer.bert.ts17", 2 * 16 + last],
    ["answer.debertav2.dynamo18", 2 * 16 + last],
  ])("of %s takes %i multiplications for each of them", (name, each) => {
    const { outputs } = tasksGolden(name);
    const read = readGraph(tasksModel(name));
    const { runWork, runBytes } = makeExplainable({ ...read, graph: readPlaces(read.graph, outputs) });
    expect(runWork(9, 4) - runWork(9, 1)).toBe(3 * each);
    expect(makeExplainable(read).runWork(9) - runWork(9)).toBe(8 * each);
    expect(runBytes(3, 9, 50)).toBeGreaterThan(runBytes(3, 9, 1));
  });
});
