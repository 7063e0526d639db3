import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { type ExplainableModel, makeExplainable } from "../../src/graph/explainable";
import { joinChunks } from "../../src/graph/protobufWriter";

const root = fileURLToPath(new URL("../..", import.meta.url));
const fixtures = `${root}test/fixtures/graph/`;

interface Floats {
  readonly dims: readonly number[];
  readonly base64: string;
}

interface Golden {
  readonly cases: Readonly<
    Record<string, { inputs: Record<string, number[][]>; logits: Floats; attention: readonly Floats[] }>
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

async function run(explainable: ExplainableModel, inputs: Readonly<Record<string, number[][]>>) {
  const session = await InferenceSession.create(joinChunks(explainable.model), {
    intraOpNumThreads: 1,
    graphOptimizationLevel: "all",
  });
  const feeds = Object.fromEntries(
    explainable.inputs.map(({ name }) => {
      const rows = inputs[name] ?? [];
      const dims = [rows.length, rows[0]?.length ?? 0];
      return [name, new Tensor("int64", BigInt64Array.from(rows.flat().map(BigInt)), dims)];
    }),
  );
  const results = await session.run(feeds);
  await session.release();
  return (name: string) => results[name]?.data as Float32Array;
}

const files = readdirSync(fixtures).filter((file) => file.endsWith(".onnx"));

describe("attention maps of exported models", () => {
  it.each(files)("%s answers as torch does", async (file) => {
    const { cases } = golden(file.split("-")[0] ?? "");
    const explainable = makeExplainable(readFileSync(fixtures + file));
    for (const [name, { inputs, logits, attention }] of Object.entries(cases)) {
      const output = await run(explainable, inputs);
      expect(largestDifference(output("logits"), floats(logits)), `${name} logits`).toBeLessThan(1e-5);
      expect(explainable.attention.map((map) => map.layer)).toEqual(attention.map((_, layer) => layer));
      expect(new Set(explainable.attention.map((map) => map.kind))).toEqual(new Set(["self"]));
      for (const map of explainable.attention) {
        const expected = floats(attention[map.layer] as Floats);
        expect(largestDifference(output(map.name), expected), `${name} layer ${map.layer}`).toBeLessThan(1e-5);
      }
    }
  });
});

const bundled = `${root}models/sentiment/onnx/model.onnx`;

describe.runIf(existsSync(bundled))("the bundled model", () => {
  it("shows six layers of twelve heads whose rows are distributions", async () => {
    const explainable = makeExplainable(readFileSync(bundled));
    expect(explainable.attention).toHaveLength(6);
    const ids = [[101, 1037, 9882, 1010, 25591, 3185, 102]];
    const ones = [ids[0]?.map(() => 1) ?? []];
    const zeros = [ids[0]?.map(() => 0) ?? []];
    const output = await run(explainable, { input_ids: ids, attention_mask: ones, token_type_ids: zeros });
    for (const map of explainable.attention) {
      const values = output(map.name);
      expect(values.length).toBe(12 * 7 * 7);
      for (let row = 0; row < values.length; row += 7) {
        expect(values.subarray(row, row + 7).reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 5);
      }
    }
  });
});
