import { InferenceSession, Tensor } from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { graphOf, modelOf } from "../../src/graph/graph";
import { writeModel } from "../../src/graph/modelFile";
import { operatorOf } from "../../src/graph/node";
import { normalForm } from "../../src/graph/normalForm";
import type { ModelProto, ValueInfoProto } from "../../src/graph/onnxSchema";
import { emptyPast } from "../../src/graph/passes/emptyPast";
import { joinChunks } from "../../src/graph/protobufWriter";
import { floatTensor, integerTensor, makeTensor } from "../../src/graph/tensor";
import { graphProto, model, node, randomNumbers, weight } from "../unit/graph/build";

function shaped(name: string, dims: readonly (number | string)[]): ValueInfoProto {
  const dim = dims.map((size) => (typeof size === "number" ? { dimValue: size } : { dimParam: size }));
  return { name, type: { tensorType: { elemType: 1, shape: { dim } } } };
}

async function run(file: ModelProto, feeds: Readonly<Record<string, Tensor>>): Promise<Tensor | undefined> {
  const session = await InferenceSession.create(joinChunks(writeModel(file)), { intraOpNumThreads: 1 });
  try {
    return (await session.run(feeds, ["y"])).y;
  } finally {
    await session.release();
  }
}

describe("a graph whose past is taken to be empty", () => {
  it("computes what the file does with a past of length 0, which it reads the batch and the length of", async () => {
    const one = integerTensor("one", [1], [1n]);
    const [zero, two] = [integerTensor("zero", [1], [0n]), integerTensor("two", [1], [2n])];
    const nodes = [
      node("k = Mul(x, scale)"),
      node("present = Concat(past, k)", { axis: 2 }),
      node("sizes = Shape(past)"),
      node("rows = Gather(sizes, zero)"),
      node("length = Gather(sizes, two)"),
      node("numbers = Add(rows, length)"),
      node("offset = Cast(numbers)", { to: 1 }),
      node("y = Add(present, offset)"),
    ];
    const inputs = [shaped("past", ["batch", 2, "past", 4]), shaped("x", ["batch", 2, "tokens", 4])];
    const shipped = model(graphProto(nodes, inputs, ["y", "present"], [weight("scale", [1]), one, zero, two]));
    const graph = emptyPast(graphOf(shipped));
    expect(graph.inputs.map(({ name }) => name)).toEqual(["x"]);
    const x = new Tensor(
      "float32",
      Float32Array.from({ length: 48 }, (_, i) => i / 7),
      [3, 2, 2, 4],
    );
    const past = new Tensor("float32", new Float32Array(), [3, 2, 0, 4]);
    const expected = await run(shipped, { x, past });
    const actual = await run(modelOf(graph), { x });
    expect(actual?.dims).toEqual([3, 2, 2, 4]);
    expect(actual?.data).toEqual(expected?.data);
  });

  const random = randomNumbers(8);
  const noise = (name: string, ...dims: number[]) =>
    floatTensor(
      name,
      dims,
      Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => 2 * random() - 1),
    );
  const whole = (name: string, dims: readonly number[], ...numbers: number[]) =>
    makeTensor(name, 6, dims, new Uint8Array(Int32Array.from(numbers).buffer));
  const projected = ["q = MatMul(x, wq)", "k = MatMul(x, wk)", "v = MatMul(x, wv)"].map((line) => node(line));
  const inHeads = ["batch", 2, "past", 8];
  const weights = [noise("wq", 4, 16), noise("wk", 4, 16), noise("wv", 4, 16), noise("w", 4, 48), noise("b", 48)];

  it.each<[string, readonly ValueInfoProto[], string, Readonly<Record<string, number>>]>([
    [
      "Attention",
      [shaped("past", [2, ...inHeads])],
      "y, present = Attention(x, w, b, , past)",
      { num_heads: 2, unidirectional: 1 },
    ],
    [
      "MultiHeadAttention",
      [shaped("past", inHeads), shaped("pastValues", inHeads)],
      "y, present, values = MultiHeadAttention(q, k, v, , , added, past, pastValues)",
      { num_heads: 2 },
    ],
    [
      "GroupQueryAttention",
      [shaped("past", inHeads), shaped("pastValues", inHeads)],
      "y, present, values = GroupQueryAttention(q, k, v, past, pastValues, last, total)",
      { num_heads: 2, kv_num_heads: 2 },
    ],
  ])("computes what %s does with a past of length 0", async (operator, pasts, line, settings) => {
    const attention = { ...node(line, settings), domain: "com.microsoft" };
    const nodes = operator === "Attention" ? [attention] : [...projected, attention];
    const others = [noise("added", 1, 1, 3, 3), whole("last", [2], 2, 2), whole("total", [], 3)];
    const inputs = [shaped("x", ["batch", "tokens", 4]), ...pasts];
    const read = new Set(nodes.flatMap(({ input }) => input));
    const tensors = [...weights, ...others].filter(({ name = "" }) => read.has(name));
    const plain = model(graphProto(nodes, inputs, attention.output, tensors));
    const shipped = { ...plain, opsetImport: [...plain.opsetImport, { domain: "com.microsoft", version: 1 }] };
    const graph = normalForm(graphOf(shipped));
    expect(graph.inputs.map(({ name }) => name)).toEqual(["x"]);
    expect(graph.outputs.map(({ name }) => name)).toEqual(["y"]);
    expect(graph.nodes.map(operatorOf)).toContain("Softmax");
    const x = new Tensor(
      "float32",
      Float32Array.from({ length: 24 }, (_, i) => Math.sin(i)),
      [2, 3, 4],
    );
    const empty = pasts.map(({ name = "", type }) => {
      const sizes = type?.tensorType?.shape?.dim.map(
        ({ dimValue, dimParam }) => dimValue ?? (dimParam === "past" ? 0 : 2),
      );
      return [name, new Tensor("float32", new Float32Array(), sizes ?? [])] as const;
    });
    const expected = Array.from((await run(shipped, { x, ...Object.fromEntries(empty) }))?.data as Float32Array);
    const actual = Array.from((await run(modelOf(graph), { x }))?.data as Float32Array);
    expect(Math.max(...expected)).toBeGreaterThan(0.1);
    expect(actual).toHaveLength(expected.length);
    expect(Math.max(...actual.map((value, i) => Math.abs(value - (expected[i] ?? Number.NaN))))).toBeLessThan(1e-5);
  });
});
