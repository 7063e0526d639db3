import { describe, expect, it, vi } from "vitest";
import type * as vscode from "vscode";
import type { Explanation } from "../../../src/common/explanation";
import { defaultOptions } from "../../../src/common/options";
import type { Explained } from "../../../src/editor/explained";
import { FakeDocument, Position } from "./fakeVscode";
import { sampleExplanation } from "./fixture";

vi.mock("vscode", () => import("./fakeVscode"));
const { PlainWords } = await import("../../../src/editor/plainWords");

const document = new FakeDocument("a film here, another film there") as unknown as vscode.TextDocument;

/** What is answered at a place of a document of which the first 11 characters are explained. */
function answered(
  character: number,
  explanation: Explanation | null,
  shown: { readonly showImportance: boolean; readonly showAttention: boolean },
): vscode.DocumentHighlight[] | undefined {
  const explained = { explanation, request: { ...defaultOptions, position: null } } as unknown as Explained;
  const controller = { at: (_: vscode.Uri, offset: number) => (offset <= 11 ? explained : undefined) };
  const words = new PlainWords(controller, () => shown);
  return words.provideDocumentHighlights(document, new Position(0, character) as unknown as vscode.Position);
}

describe("the word at the cursor", () => {
  const both = { showImportance: true, showAttention: true };

  it("is not marked by the editor inside a text with colours, and is marked as ever elsewhere", () => {
    expect(answered(4, sampleExplanation(), both)).toEqual([]);
    expect(answered(4, sampleExplanation(), { showImportance: false, showAttention: true })).toEqual([]);
    expect(answered(22, sampleExplanation(), both)).toBeUndefined();
  });

  it("is marked as ever where nothing has a colour yet, or none is wanted", () => {
    expect(answered(4, null, both)).toBeUndefined();
    expect(answered(4, sampleExplanation(), { showImportance: false, showAttention: false })).toBeUndefined();
  });
});
