import { describe, expect, it, vi } from "vitest";
import { message } from "../../../src/common/message";
import type { ModelInspection } from "../../../src/common/model";
import { english, sampleExplanation } from "./fixture";

vi.mock("vscode", () => import("./fakeVscode"));
const { inspectionBody } = await import("../../../src/editor/inspectionPage");
const { comparisonBody } = await import("../../../src/editor/comparisonPage");
const { pageHtml } = await import("../../../src/editor/pageHtml");

const odd = '"><img src="https://example.invalid/x.png"><script>x</script>\u202e';

const model: ModelInspection = {
  id: odd,
  reference: { directory: `/m/${odd}`, file: null },
  file: odd,
  files: [odd],
  task: "text-classification",
  tasks: ["text-classification"],
  gives: "softmax",
  labels: [odd, "yes"],
  inputs: [odd],
  outputs: [odd],
  opset: 14,
  layers: 2,
  heads: 4,
  attentionKind: "self",
  maxTokens: 64,
  sha256: "00",
  bytes: 1,
  contents: {
    embedding: { vocabulary: 60, width: 16, input: odd },
    attention: [],
    hiddenStates: [],
    logits: odd,
    notes: [message("Note {0}.", odd)],
  },
  architecture: odd,
  hiddenSize: 16,
  parameters: 1,
  tokenizer: { kind: odd, vocabulary: 60 },
  choices: [
    { file: odd, bytes: 1, precision: "fp32" },
    { file: "b.onnx", bytes: 1, precision: "int8" },
  ],
  drift: null,
  card: { licence: odd, text: odd, isCut: true },
  memory: [],
  methods: [{ id: "saliency", available: false, why: message("No table of {0}.", odd) }],
};

/** The names of the elements of a page. */
function elements(html: string): Set<string> {
  return new Set([...html.matchAll(/<([a-z][a-z0-9]*)/gi)].map(([, name = ""]) => name));
}

/** The addresses that a page leads to. */
function addresses(html: string): string[] {
  return [...html.matchAll(/(?:href|src)="([^"]*)"/g)].map(([, address = ""]) => address);
}

describe("pages about models", () => {
  it("hold nothing of a stranger but words", () => {
    const html = inspectionBody(model, english);
    expect([...elements(html)].sort().join(" ")).toBe("a bdi div h1 h2 p pre table tbody td th thead tr");
    expect(
      addresses(html).every((address) => /^command:explainWithTransformer\.\w+\?[\w.%*!'()~-]+$/.test(address)),
    ).toBe(true);
    expect(html).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u);
  });

  it("say why a method is not available, and what it needs", () => {
    expect(inspectionBody(model, english)).toMatch(
      /<td>Saliency<\/td><td>something to explain, gradients<\/td>.*No table of/,
    );
  });

  it("compare models without a stranger's elements, and say why one could not be asked", () => {
    const explanation = sampleExplanation();
    const [attribution] = explanation.attributions;
    const models = [
      { label: odd, detail: odd, result: explanation },
      { label: "b", detail: "int8", result: message("{0} is damaged.", odd) },
    ];
    const html = comparisonBody({ title: odd, method: attribution?.method ?? "lime", models }, english);
    expect([...elements(html)].sort().join(" ")).toBe("bdi br div h1 h2 mark p span table tbody td th thead tr");
    expect(addresses(html)).toEqual([]);
    expect(html).toContain("is damaged.");
    expect(html).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u);
  });

  it("run and load nothing", () => {
    const html = pageHtml({ title: odd, body: "", nonce: "abc", language: odd });
    expect(html).toContain("default-src 'none'; style-src 'nonce-abc'");
    expect([...elements(html)].sort().join(" ")).toBe("body head html meta style title");
  });
});
