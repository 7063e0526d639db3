import { describe, expect, it } from "vitest";
import { refusedProbes } from "../../support/lintProbes";

const refused = [
  'void vscode.window.showErrorMessage("x");',
  'void vscode.window.showWarningMessage("x");',
  'void vscode.window.showInformationMessage("x");',
  'vscode.window.setStatusBarMessage("x");',
  "void vscode.window.withProgress(options, task);",
  "const item = vscode.window.createStatusBarItem();",
  'const words = new vscode.MarkdownString("x");',
  "const words = new MarkdownString(x);",
  'import { MarkdownString } from "vscode";',
  'import { MarkdownString as Words } from "vscode";',
  "void vscode.window.showQuickPick([]);",
  "const picker = vscode.window.createQuickPick();",
  "void vscode.window.showInputBox();",
  'const log = vscode.window.createOutputChannel("x");',
  'void vscode.window["showErrorMessage"]("x");',
  "const { showErrorMessage } = vscode.window;",
  "const { showErrorMessage: show } = vscode.window;",
  'const note = { after: { contentText: "x" } };',
  'item.accessibilityInformation = { label: "x" };',
];
const allowed = [
  "await showError(sentence);",
  "vscode.window.showTextDocument(document);",
  "const { message } = error;",
];

/** The lines that the rule refuses, each in a file of its own of this name. */
function complaints(lines: readonly string[], file: (index: number) => string): string[] {
  const probes = lines.map((text, index) => ({ path: file(index), text }));
  return refusedProbes(probes, "plugin").map(({ text }) => text);
}

describe("words for the editor", () => {
  it("may be handed over in two files only", () => {
    expect(complaints(refused, (index) => `src/editor/probe${index}.ts`)).toEqual(refused);
    expect(complaints(refused.slice(0, 1), () => "src/panel/probe.ts")).toHaveLength(1);
    expect(complaints(refused.slice(0, 1), () => "src/extension.ts")).toHaveLength(1);
  });

  it("are no matter of these files, or of what takes no words", () => {
    expect(complaints([refused.join("\n")], () => "src/editor/surfaces.ts")).toEqual([]);
    expect(complaints([refused.join("\n")], () => "src/editor/surfaceLists.ts")).toEqual([]);
    expect(complaints(allowed, (index) => `src/editor/probe${index}.ts`)).toEqual([]);
  });
});
