import { mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Tensor } from "onnxruntime-node";
import { afterAll, describe, expect, it } from "vitest";
import { checkpointGraph } from "../../src/graph/architectures/checkpointGraph";
import { traceAttention } from "../../src/graph/attention";
import { makeDifferentiable } from "../../src/graph/differentiable";
import { makeExplainable } from "../../src/graph/explainable";
import type { ReadGraph } from "../../src/graph/readGraph";
import { makeShipped } from "../../src/graph/shipped";
import { findValues } from "../../src/graph/valueVectors";
import { checkpointWeights } from "../../src/models/checkpoint/checkpointWeights";
import { ModelFiles } from "../../src/models/modelFiles";
import {
  type CheckpointGolden,
  checkpointGolden,
  checkpointNames,
  type StoredType,
  safetensorsFile,
} from "../support/checkpointCorpus";
import { type StoredFloats, storedFloats } from "../support/corpus";
import { feedsOf, largest, largestDifference, type Numbers, openSession, runFloats } from "../support/corpusMeasure";
import { fedWords, rowsIn } from "../support/fed";

/** Differences from torch: of outputs and gradients as shares of the largest number, of attention as they are. */
interface Figures {
  readonly outputs: number;
  readonly sixteenBit: number;
  readonly attention: number;
  readonly gradients: number;
}

const table = new Map<string, Figures>();

afterAll(() => {
  const number = (value: number) => value.toExponential(1).padStart(9);
  console.info(`${"checkpoint".padEnd(40)}   outputs    16 bit attention gradients`);
  for (const [name, { outputs, sixteenBit, attention, gradients }] of table) {
    console.info(name.padEnd(40), ...[outputs, sixteenBit, attention, gradients].map(number));
  }
});

async function opened<T>(golden: CheckpointGolden, type: StoredType, use: (read: ReadGraph) => Promise<T>): Promise<T> {
  const directory = await realpath(await mkdtemp(join(tmpdir(), "checkpoint-")));
  try {
    const file = "model.safetensors";
    await writeFile(join(directory, file), safetensorsFile(golden.tensors, type));
    return await use(checkpointGraph(golden.config, checkpointWeights(new ModelFiles({ directory, file }), [file])));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function run(model: readonly Uint8Array[], feeds: Record<string, Tensor>): Promise<(name: string) => Numbers> {
  const session = await openSession(model);
  try {
    return await runFloats(session, feeds);
  } finally {
    await session.release();
  }
}

/** The largest difference of the numbers at real tokens: what padding holds differs between ways to mask. */
function difference(ours: Numbers, golden: StoredFloats, { inputs }: CheckpointGolden, axis: number): number {
  expect(ours.dims).toEqual(golden.dims);
  const expected = storedFloats(golden);
  const mask = inputs.attention_mask ?? [];
  const [rows = 0] = golden.dims;
  const isPadded = !inputs.decoder_input_ids && golden.dims.length > axis && golden.dims[axis] === mask[0]?.length;
  const inner = golden.dims.slice(axis + 1).reduce((product, size) => product * size, 1);
  const outer = golden.dims.slice(1, axis).reduce((product, size) => product * size, 1);
  const isReal = (index: number) => {
    const tokens = golden.dims[axis] ?? 1;
    const row = Math.floor(index / (inner * tokens * outer));
    return !isPadded || mask[row]?.[Math.floor(index / inner) % tokens] === 1;
  };
  expect(rows).toBe(mask.length);
  return largestDifference(
    ours.data.filter((_, index) => isReal(index)),
    expected.filter((_, index) => isReal(index)),
  );
}

async function outputsDiffer(read: ReadGraph, golden: CheckpointGolden): Promise<number> {
  const differences: number[] = [];
  for (const [name, value] of Object.entries(golden.outputs)) {
    const { model, inputs, logits } = makeShipped(read.graph, name);
    const result = (await run(model, feedsOf(golden, inputs)))(logits);
    differences.push(difference(result, value, golden, 1) / largest(storedFloats(value)));
  }
  expect(read.graph.outputs.map(({ name }) => name)).toEqual(Object.keys(golden.outputs));
  return Math.max(...differences);
}

async function attentionDiffers(read: ReadGraph, golden: CheckpointGolden): Promise<number> {
  const { model, attention, inputs, fed } = makeExplainable(read);
  const words = fedWords(fed, rowsIn(golden, "input_ids"), rowsIn(golden, "decoder_input_ids"));
  const result = await run(model, { ...feedsOf(golden, inputs), ...words });
  const place = ({ stream, kind, layer }: { stream: string; kind: string; layer: number }) =>
    `${stream} ${kind} ${layer}`;
  expect(attention.map(place).sort()).toEqual(golden.attention.map(place).sort());
  // What methods that look at vectors need is known by how the graph is written.
  for (const { values, projection } of findValues(read.graph, traceAttention(read.graph))) {
    expect(values).not.toBeNull();
    expect(projection).not.toBeNull();
  }
  return Math.max(
    ...golden.attention.map((map) => {
      const own = attention.find((exposed) => place(exposed) === place(map));
      return difference(result(own?.name ?? ""), map.value, golden, 2);
    }),
  );
}

async function gradientsDiffer(read: ReadGraph, golden: CheckpointGolden): Promise<number> {
  // A decoder that reads the text again looks its words up by itself: what is fed is the encoder's.
  const isAll = makeExplainable(read).fed?.isAll === true;
  const gradients = isAll ? golden.gradients : golden.gradients.slice(0, 1);
  const sums = gradients.map(({ dims }) => new Float32Array(dims.reduce((product, size) => product * size, 1)));
  for (const [output, seed] of Object.entries(golden.seeds)) {
    const model = makeDifferentiable(read.graph, output);
    const words = fedWords(model.fed, rowsIn(golden, "input_ids"), rowsIn(golden, "decoder_input_ids"));
    const feeds = { ...feedsOf(golden, model.inputs), ...words };
    const direction = new Tensor("float32", storedFloats(seed), [...seed.dims]);
    const result = await run(model.model, { ...feeds, [model.seed]: direction });
    for (const [index, name] of [model.gradient, model.outputGradient].entries()) {
      const sum = sums[index];
      if (name !== null && sum) {
        result(name).data.forEach((value, at) => {
          sum[at] = (sum[at] ?? 0) + value;
        });
      }
    }
  }
  return Math.max(
    ...gradients.map(({ base64, dims }, index) => {
      const expected = storedFloats({ base64, dims });
      return largestDifference(sums[index] ?? new Float32Array(), expected) / largest(expected);
    }),
  );
}

describe("checkpoints compute what torch computes", () => {
  it.each(checkpointNames())("%s", async (name) => {
    const golden = checkpointGolden(name);
    const figures = await opened(golden, "F32", async (read) => ({
      outputs: await outputsDiffer(read, golden),
      attention: await attentionDiffers(read, golden),
      gradients: await gradientsDiffer(read, golden),
    }));
    const halves = await Promise.all(
      (["BF16", "F16"] as const).map((type) => opened(golden, type, (read) => outputsDiffer(read, golden))),
    );
    table.set(name, { ...figures, sixteenBit: Math.max(...halves) });
    expect(figures.outputs).toBeLessThan(1e-5);
    expect(Math.max(...halves)).toBeLessThan(1e-5);
    expect(figures.attention).toBeLessThan(1e-5);
    expect(figures.gradients).toBeLessThan(1e-5);
  });
});
