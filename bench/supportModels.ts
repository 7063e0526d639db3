import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { elementTypes } from "../src/graph/elementType";
import { writeModel } from "../src/graph/modelFile";
import type { NodeProto, TensorProto } from "../src/graph/onnxSchema";
import { joinChunks } from "../src/graph/protobufWriter";
import { floatTensor, integerTensor } from "../src/graph/tensor";
import { writeTinyFolder } from "../test/support/tinyModel";
import { graphProto, model, node, randomNumbers, shaped } from "../test/unit/graph/build";

const root = new URL("..", import.meta.url);
const shape = { width: 768, inner: 3072, layers: 12, heads: 12, words: 30_522, positions: 512 };

/** The bundled model's folder. */
export const bundledModel = fileURLToPath(new URL("models/sentiment", root));

/** Writes a classifier of BERT-base's width with random weights (440 MB for its 12 layers) and the bundled model's tokenizer. */
export function writeBertBase(folder: string, layers = shape.layers): void {
  mkdirSync(folder, { recursive: true });
  for (const name of ["tokenizer.json", "tokenizer_config.json"]) {
    copyFileSync(join(bundledModel, name), join(folder, name));
  }
  const config = {
    architectures: ["BertForSequenceClassification"],
    id2label: { 0: "negative", 1: "positive" },
    max_position_embeddings: shape.positions,
    vocab_size: shape.words,
  };
  writeFileSync(join(folder, "config.json"), JSON.stringify(config));
  const { nodes, weights } = bertGraph(layers);
  const names = ["input_ids", "attention_mask", "token_type_ids"];
  const inputs = names.map((name) => shaped(name, ["batch", "sequence"], elementTypes.int64));
  const file = writeModel(model(graphProto(nodes, inputs, ["logits"], weights)));
  writeFileSync(join(folder, "model.onnx"), joinChunks(file));
}

/** The folder of such a model in `out/`, made at the first call. */
export function bertOf(layers: number): string {
  const folder = fileURLToPath(new URL(`out/models/bert-${layers}`, root));
  if (!existsSync(join(folder, "model.onnx"))) {
    writeBertBase(folder, layers);
  }
  return folder;
}

/** Writes the smallest BERT of the corpus, with a tokenizer of the words "one" to "ten". */
export function writeTinyBert(folder: string): void {
  mkdirSync(folder, { recursive: true });
  writeTinyFolder(folder);
  const packed = fileURLToPath(new URL("test/corpus/models/bert.eager.ts17.fp32.onnx.gz", root));
  writeFileSync(join(folder, "model.onnx"), gunzipSync(readFileSync(packed)));
}

interface Parts {
  readonly nodes: NodeProto[];
  readonly weights: TensorProto[];
}

function bertGraph(layers: number): Parts {
  const { width, words, positions } = shape;
  const weights = new Weights();
  const nodes = [
    node(`words = Gather(${weights.matrix("wordTable", words, width)}, input_ids)`),
    node(`types = Gather(${weights.matrix("typeTable", 2, width)}, token_type_ids)`),
    node("sizes = Shape(input_ids)"),
    node(`length = Gather(sizes, ${weights.integers("one", 1)})`),
    node(
      `places = Slice(${weights.matrix("placeTable", positions, width)}, ${weights.integers("zero", 0)}, length, zero)`,
    ),
    node("typed = Add(words, types)"),
    node("placed = Add(typed, places)"),
    ...norm(weights, "x0", "placed"),
    node("mask.float = Cast(attention_mask)", { to: elementTypes.float32 }),
    node(`mask.wide = Unsqueeze(mask.float, ${weights.integers("middle", 1, 2)})`),
    node(`mask.absent = Sub(${weights.scalar("1", 1)}, mask.wide)`),
    node(`mask = Mul(mask.absent, ${weights.scalar("lowest", -3.4e38)})`),
  ];
  weights.integers("split", 0, 0, shape.heads, width / shape.heads);
  weights.integers("join", 0, 0, width);
  for (const [name, value] of Object.entries({ scale: 8, root2: Math.SQRT2, half: 0.5 })) {
    weights.scalar(name, value);
  }
  for (let layer = 0; layer < layers; layer++) {
    nodes.push(...bertLayer(weights, `layer${layer}`, `x${layer}`, `x${layer + 1}`));
  }
  nodes.push(
    node(`first = Gather(x${layers}, ${weights.integer("start", 0)})`, { axis: 1 }),
    ...linear(weights, "pooled", "first", width, width),
    node("pool = Tanh(pooled)"),
    ...linear(weights, "logits", "pool", width, 2),
  );
  return { nodes, weights: weights.all };
}

function bertLayer(weights: Weights, name: string, from: string, to: string): NodeProto[] {
  const { width, inner } = shape;
  const head = (part: string, perm: readonly number[]) => [
    ...linear(weights, `${name}.${part}`, from, width, width),
    node(`${name}.${part}.split = Reshape(${name}.${part}, split)`),
    node(`${name}.${part}.heads = Transpose(${name}.${part}.split)`, { perm }),
  ];
  return [
    ...head("q", [0, 2, 1, 3]),
    ...head("k", [0, 2, 3, 1]),
    ...head("v", [0, 2, 1, 3]),
    node(`${name}.scores = MatMul(${name}.q.heads, ${name}.k.heads)`),
    node(`${name}.scaled = Div(${name}.scores, scale)`),
    node(`${name}.masked = Add(${name}.scaled, mask)`),
    node(`${name}.map = Softmax(${name}.masked)`, { axis: -1 }),
    node(`${name}.mixed = MatMul(${name}.map, ${name}.v.heads)`),
    node(`${name}.turned = Transpose(${name}.mixed)`, { perm: [0, 2, 1, 3] }),
    node(`${name}.joined = Reshape(${name}.turned, join)`),
    ...linear(weights, `${name}.attended`, `${name}.joined`, width, width),
    node(`${name}.sum = Add(${name}.attended, ${from})`),
    ...norm(weights, `${name}.normed`, `${name}.sum`),
    ...linear(weights, `${name}.inner`, `${name}.normed`, width, inner),
    node(`${name}.divided = Div(${name}.inner, root2)`),
    node(`${name}.erf = Erf(${name}.divided)`),
    node(`${name}.shifted = Add(${name}.erf, 1)`),
    node(`${name}.double = Mul(${name}.inner, ${name}.shifted)`),
    node(`${name}.gelu = Mul(${name}.double, half)`),
    ...linear(weights, `${name}.outer`, `${name}.gelu`, inner, width),
    node(`${name}.all = Add(${name}.outer, ${name}.normed)`),
    ...norm(weights, to, `${name}.all`),
  ];
}

function linear(weights: Weights, to: string, from: string, rows: number, columns: number): NodeProto[] {
  return [
    node(`${to}.product = MatMul(${from}, ${weights.matrix(`${to}.weight`, rows, columns)})`),
    node(`${to} = Add(${to}.product, ${weights.matrix(`${to}.bias`, columns)})`),
  ];
}

function norm(weights: Weights, to: string, from: string): NodeProto[] {
  const scale = weights.ones(`${to}.scale`, shape.width);
  return [
    node(`${to} = LayerNormalization(${from}, ${scale}, ${weights.matrix(`${to}.shift`, shape.width)})`, { axis: -1 }),
  ];
}

/** Makes weights, the same in every call, and gives their names back. */
class Weights {
  readonly all: TensorProto[] = [];
  readonly #random = randomNumbers(1);

  /** Wide enough that attention is not near uniform. */
  matrix(name: string, ...dims: number[]): string {
    const values = new Float32Array(dims.reduce((product, dim) => product * dim, 1));
    for (let index = 0; index < values.length; index++) {
      values[index] = 0.17 * (this.#random() - 0.5);
    }
    return this.#add(floatTensor(name, dims, values));
  }

  ones(name: string, size: number): string {
    return this.#add(floatTensor(name, [size], new Float32Array(size).fill(1)));
  }

  scalar(name: string, value: number): string {
    return this.#add(floatTensor(name, [], Float32Array.of(value)));
  }

  integers(name: string, ...values: number[]): string {
    return this.#add(integerTensor(name, [values.length], values.map(BigInt)));
  }

  integer(name: string, value: number): string {
    return this.#add(integerTensor(name, [], [BigInt(value)]));
  }

  #add(tensor: TensorProto): string {
    this.all.push(tensor);
    return tensor.name ?? "";
  }
}
