import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { modelChoices } from "../../../src/models/modelChoices";
import { storedPrecision } from "../../../src/models/storedPrecision";
import { corpusFiles, corpusFolder, corpusModel } from "../../support/corpus";

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "explain-choices-"));
  mkdirSync(join(directory, "onnx"));
});
afterEach(() => rmSync(directory, { recursive: true }));

/** A file of the corpus by its name. */
function exported(name: string): Uint8Array {
  const file = corpusFiles(join(corpusFolder, "models")).find((one) => one.label === name);
  if (!file) {
    throw new Error(`There is no ${name} in the corpus.`);
  }
  return corpusModel(file);
}

/** Writes a file and gives its path. */
function write(file: string, content: string | Uint8Array): string {
  writeFileSync(join(directory, file), content);
  return join(directory, file);
}

describe("the precision of a file", () => {
  it.each([
    ["bert.eager.ts17.fp32", "fp32"],
    ["bert.eager.ts17.fused", "fp32"],
    ["bert.eager.ts17.fp16", "fp16"],
    ["bert.eager.ts17.int8", "int8"],
    ["bert.eager.ts17.uint8", "uint8"],
    ["bert.eager.ts17.int4", "q4"],
    ["llama.eager.ts17.fp32", "fp32"],
    ["llama.eager.ts17.fp16", "fp16"],
    ["llama.eager.ts17.int4", "q4"],
    ["gpt2.eager.ts17.int8", "int8"],
  ])("of %s is %s by its contents, whatever it is called", (name, precision) => {
    expect(storedPrecision(write("model_fp16.onnx", exported(name)))).toBe(precision);
  });

  it("is told by the name where the contents do not say it", () => {
    const files = ["model_quantized.onnx", "model_q4f16.onnx", "onnx/model_fp16.onnx", "own.onnx"];
    for (const file of files) {
      write(file, "x");
    }
    const precisions = modelChoices({ directory, files, settings: {} }).map(({ precision }) => precision);
    expect(precisions).toEqual(["int8", "q4f16", "fp16", null]);
  });

  it("is unknown of what is cut off, empty or lies about lengths, and nothing goes on for ever", () => {
    const whole = exported("bert.eager.ts17.int4");
    for (const length of [0, 1, 2, 7, 40, 1000, whole.length - 1]) {
      expect(() => storedPrecision(write("cut.onnx", whole.subarray(0, length)))).not.toThrow();
    }
    expect(storedPrecision(write("lie.onnx", Uint8Array.of(0x3a, 0xff, 0xff, 0xff, 0xff, 0x7f, 1)))).toBeNull();
    expect(storedPrecision(write("endless.onnx", new Uint8Array(100).fill(0xff)))).toBeNull();
    expect(storedPrecision(join(directory, "onnx"))).toBeNull();
  });
});

describe("the files of a folder", () => {
  it("are those that answer, with the weights beside them", () => {
    write("onnx/decoder_model.onnx", "xx");
    write("onnx/decoder_model.onnx_data", "xxx");
    write("onnx/decoder_with_past_model.onnx", "x");
    write("onnx/encoder_model.onnx", "x");
    const files = ["onnx/decoder_model.onnx", "onnx/decoder_with_past_model.onnx", "onnx/encoder_model.onnx"];
    expect(modelChoices({ directory, files, settings: { is_encoder_decoder: true } })).toEqual([
      { file: "onnx/decoder_model.onnx", bytes: 5, precision: null },
    ]);
  });

  it("have the precision of their header where they are checkpoints, and else of their configuration", () => {
    const choices = (file: string, settings: Readonly<Record<string, unknown>> = {}) =>
      modelChoices({ directory, files: [file], settings }).map(({ bytes, precision }) => [bytes, precision]);
    write("model.safetensors", "xxxx");
    expect(choices("model.safetensors", { torch_dtype: "bfloat16" })).toEqual([[4, "bf16"]]);
    expect(choices("model.safetensors", { dtype: "float16" })).toEqual([[4, "fp16"]]);
    expect(choices("model.safetensors", { dtype: ["float16"] })).toEqual([[4, null]]);
    const half = safetensors({ a: ["F16", 6], b: ["F32", 2] });
    write("model.safetensors", half);
    expect(choices("model.safetensors", { dtype: "float32" })).toEqual([[half.length, "fp16"]]);
    write("one.safetensors", half);
    write("two.safetensors", half);
    write(
      "model.safetensors.index.json",
      JSON.stringify({ weight_map: { a: "one.safetensors", b: "two.safetensors" } }),
    );
    expect(choices("model.safetensors.index.json")).toEqual([[2 * half.length, "fp16"]]);
  });
});

/** A safetensors file of rows of numbers, all 0. */
function safetensors(rows: Readonly<Record<string, readonly ["F16" | "F32", number]>>): Buffer {
  let end = 0;
  const entries = Object.entries(rows).map(([name, [dtype, length]]) => {
    const begin = end;
    end += length * (dtype === "F16" ? 2 : 4);
    return [name, { dtype, shape: [length], data_offsets: [begin, end] }];
  });
  const header = Buffer.from(JSON.stringify(Object.fromEntries(entries)));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header, Buffer.alloc(end)]);
}
