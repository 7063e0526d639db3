import { describe, expect, it } from "vitest";
import { ExplainError } from "../../../src/common/errors";
import { type FileSet, fileSetOf, usualFirst } from "../../../src/models/fileSet";

const split = ["encoder_model.onnx", "decoder_model.onnx", "decoder_with_past_model.onnx"];
const within = (names: readonly string[]) => names.map((name) => `onnx/${name}`);
const all = [...split, "decoder_model_merged.onnx"];
const quantised = ["encoder_model_quantized.onnx", "decoder_model_merged_quantized.onnx"];

/** The set of the usual file. */
const usualSet = (files: readonly string[], isEncoderDecoder: boolean) =>
  fileSetOf(usualFirst(files)[0] ?? "", files, isEncoderDecoder);

describe("the files of a model", () => {
  it.each<[string, readonly string[], FileSet]>([
    ["an encoder and a decoder", split.slice(0, 2), set("decoder_model.onnx", "encoder_model.onnx")],
    [
      "an encoder and two decoders",
      split,
      set("decoder_model.onnx", "encoder_model.onnx", "decoder_with_past_model.onnx"),
    ],
    [
      "an encoder and a merged decoder",
      ["encoder_model.onnx", "decoder_model_merged.onnx"],
      set("decoder_model_merged.onnx", "encoder_model.onnx"),
    ],
    ["all that exporters write", all, set("decoder_model.onnx", "encoder_model.onnx", "decoder_with_past_model.onnx")],
    [
      "a decoder and a merged one",
      all.filter((name) => !name.includes("with_past")),
      set("decoder_model.onnx", "encoder_model.onnx", "decoder_model_merged.onnx"),
    ],
    [
      "files in a folder of their own",
      within(all),
      set("onnx/decoder_model.onnx", "onnx/encoder_model.onnx", "onnx/decoder_with_past_model.onnx"),
    ],
    [
      "files of 8 bits only",
      within(quantised),
      set("onnx/decoder_model_merged_quantized.onnx", "onnx/encoder_model_quantized.onnx"),
    ],
    ["one file of both", ["model.onnx"], set("model.onnx")],
    ["one file beside a pair", [...split, "model.onnx"], set("model.onnx")],
  ])("that is an encoder with a decoder: %s", (_, files, expected) => {
    expect(usualSet(files, true)).toEqual(expected);
  });

  it.each<[string, readonly string[], FileSet]>([
    ["a model with or without a past", ["model.onnx", "model_quantized.onnx"], set("model.onnx")],
    ["one in a folder of its own", ["other.onnx", "onnx/model.onnx"], set("onnx/model.onnx")],
    ["a merged decoder", ["decoder_model_merged.onnx"], set("decoder_model_merged.onnx")],
    ["a decoder and one with a past", split.slice(1), set("decoder_model.onnx", null, "decoder_with_past_model.onnx")],
    ["an encoder", ["encoder_model.onnx"], set("encoder_model.onnx")],
    ["anything else", ["bert.onnx"], set("bert.onnx")],
  ])("that is one stream: %s", (_, files, expected) => {
    expect(usualSet(files, false)).toEqual(expected);
  });

  it.each<[string, readonly string[], string, FileSet]>([
    [
      "encoder_model.onnx",
      all,
      "the decoder of an encoder",
      set("decoder_model.onnx", "encoder_model.onnx", "decoder_with_past_model.onnx"),
    ],
    [
      "decoder_with_past_model.onnx",
      split,
      "the decoder that begins",
      set("decoder_model.onnx", "encoder_model.onnx", "decoder_with_past_model.onnx"),
    ],
    ["decoder_model_merged.onnx", all, "itself", set("decoder_model_merged.onnx", "encoder_model.onnx")],
    [
      "decoder_model_merged_quantized.onnx",
      [...all, ...quantised],
      "the encoder of its precision",
      set("decoder_model_merged_quantized.onnx", "encoder_model_quantized.onnx"),
    ],
    [
      "decoder_model_q4.onnx",
      [...all, "decoder_model_q4.onnx"],
      "the encoder of another precision",
      set("decoder_model_q4.onnx", "encoder_model.onnx", "decoder_with_past_model.onnx"),
    ],
    ["other.onnx", all, "nothing", set("other.onnx")],
  ])("are found from %s of %j: %s", (file, files, _, expected) => {
    expect(fileSetOf(file, files, true)).toEqual(expected);
  });

  it.each([
    [["decoder_model.onnx"], "encoder_model.onnx"],
    [within(["decoder_model_merged.onnx"]), "onnx/encoder_model.onnx"],
    [["encoder_model.onnx"], "decoder_model.onnx"],
    [["decoder_with_past_model.onnx"], "encoder_model.onnx"],
    [["encoder_model.onnx", "decoder_with_past_model.onnx"], "decoder_model.onnx"],
    [["encoder_model.onnx", "onnx/decoder_model.onnx"], "onnx/encoder_model.onnx"],
    [["decoder_model_fp16.onnx"], "encoder_model_fp16.onnx"],
  ])("that are half of a pair are refused: %j", (files, missing) => {
    const choose = () => usualSet(files, true);
    expect(choose).toThrow(ExplainError);
    expect(choose).toThrow(`its other half, ${missing}, is not in the folder`);
  });

  it("that only go on with a text are refused without the one that begins it, and chosen with it", () => {
    const following = "decoder_with_past_model.onnx";
    expect(() => usualSet([following], false)).toThrow("its other half, decoder_model.onnx, is not in the folder");
    expect(fileSetOf(following, split, false).file).toBe("decoder_model.onnx");
  });
});

function set(file: string, encoder: string | null = null, withPast: string | null = null): FileSet {
  return { file, encoder, withPast };
}
