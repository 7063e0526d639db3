import { describe, expect, it } from "vitest";
import { elementTypes } from "../../../src/graph/elementType";
import { differentiate } from "../../../src/graph/gradient/differentiate";
import type { NodeProto } from "../../../src/graph/onnxSchema";
import { floatTensor, integerTensor } from "../../../src/graph/tensor";
import { graphProto, model, node, value } from "../../unit/graph/build";
import { floatsTensor, graphFrom, numbersIn, rulesUnderTest, sessionOf } from "./support";

const constants = [
  integerTensor("axes", [1], [0n]),
  floatTensor("low", [], Float32Array.of(1)),
  floatTensor("high", [], Float32Array.of(2)),
];

/** The gradients of a node at a point where it has no derivative; what torch returns there is the measure. */
async function gradients(made: NodeProto, inputs: Readonly<Record<string, number[]>>, seed: number[]) {
  const names = Object.keys(inputs);
  const shaped = (name: string) => ({
    ...value(name, elementTypes.float32),
    type: { tensorType: { elemType: elementTypes.float32, shape: { dim: [{ dimValue: inputs[name]?.length ?? 0 }] } } },
  });
  const proto = graphProto([made], names.map(shaped), ["y"], constants);
  const graph = graphFrom(model({ ...proto, output: [value("y", elementTypes.float32)] }, 18));
  const wrt = new Map(names.map((name) => [name, `d${name}`]));
  const session = await sessionOf(differentiate(graph, { target: "y", seed: "seed", wrt }, rulesUnderTest));
  const feeds = Object.fromEntries(names.map((name) => [name, inputs[name] ?? []] as const));
  const results = await session.run({
    ...Object.fromEntries(Object.entries(feeds).map(([name, x]) => [name, floatsTensor(x, [x.length], false)])),
    seed: floatsTensor(seed, [seed.length], false),
  });
  await session.release();
  return names.map((name) => numbersIn(results[`d${name}`]));
}

describe("gradients where there is no derivative", () => {
  it("are divided among equal maxima", async () => {
    expect(await gradients(node("y = Max(a, b)"), { a: [1, 2], b: [1, 3] }, [4, 4])).toEqual([
      [2, 0],
      [2, 4],
    ]);
    expect(await gradients(node("y = ReduceMax(x, axes)"), { x: [5, 1, 5] }, [4])).toEqual([[2, 0, 2]]);
  });

  it("are 0 at the corners of ReLU and of the absolute value, and for the length of a zero vector", async () => {
    expect(await gradients(node("y = Relu(x)"), { x: [0, -1, 1] }, [3, 3, 3])).toEqual([[0, 0, 3]]);
    expect(await gradients(node("y = Abs(x)"), { x: [0, -1, 1] }, [3, 3, 3])).toEqual([[0, -3, 3]]);
    expect(await gradients(node("y = ReduceL2(x, axes)"), { x: [0, 0] }, [3])).toEqual([[0, 0]]);
  });

  it("are those beside the middle where the pieces of HardSwish meet", async () => {
    expect(await gradients(node("y = HardSwish(x)"), { x: [-3, 3] }, [3, 3])).toEqual([[0, 3]]);
  });

  it("end at the bounds of Clip", async () => {
    const results = await gradients(node("y = Clip(x, low, high)"), { x: [0, 1, 1.5, 2, 3] }, [3, 3, 3, 3, 3]);
    expect(results).toEqual([[0, 0, 3, 0, 0]]);
  });
});
