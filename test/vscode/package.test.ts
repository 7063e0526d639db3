import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ownTarget, root, targets } from "../../scripts/lib/paths.mjs";
import { noticesFile, packageOf } from "../../scripts/notices.mjs";
import { packagedFiles } from "../../scripts/package.mjs";
import { bundledSources } from "../support/bundledSources";
import { unpackExtension } from "../support/unpacked";
import { packagedExtension } from "../support/workbench";

const native = /\.(node|dll|dylib|so)(\.\d+)*$/;
/** What VS Code's packager adds or renames. */
const added = ["[Content_Types].xml", "extension.vsixmanifest", "extension/package.json", `extension/${noticesFile}`];

function inPackage(goal: string): string {
  const renamed: Record<string, string> = {
    LICENSE: "LICENSE.txt",
    "README.md": "readme.md",
    "CHANGELOG.md": "changelog.md",
  };
  return `extension/${renamed[goal] ?? goal}`;
}

describe("the packaged extension of this machine's kind", () => {
  let folder: string;
  const names: string[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), "explain-package-"));
    names.push(...(await unpackExtension(folder)));
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("holds exactly the files that belong into it", () => {
    const expected = packagedFiles(ownTarget)
      .map(({ goal }) => inPackage(goal))
      .filter((name) => name !== "extension/.vscodeignore");
    expect([...names].sort()).toEqual([...added, ...expected].sort());
  });

  it("holds everything it runs on, and nothing of its making", () => {
    for (const name of ["extension.cjs", "engine.cjs", "jsonrpc.cjs", "explain.mjs", "webview.js", "webview.css"]) {
      expect(names).toContain(`extension/dist/${name}`);
    }
    expect(names).toContain("extension/dist/node_modules/onnxruntime-common/dist/cjs/package.json");
    expect(names).toContain("extension/models/sentiment/onnx/model.onnx");
    expect(names.filter((name) => /\.(map|ts|py)$|\/train\/|\/test\/|\/src\/|\/\./.test(name))).toEqual([]);
  });

  it("is at most 45 MB large, its host bundle at most 120 KB", () => {
    expect(statSync(packagedExtension()).size).toBeLessThanOrEqual(45e6);
    expect(statSync(path.join(folder, "extension/dist/extension.cjs")).size).toBeLessThanOrEqual(120_000);
  });

  it("has no native import in the host, and is not started before the editor is there", () => {
    const host = readFileSync(path.join(folder, "extension/dist/extension.cjs"), "utf8");
    expect(host).not.toMatch(/require\("onnxruntime/);
    const manifest = readFileSync(path.join(folder, "extension/package.json"), "utf8");
    const { activationEvents } = JSON.parse(manifest) as { activationEvents: string[] };
    expect(activationEvents.filter((event) => /\*|onLanguage/.test(event))).toEqual([]);
  });

  it("names each part it carries, at its version, with the text of its licence", async () => {
    const notices = readFileSync(path.join(folder, "extension", noticesFile), "utf8");
    const named = [...notices.matchAll(/^={80}\n(\S+ \S+ \(.*\))\n={80}\n\n(.*)/gm)];
    const parts = named.map(([, title = ""]) => title).filter((title) => !/^(Tables|The model) /.test(title));
    const beside = names.filter((name) => name.includes("/node_modules/"));
    const carried = [...(await bundledSources()), ...beside].flatMap((file) => packageOf(file) ?? []);
    const titles = [...new Set(carried)].map((name) => {
      const manifest = readFileSync(path.join(root, "node_modules", name, "package.json"), "utf8");
      const { version, license } = JSON.parse(manifest) as { version: string; license: string };
      return `${name} ${version} (${license})`;
    });
    expect(parts.sort()).toEqual(titles.sort());
    expect(notices.match(/Permission is hereby granted, free of charge/g)?.length).toBeGreaterThanOrEqual(4);
    expect(notices).toContain("Redistribution and use in source and binary forms");
  });

  it("explains a text from where it was unpacked", () => {
    const output = execFileSync(
      process.execPath,
      [path.join(folder, "extension/dist/explain.mjs"), "--method", "occlusion", "--format", "json", "A witty movie"],
      { cwd: folder, encoding: "utf8" },
    );
    expect(JSON.parse(output)).toMatchObject({ schema: 2, text: "A witty movie", target: { label: "positive" } });
  });
});

describe.each(targets)("the package for %s", (target) => {
  it("holds the native files of its own kind and no other", () => {
    const [system, processor] = target.split("-");
    const files = packagedFiles(target).map(({ goal }) => goal);
    const natives = files.filter((file) => native.test(file));
    expect(natives.filter((file) => !file.includes(`/napi-v6/${system}/${processor}/`))).toEqual([]);
    expect(natives.some((file) => file.endsWith("onnxruntime_binding.node"))).toBe(true);
    expect(natives).toHaveLength(2);
  });
});
