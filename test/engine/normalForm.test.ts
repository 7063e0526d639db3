import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { makeExplainable } from "../../src/graph/explainable";
import type { FedEmbeddings } from "../../src/graph/fedEmbeddings";
import { graphOf } from "../../src/graph/graph";
import { readModel } from "../../src/graph/modelFile";
import { operatorOf } from "../../src/graph/node";
import { normalForm } from "../../src/graph/normalForm";
import { joinChunks } from "../../src/graph/protobufWriter";
import { readGraph } from "../../src/graph/readGraph";
import { fedWords } from "../support/fed";

const root = fileURLToPath(new URL("../..", import.meta.url));
const goldens = `${root}test/golden/graph/`;
const variants = `${root}test/fixtures/graph/variants/`;

interface Floats {
  readonly dims: readonly number[];
  readonly base64: string;
}

interface Place {
  readonly stream: string;
  readonly kind: string;
  readonly layer: number;
}

interface Golden {
  readonly cases: Readonly<
    Record<string, { inputs: Record<string, number[][]>; logits: Floats; attention: readonly (Place & Floats)[] }>
  >;
}

/** What a file is compared with beside itself as shipped: `golden` where its weights are those of a golden, and how far both may be. */
interface Expected {
  /** The golden whose inputs are taken. */
  readonly inputs: string;
  /** The golden whose logits and maps are expected; none where the weights were rounded as only the file knows. */
  readonly golden?: string;
  readonly shipped: number;
  /** Whether the runtime refuses the file as shipped for more than one text. */
  readonly onlySingle?: boolean;
  readonly torch?: number;
  /** Operators that must be gone. */
  readonly gone: readonly string[];
}

const fused = [
  "SimplifiedLayerNormalization",
  ..."SkipLayerNormalization EmbedLayerNormalization Attention MultiHeadAttention BiasGelu Gelu FastGelu FusedMatMul FusedGemm"
    .split(" ")
    .map((operator) => `com.microsoft.${operator}`),
];

const standard = ["Attention", "RotaryEmbedding", "RMSNormalization"];

const files: Readonly<Record<string, Expected>> = {
  "bert-ts11": { inputs: "bert", golden: "bert", shipped: 1e-5, torch: 1e-5, gone: ["ReduceMean"] },
  "gpt2-ts11": { inputs: "gpt2", golden: "gpt2", shipped: 1e-5, torch: 1e-5, gone: ["ReduceMean"] },
  "bert-dynamo23": { inputs: "bert", golden: "bert", shipped: 1e-5, torch: 1e-5, gone: standard },
  "llama-dynamo23": { inputs: "llama", golden: "llama", onlySingle: true, shipped: 1e-5, torch: 1e-5, gone: standard },
  "bert-functions": {
    inputs: "bert",
    golden: "bert",
    shipped: 1e-5,
    torch: 1e-5,
    gone: ["local.parts.Norm", "local.parts.Probabilities", "local.parts.Bell", "local.parts.Shift"],
  },
  "roberta-if": { inputs: "roberta", golden: "roberta", shipped: 1e-5, torch: 1e-5, gone: ["If"] },
  "distilbert-merged": { inputs: "distilbert", golden: "distilbert", shipped: 1e-5, torch: 1e-5, gone: ["If"] },
  // The file as shipped rounds every step to 16 bits.
  "bert-half": { inputs: "bert", golden: "bert-half", shipped: 2e-3, torch: 1e-5, gone: [] },
  "bert-halfblocked": { inputs: "bert", golden: "bert-halfblocked", shipped: 2e-3, torch: 1e-5, gone: [] },
  "bert-nbits4a": { inputs: "bert", shipped: 1e-5, gone: ["com.microsoft.MatMulNBits"] },
  "bert-multihead": { inputs: "bert", golden: "bert", shipped: 1e-4, torch: 1e-4, gone: fused },
  "bert-runtime": { inputs: "bert", golden: "bert", shipped: 1e-4, torch: 1e-4, gone: fused },
  "gpt2-runtime": { inputs: "gpt2", golden: "gpt2", shipped: 1e-4, torch: 1e-4, gone: fused },
  "bert-nbits8a": { inputs: "bert", shipped: 1e-5, gone: ["com.microsoft.MatMulNBits"] },
};

function golden(name: string): Golden {
  const variant = JSON.parse(readFileSync(`${goldens}variants.json`, "utf8"))[name];
  return variant ?? JSON.parse(readFileSync(`${goldens}${name}.json`, "utf8"));
}

function floats({ base64 }: Floats): Float32Array {
  return new Float32Array(Uint8Array.from(Buffer.from(base64, "base64")).buffer);
}

/** float16 comes as numbers, or, where Node has no array of them, as the bits of each. */
function numbersOf({ type, data }: Tensor): Float32Array {
  if (type !== "float16" || !(data instanceof Uint16Array)) {
    return Float32Array.from(data as Float32Array);
  }
  return Float32Array.from(data, (bits) => {
    const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023];
    const size = exponent === 0 ? fraction / 2 ** 24 : (1 + fraction / 1024) * 2 ** (exponent - 15);
    return bits & 0x8000 ? -size : size;
  });
}

/** The largest difference; NaN if either side has one, so that it fails every comparison. */
function largestDifference(actual: Float32Array, expected: Float32Array): number {
  expect(actual.length).toBe(expected.length);
  return actual.reduce((largest, value, i) => Math.max(largest, Math.abs(value - (expected[i] ?? Number.NaN))), 0);
}

async function run(model: Uint8Array, inputs: Readonly<Record<string, number[][]>>, fed: FedEmbeddings | null = null) {
  const session = await InferenceSession.create(model, { intraOpNumThreads: 1, logSeverityLevel: 4 });
  const words = fedWords(fed, inputs.input_ids ?? []);
  const feeds = Object.fromEntries(
    session.inputNames.map((name) => {
      if (words[name]) {
        return [name, words[name]];
      }
      if (name === "use_cache_branch") {
        return [name, new Tensor("bool", [false], [1])];
      }
      const rows = inputs[name];
      if (!rows) {
        return [name, new Tensor("float32", new Float32Array(0), [1, 0])];
      }
      const dims = [rows.length, rows[0]?.length ?? 0];
      return [name, new Tensor("int64", BigInt64Array.from(rows.flat().map(BigInt)), dims)];
    }),
  );
  const results = await session.run(feeds);
  await session.release();
  return (name: string) => numbersOf(results[name] as Tensor);
}

describe("models as other tools and exporters write them", () => {
  it("are all listed", () => {
    expect(readdirSync(variants).toSorted()).toEqual(
      Object.keys(files)
        .map((name) => `${name}.onnx`)
        .toSorted(),
    );
  });

  it.each(Object.entries(files))("%s answers as shipped and as torch does", async (name, expected) => {
    const file = readFileSync(`${variants}${name}.onnx`);
    const graph = normalForm(graphOf(readModel(file)));
    const operators = graph.nodes.map(operatorOf);
    expect(operators.filter((operator) => expected.gone.includes(operator))).toEqual([]);
    expect(graph.opset).toBeGreaterThanOrEqual(18);
    const explainable = makeExplainable(readGraph(file));
    expect(explainable.differs === null).toBe(!name.includes("half"));
    const rewritten = joinChunks(explainable.model);
    const goal = expected.golden === undefined ? undefined : golden(expected.golden);
    for (const [key, { inputs, attention }] of Object.entries(golden(expected.inputs).cases)) {
      const output = await run(rewritten, inputs, explainable.fed);
      const shipped = expected.onlySingle && key !== "single" ? output : await run(file, inputs);
      const drift = largestDifference(output("logits"), shipped("logits"));
      const place = ({ stream, kind, layer }: Place) => `${stream} ${kind} ${layer}`;
      expect(explainable.attention.map(place)).toEqual(attention.map(place));
      const right = goal?.cases[key];
      const errors = [0];
      if (right) {
        errors.push(largestDifference(output("logits"), floats(right.logits)));
        for (const [index, map] of explainable.attention.entries()) {
          errors.push(largestDifference(output(map.name), floats(right.attention[index] as Floats)));
        }
      }
      console.log(`${name} ${key}: shipped ${drift.toExponential(1)}, golden ${Math.max(...errors).toExponential(1)}`);
      expect(drift, `${key} as shipped`).toBeLessThan(expected.shipped);
      expect(Math.max(...errors), `${key} golden`).toBeLessThan(expected.torch ?? 1);
      for (const map of explainable.attention) {
        expect(output(map.name).length).toBe(floats(attention[0] as Floats).length);
      }
    }
  });
});
