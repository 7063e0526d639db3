import { InferenceSession, Tensor } from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { graphOf, modelOf } from "../../src/graph/graph";
import { writeModel } from "../../src/graph/modelFile";
import type { ModelProto, ValueInfoProto } from "../../src/graph/onnxSchema";
import { emptyPast } from "../../src/graph/passes/emptyPast";
import { joinChunks } from "../../src/graph/protobufWriter";
import { integerTensor } from "../../src/graph/tensor";
import { graphProto, model, node, weight } from "../unit/graph/build";

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
});
