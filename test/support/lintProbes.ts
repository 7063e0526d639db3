import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { root } from "../../scripts/lib/paths.mjs";

/** A file that does not exist, by its path in the repository. */
export interface Probe {
  readonly path: string;
  readonly text: string;
}

/** Which of the probes the lint step complains about with a rule, in their order: each stands in a folder laid out like the repository. */
export function refusedProbes<P extends Probe>(probes: readonly P[], rule: string): P[] {
  const folder = mkdtempSync(path.join(tmpdir(), "lint-probes-"));
  try {
    cpSync(path.join(root, "biome.json"), path.join(folder, "biome.json"));
    cpSync(path.join(root, "scripts/lint"), path.join(folder, "scripts/lint"), { recursive: true });
    for (const { path: place, text } of probes) {
      mkdirSync(path.dirname(path.join(folder, place)), { recursive: true });
      writeFileSync(path.join(folder, place), `${text}\n`);
    }
    const biome = path.join(root, "node_modules/@biomejs/biome/bin/biome");
    const options = ["--vcs-enabled=false", "--reporter=json", "--max-diagnostics=none"];
    const { stdout } = spawnSync(process.execPath, [biome, "lint", ...options], { cwd: folder, encoding: "utf8" });
    const report = JSON.parse(stdout) as { diagnostics: { category: string; location: { path: string } }[] };
    const found = new Set(
      report.diagnostics
        .filter(({ category }) => category === rule)
        .map(({ location }) => location.path.replaceAll("\\", "/")),
    );
    return probes.filter(({ path: place }) => found.has(place));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
