import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { root } from "../../../scripts/lib/paths.mjs";

const forbidden: readonly [file: string, specifier: string][] = [
  ["src/common/probe.ts", "../engine/main"],
  ["src/common/probe.ts", "node:fs"],
  ["src/graph/probe.ts", "../text/tokenizer"],
  ["src/graph/passes/probe.ts", "../../models/folder"],
  ["src/text/probe.ts", "../graph/attention"],
  ["src/models/probe.ts", "../tasks/classification"],
  ["src/methods/probe.ts", "../engine/engine"],
  ["src/methods/probe.ts", "vscode"],
  ["src/engine/probe.ts", "../engineClient/engineClient"],
  ["src/engine/probe.ts", "vscode"],
  ["src/engineClient/probe.ts", "../engine/engine"],
  ["src/engineClient/probe.ts", "vscode"],
  ["src/editor/probe.ts", "../engine/engine"],
  ["src/editor/probe.ts", "../panel/panelHost"],
  ["src/editor/probe.ts", "onnxruntime-node"],
  ["src/panel/probe.ts", "../methods/lime"],
  ["src/cli/probe.ts", "../editor/ids"],
  ["src/cli/probe.ts", "../engine/engine"],
  ["src/cli/probe.ts", "../graph/attention"],
  ["src/cli/probe.ts", "onnxruntime-node"],
  ["src/exports/probe.ts", "../cli/csv"],
  ["src/exports/probe.ts", "../editor/ids"],
  ["src/engine/probe.ts", "../exports/registry"],
  ["src/common/probe.ts", "../exports/export"],
  ["src/panel/probe.ts", "../exports/registry"],
  ["src/extension.ts", "./engine/engine"],
  ["webview/probe.ts", "../src/editor/ids"],
  ["webview/probe.ts", "node:fs"],
];

const allowed: readonly [file: string, specifier: string][] = [
  ["src/graph/probe.ts", "../common/errors"],
  ["src/tasks/probe.ts", "../text/tokenizer"],
  ["src/methods/probe.ts", "../tasks/target"],
  ["src/engine/probe.ts", "../graph/attention"],
  ["src/engine/probe.ts", "onnxruntime-node"],
  ["src/engineClient/probe.ts", "../common/errors"],
  ["src/editor/probe.ts", "vscode"],
  ["src/panel/probe.ts", "../engineClient/engineClient"],
  ["src/cli/probe.ts", "../engineClient/engineClient"],
  ["src/cli/probe.ts", "../models/discover"],
  ["src/cli/probe.ts", "../exports/registry"],
  ["src/editor/probe.ts", "../exports/registry"],
  ["src/exports/probe.ts", "../common/format"],
  ["src/extension.ts", "./editor/controller"],
  ["webview/probe.ts", "../src/common/format"],
];

/** The probes among `cases` that the rule complains about, as indices: each case is a file in a folder laid out like the repository. */
function complaints(cases: readonly (readonly [file: string, specifier: string])[]): number[] {
  const folder = mkdtempSync(path.join(tmpdir(), "import-directions-"));
  try {
    cpSync(path.join(root, "biome.json"), path.join(folder, "biome.json"));
    cpSync(path.join(root, "scripts/lint"), path.join(folder, "scripts/lint"), { recursive: true });
    const places = cases.map(([file, specifier], index) => {
      const place = file.replace("probe", `probe${index}`);
      mkdirSync(path.dirname(path.join(folder, place)), { recursive: true });
      writeFileSync(path.join(folder, place), `import { x } from "${specifier}";\nconsole.log(x);\n`);
      return place;
    });
    const biome = path.join(root, "node_modules/@biomejs/biome/bin/biome");
    const options = [
      "--vcs-enabled=false",
      "--only=style/noRestrictedImports",
      "--reporter=json",
      "--max-diagnostics=none",
    ];
    const { stdout } = spawnSync(process.execPath, [biome, "lint", ...options], { cwd: folder, encoding: "utf8" });
    const report = JSON.parse(stdout) as { diagnostics: { category: string; location: { path: string } }[] };
    return report.diagnostics
      .filter((diagnostic) => diagnostic.category === "lint/style/noRestrictedImports")
      .map((diagnostic) => places.indexOf(diagnostic.location.path.replaceAll("\\", "/")))
      .sort((a, b) => a - b);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe("import directions", () => {
  it("refuses every import against the direction", () => {
    expect(complaints(forbidden)).toEqual(forbidden.map((_, index) => index));
  });

  it("lets every import along the direction pass", () => {
    expect(complaints(allowed)).toEqual([]);
  });
});
