import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { externalRanges } from "../../../src/graph/externalData";
import { readModel, writeModel } from "../../../src/graph/modelFile";
import type { AttributeProto, NodeProto, TensorProto } from "../../../src/graph/onnxSchema";
import { joinChunks } from "../../../src/graph/protobufWriter";
import { dataLocations } from "../../../src/models/dataLocations";
import { graphProto, model, node, value, weight } from "../graph/build";

let folder: string;

beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "explain-locations-")));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function written(bytes: Uint8Array): string {
  const path = join(folder, "model.onnx");
  writeFileSync(path, bytes);
  return path;
}

const kept = (location: string): TensorProto => ({
  name: location,
  dims: [2, 2],
  dataType: 1,
  dataLocation: 1,
  stringData: [],
  externalData: [
    { key: "offset", value: "0" },
    { key: "location", value: location },
    { key: "length", value: "16" },
  ],
});
const none = { floats: [], ints: [], strings: [], tensors: [], graphs: [], sparseTensors: [] };
const set = (attribute: Partial<AttributeProto>): NodeProto => ({
  ...node("c = Constant()"),
  attribute: [{ ...none, name: "value", ...attribute }],
});

describe("where an ONNX file keeps weights", () => {
  it("is told wherever a tensor may lie, each place once, as the reader of whole files does", () => {
    const inner = graphProto([set({ t: kept("deep.bin") })], [], ["c"], [kept("inner/w.bin"), kept("shared")]);
    const nodes = [
      set({ t: kept("constant é.bin") }),
      set({ g: inner }),
      set({ tensors: [kept("list.bin")] }),
      set({ graphs: [graphProto([], [], [], [kept("branch.bin")])] }),
    ];
    const whole = model(graphProto(nodes, [value("x")], ["c"], [weight("w"), kept("shared"), kept("../outside")]));
    const functions = [
      {
        name: "f",
        input: [],
        output: ["c"],
        attribute: [],
        node: [set({ t: kept("function.bin") })],
        opsetImport: [],
        domain: "d",
        attributeProto: [{ ...none, name: "a", t: kept("default.bin") }],
      },
    ];
    const bytes = joinChunks(writeModel({ ...whole, functions }));
    const found = dataLocations(written(bytes));
    expect([...found].sort()).toEqual(
      [
        "../outside",
        "branch.bin",
        "constant é.bin",
        "deep.bin",
        "default.bin",
        "function.bin",
        "inner/w.bin",
        "list.bin",
        "shared",
      ].sort(),
    );
    const safe = joinChunks(writeModel({ ...model(graphProto(nodes, [], ["c"], [kept("shared")])), functions }));
    const others = new Set(externalRanges(readModel(safe)).map(({ location }) => location));
    expect(new Set(dataLocations(written(safe)))).toEqual(others);
  });

  it("is nowhere for a file that holds its weights, that is damaged, or that is none", () => {
    const whole = joinChunks(writeModel(model(graphProto([node("y = Relu(x)")], [value("x")], ["y"], [weight("w")]))));
    expect(dataLocations(written(whole))).toEqual([]);
    const outside = joinChunks(writeModel(model(graphProto([], [], ["w"], [kept("weights.bin")]))));
    expect(dataLocations(written(outside))).toEqual(["weights.bin"]);
    expect(dataLocations(written(outside.subarray(0, -20)))).toEqual([]);
    expect(dataLocations(written(Buffer.from("what is in it\n")))).toEqual([]);
    expect(dataLocations(join(folder, "none.onnx"))).toEqual([]);
    expect(dataLocations(folder)).toEqual([]);
  });
});
