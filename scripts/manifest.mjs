/** `npm run manifest`: writes the settings of the options' tables into package.json. A test says when that is due. */
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { ensureDependencies } from "./lib/install.mjs";
import { root } from "./lib/paths.mjs";
import { main } from "./lib/run.mjs";

await main(async () => {
  await ensureDependencies();
  const program = path.join(root, "out/settingsManifest.mjs");
  const esbuild = await import("esbuild");
  await esbuild.build({
    absWorkingDir: root,
    entryPoints: ["src/editor/settingsManifest.ts"],
    outfile: program,
    bundle: true,
    platform: "node",
    target: "node20",
    format: "esm",
    logLevel: "warning",
  });
  const { settingsManifest } = await import(pathToFileURL(program).href);
  const file = path.join(root, "package.json");
  const manifest = JSON.parse(readFileSync(file, "utf8"));
  manifest.contributes.configuration = settingsManifest();
  writeFileSync(file, `${JSON.stringify(manifest, null, 2)}\n`);
});
