import { describe, expect, it } from "vitest";
import { inspectModel } from "../../../src/cli/inspect";
import { message } from "../../../src/common/message";
import type { ModelInspection } from "../../../src/common/model";
import { exportKinds } from "../../../src/exports/registry";

const group = { sharedHeads: null, windows: [null, null], valueVectors: 2, projections: 2 } as const;
const model: ModelInspection = {
  id: "tiny",
  reference: { directory: "/models/tiny", file: null },
  file: "model.onnx",
  files: ["model.onnx", "model_int8.onnx"],
  task: "text-classification",
  tasks: ["text-classification"],
  gives: "softmax",
  labels: ["no", "yes"],
  inputs: ["input_ids"],
  outputs: ["logits"],
  opset: 14,
  layers: 2,
  heads: 4,
  attentionKind: "causal",
  maxTokens: 64,
  sha256: "00",
  bytes: 2 ** 20,
  contents: {
    embedding: { vocabulary: 60, width: 16, input: "input_ids" },
    attention: [
      { ...group, stream: "encoder", kind: "self", layers: 2, heads: 4, valueVectors: 0, projections: 1 },
      { ...group, stream: "main", kind: "causal", layers: 2, heads: 4, sharedHeads: 2, windows: [null, 3] },
    ],
    hiddenStates: [
      { stream: "encoder", count: 3 },
      { stream: "main", count: 3 },
    ],
    logits: "logits",
    notes: [message("Operators of version {0} are rewritten in version {1}.", 14, 18)],
  },
  architecture: "bert",
  hiddenSize: 16,
  parameters: 12345,
  tokenizer: { kind: "WordPiece", vocabulary: 60 },
  choices: [
    { file: "model.onnx", bytes: 2 ** 20, precision: "fp32" },
    { file: "model_int8.onnx", bytes: 2 ** 18, precision: null },
  ],
  drift: 0.01234,
  card: { licence: "mit", text: "# Tiny", isCut: false },
  memory: [
    { owner: "weights", bytes: 3 * 2 ** 20 },
    { owner: "embeddings", bytes: 2 ** 19 },
  ],
  methods: [
    { id: "lime", available: true, why: null },
    { id: "saliency", available: false, why: message("No table of {0}.", "words") },
  ],
};

describe("inspecting a model", () => {
  it("says in lines what is in its graph", () => {
    const lines = inspectModel(model, exportKinds.text).split("\n");
    const shown = (name: string) => lines.flatMap((line) => (line.startsWith(name) ? [line.slice(15).trim()] : []));
    expect(shown("Embeddings")).toEqual(["60 × 16, read by input_ids"]);
    expect(shown("Attention")).toEqual([
      "encoder: 2 layers, 4 heads, self",
      "2 layers, 4 heads (2 of keys and values), causal; looks at most so many tokens away: 3 in layer 1",
    ]);
    expect(shown("Value vectors")).toEqual([
      "encoder: none found; output projections in 1 of 2 layers",
      "in all layers; output projections in all layers",
    ]);
    expect(shown("Hidden states")).toEqual(["encoder: 3, 3"]);
    expect(shown("Logits")).toEqual(["logits"]);
    expect(shown("Memory")).toEqual(["3.5 MB: weights 3.0 MB, word embeddings 0.5 MB"]);
    expect(shown("Note")).toEqual(["Operators of version 14 are rewritten in version 18."]);
    expect(shown("Architecture")).toEqual(["bert, 16 numbers in a hidden state"]);
    expect(shown("Parameters")).toEqual(["12,345"]);
    expect(shown("Tokenizer")).toEqual(["WordPiece, 60 pieces"]);
    expect(shown("Licence")).toEqual(["mit"]);
    expect(shown("File")).toEqual(["model.onnx, fp32, 1.0 MB, this one", "model_int8.onnx, 262.1 kB"]);
    expect(shown("Numbers")).toEqual([
      "logits differ by at most 0.012 from those that the file itself gives here, on one short text",
    ]);
    expect(lines).toContain("  lime         available");
    expect(lines).toContain("  saliency     No table of words.");
  });

  it("names what was not found", () => {
    const bare = { ...model, contents: { ...model.contents, embedding: null, attention: [], hiddenStates: [] } };
    expect(inspectModel(bare, exportKinds.text)).toMatch(
      /Embeddings +none found\nAttention +none found\nHidden states +none found/,
    );
  });

  it("gives the same as JSON", () => {
    const { graph, methods } = JSON.parse(inspectModel(model, exportKinds.json));
    expect(graph).toMatchObject({ ...model.contents, notes: ["Operators of version 14 are rewritten in version 18."] });
    expect(methods[1]).toEqual({ method: "saliency", available: false, why: "No table of words." });
  });

  it("lets no name act on a terminal, and says each exactly in JSON", () => {
    const odd = "a\u001b[31m\nb\u202e";
    const names = { id: odd, file: odd, files: [odd, `${odd}2`], inputs: [odd, "c"], outputs: [odd] };
    const contents = { ...model.contents, logits: odd, embedding: { vocabulary: 6, width: 1, input: odd } };
    const reference = { directory: `/m/${odd}`, file: null };
    const shown = inspectModel({ ...model, ...names, reference, contents }, exportKinds.text);
    expect(shown.split("\n")).toHaveLength(inspectModel(model, exportKinds.text).split("\n").length);
    expect(shown).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u);
    expect(shown).toContain("a [31m b, c");
    const json = inspectModel({ ...model, ...names, reference, contents }, exportKinds.json);
    expect(json).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u);
    expect(JSON.parse(json)).toMatchObject({ ...names, directory: reference.directory });
  });
});
