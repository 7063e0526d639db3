import { copyFileSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { elementTypes } from "../src/graph/elementType";
import { writeModel } from "../src/graph/modelFile";
import { makeNode } from "../src/graph/node";
import type { NodeProto, TensorProto, ValueInfoProto } from "../src/graph/onnxSchema";
import { joinChunks } from "../src/graph/protobufWriter";
import { floatTensor, integerTensor } from "../src/graph/tensor";

/** The bundled model's folder. */
export const bundledModel = fileURLToPath(new URL("../models/sentiment", import.meta.url));

/** The shape of an encoder. */
export interface EncoderShape {
  readonly layers: number;
  readonly width: number;
  readonly heads: number;
  readonly seed: number;
}

/** The shape of BERT-base, 418 MB of weights with its embeddings. */
export const bertBase: EncoderShape = { layers: 12, width: 768, heads: 12, seed: 1 };
/** Half as many layers of the same width, 255 MB of weights with its embeddings. */
export const distilBert: EncoderShape = { layers: 6, width: 768, heads: 12, seed: 2 };

const vocabulary = 30_522;
const positions = 512;

/** A folder with a classifier of random weights and the bundled model's tokenizer; made at the first call, in `out/`. */
export function randomModel(name: string, shape: EncoderShape): string {
  const folder = fileURLToPath(new URL(`../out/models/${name}`, import.meta.url));
  if (!existsSync(join(folder, "tokenizer_config.json"))) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "model.onnx"), joinChunks(writeModel(encoder(shape))));
    const labels = { id2label: { 0: "negative", 1: "positive" }, max_position_embeddings: positions };
    const config = { architectures: ["BertForSequenceClassification"], model_type: "bert", ...labels };
    writeFileSync(join(folder, "config.json"), JSON.stringify(config));
    for (const file of ["tokenizer.json", "tokenizer_config.json"]) {
      copyFileSync(join(bundledModel, file), join(folder, file));
    }
  }
  return folder;
}

function encoder({ layers, width, heads, seed }: EncoderShape) {
  const weights: TensorProto[] = [
    integerTensor("apart", [4], [0n, 0n, BigInt(heads), BigInt(width / heads)]),
    integerTensor("together", [3], [0n, 0n, BigInt(width)]),
    integerTensor("first", [], [0n]),
    floatTensor("scale", [], Float32Array.of(Math.sqrt(heads / width))),
    floatTensor("half", [], Float32Array.of(0.5)),
    floatTensor("one", [], Float32Array.of(1)),
    floatTensor("root", [], Float32Array.of(Math.SQRT1_2)),
  ];
  const nodes: NodeProto[] = [];
  const random = noise(seed);
  const weight = (name: string, ...dims: number[]) => {
    weights.push(
      floatTensor(
        name,
        dims,
        random(
          dims.reduce((a, b) => a * b, 1),
          0.05,
        ),
      ),
    );
    return name;
  };
  const add = (operator: string, inputs: readonly string[], output: string, settings = {}) => {
    nodes.push(makeNode(operator, inputs, [output], settings));
    return output;
  };
  const linear = (from: string, name: string, columns: number, rows = width) =>
    add(
      "Add",
      [add("MatMul", [from, weight(`${name}.w`, rows, columns)], `${name}.x`), weight(`${name}.b`, columns)],
      name,
    );
  const norm = (from: string, name: string) => {
    weights.push(floatTensor(`${name}.g`, [width], new Float32Array(width).fill(1)));
    return add("LayerNormalization", [from, `${name}.g`, weight(`${name}.b`, width)], name, { axis: -1 });
  };
  const words = add("Gather", [weight("words", vocabulary, width), "input_ids"], "embedded");
  const places = add("Gather", [weight("types", 2, width), "token_type_ids"], "typed");
  let state = norm(add("Add", [words, places], "summed"), "embeddings");
  for (let layer = 0; layer < layers; layer++) {
    const of = (name: string) => `l${layer}.${name}`;
    const split = (part: string, perm: readonly number[]) =>
      add("Transpose", [add("Reshape", [linear(state, of(part), width), "apart"], of(`${part}r`))], of(`${part}t`), {
        perm,
      });
    const [q, k, v] = [split("q", [0, 2, 1, 3]), split("k", [0, 2, 3, 1]), split("v", [0, 2, 1, 3])];
    const scores = add("Mul", [add("MatMul", [q, k], of("scores")), "scale"], of("scaled"));
    const mixed = add("MatMul", [add("Softmax", [scores], of("map"), { axis: -1 }), v], of("mixed"));
    const joined = add(
      "Reshape",
      [add("Transpose", [mixed], of("back"), { perm: [0, 2, 1, 3] }), "together"],
      of("joined"),
    );
    const attended = norm(add("Add", [linear(joined, of("out"), width), state], of("sum1")), of("norm1"));
    const wide = linear(attended, of("up"), 4 * width);
    const erf = add("Add", [add("Erf", [add("Mul", [wide, "root"], of("g1"))], of("g2")), "one"], of("g3"));
    const gelu = add("Mul", [add("Mul", [wide, erf], of("g4")), "half"], of("g5"));
    state = norm(add("Add", [linear(gelu, of("down"), width, 4 * width), attended], of("sum2")), of("norm2"));
  }
  const pooled = add("Tanh", [linear(add("Gather", [state, "first"], "cls", { axis: 1 }), "pooler", width)], "pooled");
  linear(pooled, "logits", 2);
  const graph = {
    node: nodes,
    input: ["input_ids", "token_type_ids"].map((name) => shaped(name, ["batch", "tokens"], elementTypes.int64)),
    output: [shaped("logits", ["batch", 2], elementTypes.float32)],
    initializer: weights,
    valueInfo: [],
    sparseInitializer: [],
  };
  return { irVersion: 8, graph, opsetImport: [{ version: 17 }], trainingInfo: [], functions: [] };
}

function shaped(name: string, dims: readonly (number | string)[], elemType: number): ValueInfoProto {
  const dim = dims.map((size) => (typeof size === "number" ? { dimValue: size } : { dimParam: size }));
  return { name, type: { tensorType: { elemType, shape: { dim } } } };
}

/** A stream of numbers between ±`size`, quick to make: models have a hundred million of them. */
function noise(seed: number): (count: number, size: number) => Float32Array<ArrayBuffer> {
  let state = seed >>> 0;
  return (count, size) => {
    const values = new Float32Array(count);
    for (let i = 0; i < count; i++) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      values[i] = (state / 2 ** 31 - 1) * size;
    }
    return values;
  };
}
