import { describe, expect, it } from "vitest";
import { unbroadcast } from "../../../../src/graph/gradient/unbroadcast";
import { Writer } from "../../../../src/graph/gradient/writer";
import { graphOf } from "../../../../src/graph/graph";
import { makeNode, operatorOf } from "../../../../src/graph/node";
import type { NodeProto, TensorProto, ValueInfoProto } from "../../../../src/graph/onnxSchema";
import { dividedBy, times } from "../../../../src/graph/shapes/dims";
import { Shapes } from "../../../../src/graph/shapes/shapes";
import { integerTensor } from "../../../../src/graph/tensor";
import { graphProto, model, node, shaped, value, weight } from "../build";

function integers(name: string, ...values: number[]): TensorProto {
  return integerTensor(name, [values.length], values.map(BigInt));
}

const x = shaped("x", ["batch", "sequence", 12]);

function graphWith(nodes: readonly NodeProto[], constants: readonly TensorProto[] = [], inputs = [x]) {
  const last = nodes.at(-1)?.output[0] ?? "x";
  return graphOf(model(graphProto(nodes, inputs, [last], constants)));
}

function shapeOf(nodes: readonly NodeProto[], constants: readonly TensorProto[] = [], inputs = [x]) {
  return new Shapes(graphWith(nodes, constants, inputs)).of(nodes.at(-1)?.output[0] ?? "");
}

describe("sizes", () => {
  it("are multiplied and divided by name", () => {
    expect(times(["batch", 3, "sequence", 4])).toBe("12*batch*sequence");
    expect(dividedBy("12*batch*sequence", "3*batch")).toBe("4*sequence");
    expect(dividedBy("batch", "sequence")).toBeUndefined();
    expect(dividedBy(7, 2)).toBeUndefined();
    expect(times(["batch", 0])).toBe(0);
  });
});

describe("shapes without running", () => {
  it("follow a Reshape into heads and back, whatever way the exporter writes it", () => {
    const heads = [
      node("shape = Shape(x)"),
      node("b = Gather(shape, first)"),
      node("to = Concat(b, middle, widths)", { axis: 0 }),
      node("split = Reshape(x, to)"),
      makeNode("Transpose", ["split"], ["turned"], { perm: [0, 2, 1, 3] }),
    ];
    const constants = [
      integers("first", 0),
      integers("middle", -1),
      integers("widths", 4, 3),
      integers("flat", -1, 12),
    ];
    expect(shapeOf(heads, constants)).toEqual(["batch", 4, "sequence", 3]);
    const folded = [...heads, node("rows = Reshape(turned, flat)")];
    expect(shapeOf(folded, constants)).toEqual(["batch*sequence", 12]);
  });

  it("spread operands over each other", () => {
    expect(shapeOf([node("y = Add(x, w)")], [weight("w", [5, 1, 1, 12])])).toEqual([5, "batch", "sequence", 12]);
  });

  it("know nothing of inputs without a shape", () => {
    expect(shapeOf([node("y = Tanh(x)")], [], [value("x")])).toBeUndefined();
  });

  it("do not take two unknown sizes for the same", () => {
    const inputs = [shaped("x", ["n"]), shaped("z", ["m"])];
    const sum = shapeOf([node("y = Add(x, z)")], [], inputs);
    expect(sum).toHaveLength(1);
    expect(["n", "m"]).not.toContain(sum?.[0]);
  });

  it("do not take a size named like a product for one", () => {
    expect(shapeOf([node("y = Tanh(x)")], [], [shaped("x", ["2*batch"])])).not.toEqual(["2*batch"]);
  });
});

describe("adjoints of operands that were spread", () => {
  const written = (nodes: readonly NodeProto[], from: string, like: string, inputs: ValueInfoProto[]) => {
    const w = new Writer(graphWith(nodes, [weight("bias", [12])], inputs));
    unbroadcast(from, like, w);
    return w.nodes.map(operatorOf);
  };

  it("need nothing where the sizes are the same, one sum where they are known", () => {
    const nodes = [node("y = Add(x, bias)")];
    expect(written(nodes, "y", "x", [x])).toEqual([]);
    expect(written(nodes, "y", "bias", [x])).toEqual(["ReduceSum"]);
  });

  it("are worked out while running where a size could be 1", () => {
    const z = shaped("z", ["batch", "other", 12]);
    expect(written([node("y = Add(x, z)")], "y", "z", [x, z])).toContain("NonZero");
  });
});

describe("shapes that exporters compute", () => {
  it("are read through the choice between a size and as-before, and through ranges", () => {
    const spread = [
      node("shape = Shape(x)"),
      node("count = Shape(shape)"),
      node("any = Mul(ones, minus)"),
      node("same = Equal(shape, any)"),
      node("to = Where(same, ones, shape)"),
      node("y = Expand(w, to)"),
    ];
    const constants = [integers("ones", 1, 1, 1), integers("minus", -1), weight("w", [1, 1, 1])];
    expect(shapeOf(spread, constants)).toEqual(["batch", "sequence", 12]);
    const range = [node("shape = Shape(x)"), node("n = Gather(shape, one)"), node("y = Range(zero, n, step)")];
    const scalars = [integerTensor("one", [], [1n]), integerTensor("zero", [], [0n]), integerTensor("step", [], [1n])];
    expect(shapeOf(range, scalars)).toEqual(["sequence"]);
  });

  it("take as many places from a table as a text has tokens", () => {
    const cut = [node("shape = Shape(x)"), node("n = Gather(shape, one)"), node("y = Slice(w, zero, n, one)")];
    const constants = [weight("w", [1, 512]), integers("zero", 0), integers("one", 1)];
    expect(shapeOf(cut, constants)).toEqual([1, "sequence"]);
  });
});

describe("results of operators that have several", () => {
  const shapesOf = (line: string, settings = {}, constants: readonly TensorProto[] = []) => {
    const made = node(line, settings);
    const shapes = new Shapes(graphWith([made], constants));
    return made.output.map((output) => shapes.of(output));
  };

  it("have a shape each", () => {
    expect(shapesOf("q, scale, zero = DynamicQuantizeLinear(x)")).toEqual([["batch", "sequence", 12], [], []]);
    const third = ["batch", "sequence", 4];
    expect(shapesOf("a, b, c = Split(x)", { axis: 2 })).toEqual([third, third, third]);
    const uneven = shapesOf("a, b = Split(x, sizes)", { axis: 2 }, [integers("sizes", 2, 10)]);
    expect(uneven.map((shape) => shape?.[2])).toEqual([2, 10]);
  });

  it("are equal parts of a size that goes into them, else of unknown sizes", () => {
    const parts = (count: number) =>
      shapeOf([
        node("twice = Concat(x, x)", { axis: 0 }),
        node(`${["y", "b", "c"].slice(0, count).join(", ")} = Split(twice)`, { axis: 0, num_outputs: count }),
      ])?.[0];
    expect(parts(2)).toBe("batch");
    expect(parts(3)).toMatch(/^\?/);
    const [first, second, last] = shapesOf("a, b, c = Split(x)", { axis: 2, num_outputs: 3 }).map((s) => s?.[2]);
    expect([first, second, last]).toEqual([4, 4, 4]);
    expect(shapesOf("a, b, c, d, e = Split(x)", { axis: 2, num_outputs: 5 }).map((s) => s?.[2])).toEqual([
      3, 3, 3, 3, 0,
    ]);
  });

  it("are sizes in sum where parts are joined, in product where they are of a size known by name", () => {
    expect(shapeOf([node("y = Concat(x, x, x)", { axis: 0 })])).toEqual(["3*batch", "sequence", 12]);
    expect(shapeOf([node("y = Concat(x, w)", { axis: 2 })], [weight("w", [1, 1, 3])])?.[2]).toBe(15);
    expect(shapeOf([node("y = Pad(x, pads)")], [integers("pads", 0, 0, 1, 0, 0, 2)])).toEqual([
      "batch",
      "sequence",
      15,
    ]);
    expect(shapeOf([node("y = ArgMax(x)", { axis: 1, keepdims: 0 })])).toEqual(["batch", 12]);
    expect(shapeOf([node("y = OneHot(x, depth, x)")], [integers("depth", 5)])).toEqual(["batch", "sequence", 12, 5]);
  });

  it("are no shapes themselves where they have two axes", () => {
    const rows = [node("row = Unsqueeze(sizes, first)"), node("picked = Gather(row, first)")];
    const shapes = new Shapes(graphWith(rows, [integers("sizes", 7, 8, 9), integers("first", 0)]));
    expect(shapes.of("row")).toEqual([1, 3]);
    expect([shapes.valueOf("row"), shapes.valueOf("picked")]).toEqual([undefined, undefined]);
  });

  it("do not grow names without end", () => {
    const doubled = Array.from({ length: 60 }, (_, i) => node(`f${i + 1} = Mul(f${i}, f${i})`));
    const start = [node("s = Shape(x)"), node("f0 = Gather(s, first)")];
    const shapes = new Shapes(graphWith([...start, ...doubled], [integers("first", 1)]));
    expect(String(shapes.valueOf("f60")?.[0]).length).toBeLessThan(300);
  });
});
