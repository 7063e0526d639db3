import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { bundles } from "../../../scripts/build.mjs";
import { root, targets } from "../../../scripts/lib/paths.mjs";

interface Workflow {
  on: Record<string, unknown>;
  jobs: Record<
    string,
    {
      needs?: string;
      "runs-on": string;
      "timeout-minutes": number;
      strategy?: { matrix: Record<string, string[]> };
      steps: { uses?: string; run?: string }[];
    }
  >;
}

const manifest = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")) as {
  scripts: Record<string, string>;
  main: string;
  bin: Record<string, string>;
};

function workflow(name: string): Workflow {
  return parse(readFileSync(path.join(root, ".github/workflows", name), "utf8")) as Workflow;
}

describe("workflows", () => {
  const all = readdirSync(path.join(root, ".github/workflows")).map(workflow);

  it("have jobs that end and whose steps do something", () => {
    for (const job of all.flatMap(({ jobs }) => Object.values(jobs))) {
      expect(job["timeout-minutes"]).toBeGreaterThan(0);
      expect(job.steps.every(({ uses, run }) => (uses === undefined) !== (run === undefined))).toBe(true);
    }
  });

  it("run scripts that exist", () => {
    const runs = all.flatMap(({ jobs }) =>
      Object.values(jobs).flatMap(({ steps }) => steps.map(({ run }) => run ?? "")),
    );
    const names = runs.flatMap((run) => [...run.matchAll(/npm run ([\w:]+)/g)].map((match) => match[1] ?? ""));
    expect(names.length).toBeGreaterThan(0);
    expect(names.filter((name) => !(name in manifest.scripts))).toEqual([]);
  });

  it("release one package per target", () => {
    expect(workflow("release.yml").jobs.package?.strategy?.matrix.target).toEqual(targets);
  });

  it("test on the three systems", () => {
    const systems = workflow("test.yml").jobs.desktop?.strategy?.matrix.os;
    expect(systems).toEqual(["ubuntu-latest", "macos-latest", "windows-latest"]);
  });
});

describe("the editor's own configuration", () => {
  it.each(["launch.json", "tasks.json", "settings.json", "extensions.json"])("%s is plain JSON", (name) => {
    expect(() => JSON.parse(readFileSync(path.join(root, ".vscode", name), "utf8"))).not.toThrow();
  });

  it("starts only tasks that exist", () => {
    const read = <T>(name: string): T => JSON.parse(readFileSync(path.join(root, ".vscode", name), "utf8")) as T;
    const { configurations } = read<{ configurations: { preLaunchTask?: string }[] }>("launch.json");
    const { tasks } = read<{ tasks: { label: string; script: string }[] }>("tasks.json");
    const wanted = configurations.flatMap(({ preLaunchTask }) => preLaunchTask ?? []);
    expect(wanted.filter((name) => !tasks.some(({ label }) => label === name))).toEqual([]);
    expect(tasks.filter(({ script }) => !(script in manifest.scripts))).toEqual([]);
  });
});

describe("package.json", () => {
  it("names bundles that the build makes", () => {
    const outputs = bundles.map(({ output }) => output);
    expect(outputs).toContain(path.posix.normalize(manifest.main));
    expect(outputs).toContain(manifest.bin["explain-transformer"]);
  });
});

describe("SECURITY.md", () => {
  const rows = readFileSync(path.join(root, "SECURITY.md"), "utf8")
    .split("\n")
    .filter((line) => /^\| (?!threat|---)/.test(line));

  it("names a test for each defence, and only files there are", () => {
    expect(rows.length).toBeGreaterThan(10);
    for (const row of rows) {
      const files = [...row.matchAll(/`((?:src|test)\/[^`]+)`/g)].map((match) => match[1] ?? "");
      expect(files.filter((file) => !existsSync(path.join(root, file)))).toEqual([]);
      expect(files.filter((file) => file.endsWith(".test.ts"))).not.toEqual([]);
    }
  });
});
