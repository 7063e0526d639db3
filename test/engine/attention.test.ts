import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { type ExplainableModel, makeExplainable } from "../../src/graph/explainable";
import { joinChunks } from "../../src/graph/protobufWriter";
import { readGraph } from "../../src/graph/readGraph";
import { fedWords } from "../support/fed";
import { workOf } from "../support/work";

const root = fileURLToPath(new URL("../..", import.meta.url));
const fixtures = `${root}test/fixtures/graph/`;

interface Floats {
  readonly dims: readonly number[];
  readonly base64: string;
}

interface AttentionPlace {
  readonly stream: string;
  readonly kind: string;
  readonly layer: number;
}

interface Golden {
  readonly cases: Readonly<
    Record<
      string,
      { inputs: Record<string, number[][]>; logits: Floats; attention: readonly (AttentionPlace & Floats)[] }
    >
  >;
}

function golden(architecture: string): Golden {
  return JSON.parse(readFileSync(`${root}test/golden/graph/${architecture}.json`, "utf8"));
}

function floats({ base64 }: Floats): Float32Array {
  const bytes = Uint8Array.from(Buffer.from(base64, "base64"));
  return new Float32Array(bytes.buffer);
}

/** The largest difference; NaN if either side has one, so that it fails every comparison. */
function largestDifference(actual: Float32Array, expected: Float32Array): number {
  expect(actual.length).toBe(expected.length);
  return actual.reduce((largest, value, i) => Math.max(largest, Math.abs(value - (expected[i] ?? Number.NaN))), 0);
}

async function run(
  explainable: ExplainableModel,
  inputs: Readonly<Record<string, number[][]>>,
  graphOptimizationLevel: "basic" | "all" = "all",
) {
  const session = await InferenceSession.create(joinChunks(explainable.model), {
    intraOpNumThreads: 1,
    graphOptimizationLevel,
  });
  const feeds = Object.fromEntries(
    explainable.inputs.map(({ name }) => {
      const rows = inputs[name] ?? [];
      const dims = [rows.length, rows[0]?.length ?? 0];
      return [name, new Tensor("int64", BigInt64Array.from(rows.flat().map(BigInt)), dims)];
    }),
  );
  const results = await session.run({ ...feeds, ...fedWords(explainable.fed, inputs.input_ids ?? []) });
  await session.release();
  return (name: string) => results[name]?.data as Float32Array;
}

const files = readdirSync(fixtures).filter((file) => file.endsWith(".onnx"));

describe("attention maps of exported models", () => {
  it.each(files)("%s answers as torch does", async (file) => {
    const { cases } = golden(file.split("-")[0] ?? "");
    const explainable = makeExplainable(readGraph(readFileSync(fixtures + file)));
    for (const [name, { inputs, logits, attention }] of Object.entries(cases)) {
      const output = await run(explainable, inputs);
      expect(largestDifference(output("logits"), floats(logits)), `${name} logits`).toBeLessThan(1e-5);
      const place = ({ stream, kind, layer }: AttentionPlace) => `${stream} ${kind} ${layer}`;
      expect(explainable.attention.map(place)).toEqual(attention.map(place));
      for (const [index, map] of explainable.attention.entries()) {
        const expected = floats(attention[index] as Floats);
        expect(largestDifference(output(map.name), expected), `${name}, ${place(map)}`).toBeLessThan(1e-5);
      }
    }
  });
});

describe("the bundled model", () => {
  const file = readFileSync(`${root}models/sentiment/onnx/model.onnx`);
  const ids = [[101, 1037, 9882, 1010, 25591, 3185, 102]];
  const inputs = { input_ids: ids, attention_mask: [Array(7).fill(1)], token_type_ids: [Array(7).fill(0)] };

  it("shows six layers of twelve heads whose rows are distributions", async () => {
    const explainable = makeExplainable(readGraph(file));
    const output = await run(explainable, inputs);
    expect(explainable.attention.map((map) => map.layer)).toEqual([0, 1, 2, 3, 4, 5]);
    for (const map of explainable.attention) {
      const values = output(map.name);
      expect(values.length).toBe(12 * 7 * 7);
      for (let row = 0; row < values.length; row += 7) {
        expect(values.subarray(row, row + 7).reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 5);
      }
    }
  });

  it("answers as the file as shipped", async () => {
    const explainable = makeExplainable(readGraph(file));
    // Beyond "basic" the runtime computes quantised weights another way, 5e-4 away.
    const shipped = await run({ ...explainable, model: [file], fed: null }, inputs, "basic");
    const rewritten = await run(explainable, inputs);
    const name = explainable.outputs[0]?.name ?? "";
    expect(largestDifference(rewritten(name), shipped(name))).toBeLessThan(1e-5);
  });

  it("has its 22 million weights folded into the only large arrays that are made for it", () => {
    const { bytes } = workOf(() => makeExplainable(readGraph(file)));
    expect(bytes).toBeLessThan(1.2 * 4 * 22_713_216);
  });
});
