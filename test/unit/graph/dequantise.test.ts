import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { graphOf } from "../../../src/graph/graph";
import { readModel } from "../../../src/graph/modelFile";
import { operatorOf } from "../../../src/graph/node";
import type { TensorProto } from "../../../src/graph/onnxSchema";
import { dequantise } from "../../../src/graph/passes/dequantise";
import { tensorNumbers } from "../../../src/graph/tensor";
import { graphProto, model, node, value, weight } from "./build";

interface Case {
  readonly name: string;
  readonly dims: readonly number[];
  readonly model: string;
  readonly result: string;
}

const golden = new URL("../../golden/graph/dequantise.json", import.meta.url);
const cases: readonly Case[] = JSON.parse(readFileSync(golden, "utf8"));

describe("dequantising constant weights", () => {
  it.each(cases)("$name: bit for bit what onnxruntime computes", ({ dims, model: file, result }) => {
    const graph = dequantise(graphOf(readModel(Buffer.from(file, "base64"))));
    const weights = graph.initialisers.get("y");
    expect(graph.nodes.map(operatorOf)).toEqual(["Add"]);
    expect(weights?.dims).toEqual(dims);
    expect(Buffer.from(weights?.rawData ?? [])).toEqual(Buffer.from(result, "base64"));
  });

  it("leaves what is not constant, and scales that are not 32-bit floats", () => {
    const nodes = [node("y = DequantizeLinear(x, s)"), node("z = DequantizeLinear(w, h)")];
    const half: TensorProto = { ...weight("h", []), dataType: 10, rawData: new Uint8Array(2) };
    const quantised: TensorProto = { ...weight("w", [2]), dataType: 3, rawData: Uint8Array.of(1, 2) };
    const proto = graphProto(nodes, [value("x", 3)], ["y", "z"], [weight("s", []), half, quantised]);
    expect(dequantise(graphOf(model(proto))).nodes).toEqual(nodes);
  });

  it.each([
    ["too few scales", [3], {}],
    ["no such axis", [2], { axis: 7 }],
    ["a negative block", [2], { axis: 0, block_size: -1 }],
  ] as const)("refuses %s", (_, scaleDims, settings) => {
    const quantised: TensorProto = { ...weight("w", [2, 2]), dataType: 3, rawData: Uint8Array.of(1, 2, 3, 4) };
    const proto = graphProto(
      [node("y = DequantizeLinear(w, s)", settings)],
      [],
      ["y"],
      [quantised, weight("s", scaleDims)],
    );
    expect(() => dequantise(graphOf(model(proto)))).toThrow(/quantised weight/);
  });

  it("reads numbers in every way they are stored", () => {
    const stored = (dataType: number, rest: Partial<TensorProto>): TensorProto => ({
      dims: [2],
      dataType,
      stringData: [],
      externalData: [],
      ...rest,
    });
    const minusOne = [255, 255, 255, 255, 255, 255, 255, 255, 255, 1];
    expect([...tensorNumbers(stored(6, { int32Data: Uint8Array.from([...minusOne, 5]) }))]).toEqual([-1, 5]);
    expect([...tensorNumbers(stored(7, { int64Data: Uint8Array.from([...minusOne, 128, 1]) }))]).toEqual([-1, 128]);
    expect([...tensorNumbers(stored(7, { rawData: new Uint8Array(BigInt64Array.of(-7n, 9n).buffer) }))]).toEqual([
      -7, 9,
    ]);
    expect([...tensorNumbers(stored(5, { rawData: Uint8Array.of(255, 255, 1, 0) }))]).toEqual([-1, 1]);
    expect([...tensorNumbers(stored(22, { rawData: Uint8Array.of(0x7f) }))]).toEqual([-1, 7]);
    expect([...tensorNumbers(stored(21, { rawData: Uint8Array.of(0x7f) }))]).toEqual([15, 7]);
    const unaligned = new Uint8Array(13);
    unaligned.set(new Uint8Array(Float32Array.of(1.5, -2).buffer), 1);
    expect([...tensorNumbers(stored(1, { rawData: unaligned.subarray(1, 9) }))]).toEqual([1.5, -2]);
    expect([...tensorNumbers(stored(1, { rawData: Buffer.from(unaligned).subarray(1, 9) }))]).toEqual([1.5, -2]);
  });
});
