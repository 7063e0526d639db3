import { describe, expect, it } from "vitest";
import { refusedProbes } from "../../support/lintProbes";

const forbidden: readonly [file: string, specifier: string][] = [
  ["src/common/probe.ts", "../engine/main"],
  ["src/common/probe.ts", "node:fs"],
  ["src/graph/probe.ts", "../text/tokenizer"],
  ["src/graph/passes/probe.ts", "../../models/folder"],
  ["src/text/probe.ts", "../graph/attention"],
  ["src/tasks/probe.ts", "../text/tokenizer"],
  ["src/tasks/probe.ts", "../models/config"],
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
  ["src/hub/probe.ts", "../engine/engine"],
  ["src/engine/probe.ts", "../hub/access"],
  ["src/panel/probe.ts", "../hub/access"],
  ["src/extension.ts", "./hub/access"],
  ["src/cli/probe.ts", "../editor/ids"],
  ["src/cli/probe.ts", "../engine/engine"],
  ["src/cli/probe.ts", "../graph/attention"],
  ["src/cli/probe.ts", "onnxruntime-node"],
  ["src/exports/probe.ts", "../lists/csv"],
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
  ["src/tasks/probe.ts", "../common/errors"],
  ["src/models/probe.ts", "../tasks/registry"],
  ["src/methods/probe.ts", "../tasks/target"],
  ["src/engine/probe.ts", "../graph/attention"],
  ["src/engine/probe.ts", "onnxruntime-node"],
  ["src/engineClient/probe.ts", "../common/errors"],
  ["src/hub/probe.ts", "../models/hubFolder"],
  ["src/editor/probe.ts", "../hub/access"],
  ["src/editor/probe.ts", "vscode"],
  ["src/panel/probe.ts", "../engineClient/engineClient"],
  ["src/cli/probe.ts", "../engineClient/engineClient"],
  ["src/cli/probe.ts", "../models/sources/findModels"],
  ["src/cli/probe.ts", "../exports/registry"],
  ["src/editor/probe.ts", "../exports/registry"],
  ["src/exports/probe.ts", "../common/format"],
  ["src/extension.ts", "./editor/controller"],
  ["webview/probe.ts", "../src/common/format"],
];

type Case = readonly [file: string, specifier: string];

/** The cases that the rule complains about. */
function complaints(cases: readonly Case[]): Case[] {
  const probes = cases.map((one, index) => {
    const [file, specifier] = one;
    const path = file.replace("probe", `probe${index}`);
    return { path, text: `import { x } from "${specifier}";\nconsole.log(x);`, one };
  });
  return refusedProbes(probes, "lint/style/noRestrictedImports").map(({ one }) => one);
}

describe("import directions", () => {
  it("refuses every import against the direction", () => {
    expect(complaints(forbidden)).toEqual(forbidden);
  });

  it("lets every import along the direction pass", () => {
    expect(complaints(allowed)).toEqual([]);
  });
});
