import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { graphOf } from "../../../src/graph/graph";
import { readModel } from "../../../src/graph/modelFile";
import { operatorOf } from "../../../src/graph/node";
import type { TensorProto } from "../../../src/graph/onnxSchema";
import { dequantise } from "../../../src/graph/passes/dequantise";
import { joinChunks } from "../../../src/graph/protobufWriter";
import { isStored } from "../../../src/graph/storedBytes";
import { floatTensor, rowsOf, tensorNumbers } from "../../../src/graph/tensor";
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

  it.each([
    ["one scale", [], {}, () => 0],
    ["a scale for each row", [300], { axis: 0 }, (row: number) => row],
    ["a scale for each column", [150], { axis: 1 }, (_: number, column: number) => column],
    [
      "blocks that fill the columns",
      [300, 10],
      { block_size: 15 },
      (row: number, column: number) => row * 10 + Math.floor(column / 15),
    ],
    [
      "blocks that do not",
      [300, 10],
      { block_size: 16 },
      (row: number, column: number) => row * 10 + Math.floor(column / 16),
    ],
    [
      "blocks of rows",
      [43, 150],
      { axis: 0, block_size: 7 },
      (row: number, column: number) => Math.floor(row / 7) * 150 + column,
    ],
  ] as const)("of large weights computes what is looked at: %s", (_, scaleDims, settings, scaleOf) => {
    const [rows, columns] = [300, 150];
    const count = scaleDims.reduce((product, dim) => product * dim, 1);
    const scales = Float32Array.from({ length: count }, (_, i) => 0.01 * (1 + (i % 17)));
    const zeros = Int8Array.from({ length: count }, (_, i) => (i % 11) - 5);
    const bytes = Int8Array.from({ length: rows * columns }, (_, i) => (i * 37) % 251);
    const stored = (name: string, dims: readonly number[], numbers: Int8Array): TensorProto => ({
      ...weight(name, [...dims]),
      dataType: 3,
      rawData: new Uint8Array(numbers.buffer),
    });
    const proto = graphProto(
      [node("y = DequantizeLinear(w, s, z)", settings)],
      [],
      ["y"],
      [stored("w", [rows, columns], bytes), floatTensor("s", [...scaleDims], scales), stored("z", scaleDims, zeros)],
    );
    const expected = Float32Array.from(bytes, (byte, i) => {
      const which = scaleOf(Math.floor(i / columns), i % columns);
      return (byte - (zeros[which] ?? 0)) * (scales[which] ?? 0);
    });
    const read = () => dequantise(graphOf(model(proto))).initialisers.get("y") ?? weight("none", []);
    const some = [299, 0, 141, 142];
    const found = rowsOf(read(), some);
    expect(found).toEqual(
      Float32Array.from(some.flatMap((row) => [...expected.subarray(row * columns, (row + 1) * columns)])),
    );
    expect(tensorNumbers(read())).toEqual(expected);
    const { rawData = new Uint8Array() } = read();
    expect(isStored(rawData)).toBe(true);
    const written = joinChunks([Uint8Array.of(1), rawData.subarray(4 * 20_001)]);
    expect(new Float32Array(written.slice(1).buffer)).toEqual(expected.subarray(20_001));
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
