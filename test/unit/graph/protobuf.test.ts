import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it, vi } from "vitest";
import { ExplainError } from "../../../src/common/errors";
import { readModel, writeModel } from "../../../src/graph/modelFile";
import { type AttributeProto, modelSchema, type TensorProto } from "../../../src/graph/onnxSchema";
import { decode } from "../../../src/graph/protobuf";
import { encode, joinChunks } from "../../../src/graph/protobufWriter";
import { workOf } from "../../support/work";
import { graphProto, model, node, value, weight } from "./build";

vi.setConfig({ testTimeout: 60_000 });

const fixtures = fileURLToPath(new URL("../../fixtures/graph/", import.meta.url));
const files = readdirSync(fixtures).filter((file) => file.endsWith(".onnx"));

function refusal(bytes: readonly number[] | Uint8Array): ExplainError {
  try {
    decode(modelSchema, Uint8Array.from(bytes));
  } catch (error) {
    expect(error).toBeInstanceOf(ExplainError);
    return error as ExplainError;
  }
  throw new Error("it was accepted");
}

/** A length-delimited field. */
function field(number: number, content: readonly number[]): number[] {
  return [...varint(number * 8 + 2), ...varint(content.length), ...content];
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))];
}

describe("reading and writing model files", () => {
  it.each(files)("%s is written back byte for byte", (file) => {
    const bytes = readFileSync(fixtures + file);
    expect(Buffer.compare(joinChunks(writeModel(readModel(bytes))), bytes)).toBe(0);
  });

  it("gives weights as views into the file and writes them without copying", () => {
    const large = weight("w", [100, 100]);
    const bytes = joinChunks(writeModel(model(graphProto([], [], ["w"], [large]))));
    const read = readModel(bytes);
    const data = read.graph?.initializer[0]?.rawData;
    expect(data?.buffer).toBe(bytes.buffer);
    expect(writeModel(read).some((chunk) => chunk === data)).toBe(true);
  });

  it("keeps fields it does not know, at every level", () => {
    const documented = field(6, [104, 105]);
    const inGraph = field(10, [104, 105]);
    const bytes = [...field(7, inGraph), ...documented, ...field(8, [16, 17]), 0xf8, 0x3f, 5];
    const read = decode(modelSchema, Uint8Array.from(bytes));
    expect(read.unknown).toEqual([Uint8Array.from(documented), Uint8Array.of(0xf8, 0x3f, 5)]);
    expect(read.graph?.unknown).toEqual([Uint8Array.from(inGraph)]);
    expect(decode(modelSchema, joinChunks(encode(modelSchema, read)))).toEqual(read);
  });

  it("keeps integers, floats and texts exactly", () => {
    const attribute: AttributeProto = {
      name: "ä 日本",
      f: Math.fround(0.1),
      i: -(2n ** 63n),
      s: Uint8Array.of(0, 255),
      floats: [Number.POSITIVE_INFINITY, -0, Math.fround(1e-40)],
      ints: [0n, 1n, -1n, 127n, 128n, -128n, 2n ** 31n, -(2n ** 31n), 2n ** 32n, 2n ** 63n - 1n, -(2n ** 63n)],
      strings: [],
      tensors: [],
      graphs: [],
      sparseTensors: [],
      type: 1,
    };
    const dims: TensorProto = { dims: [0, 1, 2 ** 40, -3], stringData: [], externalData: [] };
    const nodes = [{ ...node("y = Relu(x)"), attribute: [attribute] }];
    const written = model(graphProto(nodes, [value("x")], ["y"], [dims]));
    const read = decode(modelSchema, joinChunks(encode(modelSchema, written)));
    expect(read.graph?.node[0]?.attribute[0]).toEqual(attribute);
    expect(read.graph?.initializer[0]?.dims).toEqual(dims.dims);
  });

  it("reads numbers stored one by one and as a run alike", () => {
    const oneByOne = field(7, field(5, [8, 2, 8, 3]));
    const asRun = field(7, field(5, field(1, [2, 3])));
    expect(decode(modelSchema, Uint8Array.from(oneByOne)).graph).toEqual(
      decode(modelSchema, Uint8Array.from(asRun)).graph,
    );
    const floats = [0, 0, 128, 63];
    const single = field(7, field(5, [37, ...floats, 37, ...floats]));
    expect(decode(modelSchema, Uint8Array.from(single)).graph?.initializer[0]?.floatData).toEqual(
      Uint8Array.from([...floats, ...floats]),
    );
  });
});

describe("refusing damaged files", () => {
  const cases: readonly (readonly [string, readonly number[], RegExp])[] = [
    ["a length beyond the end", [58, 127, 1], /too large/],
    ["a length beyond the enclosing message", [58, 4, 10, 100, 0, 0, ...Array(200).fill(0)], /too large/],
    ["an end in the middle of a number", [8, 128], /middle/],
    ["a number of more than ten bytes", [8, ...Array(10).fill(255), 1], /digits/],
    ["a number of more than 64 bits", [8, ...Array(9).fill(255), 2], /digits/],
    ["a length of 2⁶³", [58, ...Array(9).fill(255), 1], /large/],
    ["a version that is no sensible number", [8, ...Array(8).fill(255), 127], /large/],
    ["the first version's groups", [99, 100], /unknown form/],
    ["a field without number", [2, 0], /no number/],
    ["a field stored as another type", [56, 1], /wrong way/],
    ["two graphs", [58, 0, 58, 0], /twice/],
    ["a name that is not text", field(7, field(2, [255])), /UTF-8/],
  ];
  it.each(cases)("refuses %s", (_, bytes, message) => {
    const error = refusal(bytes);
    expect(error.reason).toBe("model-file-corrupt");
    expect(error.message).toMatch(message);
  });

  it("refuses nesting without end", () => {
    // graph → node → attribute → graph …, built inside out; each level adds its tags and lengths.
    let bytes: number[] = [];
    for (let level = 0; level < 1000; level++) {
      bytes = field(6, field(1, field(5, bytes)));
      if (bytes.length > 10_000) {
        break;
      }
    }
    expect(refusal(field(7, field(1, field(5, bytes)))).message).toMatch(/deep/);
  });

  it("refuses millions of empty parts before they fill the memory", () => {
    const nodes = new Uint8Array(20_000_000);
    for (let i = 0; i < nodes.length; i += 2) {
      nodes[i] = 10;
    }
    const file = joinChunks([Uint8Array.of(58, 0x80, 0xda, 0xc4, 0x09), nodes]);
    const { steps } = workOf(() => expect(refusal(file).message).toMatch(/more parts/));
    // Each part takes several steps; all ten million would take many more.
    expect(steps).toBeLessThan(15_000_000);
  });
});
