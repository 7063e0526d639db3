import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ExplainError } from "../../../src/common/errors";
import { makeDifferentiable } from "../../../src/graph/differentiable";
import { elementTypes } from "../../../src/graph/elementType";
import { makeExplainable } from "../../../src/graph/explainable";
import { forEachTensor, readModel, writeModel } from "../../../src/graph/modelFile";
import type { ModelProto, TensorProto } from "../../../src/graph/onnxSchema";
import { joinChunks } from "../../../src/graph/protobufWriter";
import { readGraph } from "../../../src/graph/readGraph";
import { copyBytes, placeOf, present, storedBytes } from "../../../src/graph/storedBytes";
import { floatTensor, tensorNumbers } from "../../../src/graph/tensor";
import { graphProto, model as modelAround, node, value } from "./build";

const shipped = readFileSync(new URL("../../../models/sentiment/onnx/model.onnx", import.meta.url));

/** A file as an array that is read on demand, and how many bytes were read. */
function onDisk(bytes: Uint8Array, location: string | null = null) {
  let read = 0;
  const store = {
    location,
    read: (position: number, into: Uint8Array) => {
      read += into.length;
      into.set(bytes.subarray(position, position + into.length));
    },
  };
  return { bytes: storedBytes(store, 0, bytes.length), read: () => read };
}

/** Two products with weights of 128 × 256 numbers, one of them also looked up. */
function twoProducts(): Uint8Array {
  const weight = (name: string) =>
    floatTensor(
      name,
      [128, 256],
      Float32Array.from({ length: 2 ** 15 }, (_, i) => Math.sin(i)),
    );
  const nodes = [
    node("a = MatMul(x, w)"),
    node("b = Gather(v, i)", { axis: 1 }),
    node("c = MatMul(x, v)"),
    node("y = Sum(a, b, c)"),
  ];
  const inputs = [value("x"), value("i", elementTypes.int64)];
  return joinChunks(writeModel(modelAround(graphProto(nodes, inputs, ["y"], [weight("w"), weight("v")]))));
}

function weightsOf(model: ModelProto): readonly TensorProto[] {
  return model.graph?.initializer ?? [];
}

describe("bytes that stay in their file", () => {
  it("are read when they are looked at, once", () => {
    const source = Uint8Array.from({ length: 300_000 }, (_, i) => i % 251);
    const { bytes, read } = onDisk(source);
    expect(read()).toBe(0);
    expect(present(bytes.subarray(70_000, 70_010))).toEqual(source.subarray(70_000, 70_010));
    expect(read()).toBe(2 ** 14);
    expect(Buffer.compare(present(bytes), source)).toBe(0);
    expect(Buffer.compare(present(bytes), source)).toBe(0);
    expect(read()).toBe(300_000);
  });

  it("are copied without being kept", () => {
    const source = Uint8Array.from({ length: 200_000 }, (_, i) => i % 251);
    const { bytes } = onDisk(source);
    const target = new Uint8Array(100_002);
    copyBytes(bytes.subarray(50_001, 150_001), target, 1);
    expect(Buffer.compare(target.subarray(1, 100_001), source.subarray(50_001, 150_001))).toBe(0);
    expect(target[100_001]).toBe(0);
    expect(bytes[100_000]).toBe(0);
  });
});

describe("a model that stays in its file", () => {
  it("is described without its weights being read, and has the same weights", () => {
    const { bytes, read } = onDisk(shipped);
    const model = readModel(bytes);
    expect(read()).toBeLessThan(0.25 * shipped.length);
    const expected: TensorProto[] = [];
    forEachTensor(readModel(shipped), (tensor) => expected.push(tensor));
    let at = 0;
    forEachTensor(model, (tensor) => {
      const same = expected[at++];
      expect(tensor.name).toBe(same?.name);
      expect(Buffer.compare(present(tensor.rawData ?? new Uint8Array()), same?.rawData ?? new Uint8Array())).toBe(0);
    });
    expect(at).toBe(expected.length);
  });

  it("is written whole where the runtime cannot read it, byte for byte", () => {
    const { bytes } = onDisk(shipped);
    expect(Buffer.compare(joinChunks(writeModel(readModel(bytes))), shipped)).toBe(0);
  });

  it("is rewritten into the same model", () => {
    const stored = makeExplainable(readGraph(onDisk(shipped).bytes));
    expect(Buffer.compare(joinChunks(stored.model), joinChunks(makeExplainable(readGraph(shipped)).model))).toBe(0);
    const gradients = makeDifferentiable(readGraph(onDisk(shipped).bytes).graph, "logits");
    const plain = makeDifferentiable(readGraph(shipped).graph, "logits");
    expect(Buffer.compare(joinChunks(gradients.model), joinChunks(plain.model))).toBe(0);
    expect(gradients.fed.of(Int32Array.of(5, 30_521, 99_999))).toEqual(plain.fed.of(Int32Array.of(5, 30_521, 99_999)));
  });

  it("leaves factors of products in place, nothing else", () => {
    const whole = twoProducts();
    const { model, weightBytes } = makeExplainable(readGraph(onDisk(whole, "a b.onnx").bytes));
    const [w, v] = weightsOf(readModel(joinChunks(model)));
    expect(weightBytes).toBe(2 ** 18);
    expect(v?.rawData?.length).toBe(2 ** 17);
    expect(w?.rawData).toBeUndefined();
    const entries = new Map(w?.externalData.map(({ key, value: told }) => [key, told]));
    expect([...entries.keys()]).toEqual(["location", "offset", "length"]);
    expect(entries.get("location")).toBe("a b.onnx");
    const [start, length] = [Number(entries.get("offset")), Number(entries.get("length"))];
    const numbers = new Float32Array(Uint8Array.from(whole.subarray(start, start + length)).buffer);
    expect(numbers).toEqual(tensorNumbers(weightsOf(readModel(whole))[0] ?? floatTensor("", [], new Float32Array())));
    expect(placeOf(whole)).toBeUndefined();
  });

  it.each([
    ["float16", [1, 1.5, 1 + 999 / 1024]],
    ["bfloat16", [2 ** -7, 2 ** -3, 1.8046875]],
  ] as const)("leaves factors of %s in place, which the runtime turns", (type, values) => {
    const half = Uint16Array.from({ length: 2 ** 15 }, (_, i) => 0x3c00 + (i % 1000));
    const weight = { ...floatTensor("w", [128, 256], new Float32Array()), dataType: elementTypes[type] };
    const stored = { ...weight, rawData: new Uint8Array(half.buffer) };
    const graph = graphProto([node("y = MatMul(x, w)")], [value("x", elementTypes[type])], ["y"], [stored]);
    const whole = joinChunks(writeModel(modelAround(graph)));
    const read = readGraph(onDisk(whole, "a.onnx").bytes);
    const { model, ownBytes } = makeExplainable(read);
    const written = readModel(joinChunks(model));
    expect(ownBytes).toBe(0);
    const [w] = weightsOf(written);
    expect(w?.dataType).toBe(elementTypes[type]);
    const place = Object.fromEntries(w?.externalData.map(({ key, value: told }) => [key, told]) ?? []);
    const start = Number(place.offset);
    expect([place.location, Number(place.length)]).toEqual(["a.onnx", 2 ** 16]);
    expect(Buffer.compare(whole.subarray(start, start + 2 ** 16), stored.rawData)).toBe(0);
    expect(written.graph?.node.map(({ opType }) => opType)).toEqual(["Cast", "MatMul"]);
    const numbers = tensorNumbers(read.graph.initialisers.get("w") ?? stored);
    expect([0, 512, 999].map((at) => numbers[at])).toEqual(values);
  });

  it("that is cut off, or gives lengths beyond its end, is refused as ever", () => {
    const whole = twoProducts();
    const refusal = (bytes: Uint8Array): string => {
      try {
        readModel(bytes);
      } catch (error) {
        return ExplainError.from(error).message;
      }
      return "accepted";
    };
    for (const share of [0.1, 0.3, 0.5, 0.9, 0.999]) {
      const cut = whole.subarray(0, Math.floor(share * whole.length));
      expect(refusal(onDisk(cut).bytes)).toBe(refusal(cut));
      expect(refusal(cut)).not.toBe("accepted");
    }
    for (let at = 0; at < 300; at++) {
      const damaged = Uint8Array.from(whole);
      damaged[at] = (damaged[at] ?? 0) ^ (1 << (at % 8));
      expect(refusal(onDisk(damaged).bytes)).toBe(refusal(damaged));
    }
  });
});
