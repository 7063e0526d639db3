import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { root } from "../../../scripts/lib/paths.mjs";

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
  const folder = mkdtempSync(path.join(tmpdir(), "words-rule-"));
  try {
    cpSync(path.join(root, "biome.json"), path.join(folder, "biome.json"));
    cpSync(path.join(root, "scripts/lint"), path.join(folder, "scripts/lint"), { recursive: true });
    const places = lines.map((line, index) => {
      mkdirSync(path.dirname(path.join(folder, file(index))), { recursive: true });
      writeFileSync(path.join(folder, file(index)), `${line}\n`);
      return file(index);
    });
    const biome = path.join(root, "node_modules/@biomejs/biome/bin/biome");
    const options = ["--vcs-enabled=false", "--reporter=json", "--max-diagnostics=none"];
    const { stdout } = spawnSync(process.execPath, [biome, "lint", ...options], { cwd: folder, encoding: "utf8" });
    const report = JSON.parse(stdout) as { diagnostics: { category: string; location: { path: string } }[] };
    const found = report.diagnostics
      .filter(({ category }) => category === "plugin")
      .map(({ location }) => places.indexOf(location.path.replaceAll("\\", "/")));
    return lines.filter((_, index) => found.includes(index));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe("words for the editor", () => {
  it("may be handed over in one file only", () => {
    expect(complaints(refused, (index) => `src/editor/probe${index}.ts`)).toEqual(refused);
    expect(complaints(refused.slice(0, 1), () => "src/panel/probe.ts")).toHaveLength(1);
    expect(complaints(refused.slice(0, 1), () => "src/extension.ts")).toHaveLength(1);
  });

  it("are no matter of the one file, or of what takes no words", () => {
    expect(complaints([refused.join("\n")], () => "src/editor/surfaces.ts")).toEqual([]);
    expect(complaints(allowed, (index) => `src/editor/probe${index}.ts`)).toEqual([]);
  });
});
