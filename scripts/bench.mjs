/** `npm run bench -- NAME …`: bundles bench/main.ts and runs it in this process. */
import path from "node:path";
import { pathToFileURL } from "node:url";
import { ensureBuilt } from "./lib/fresh.mjs";
import { ensureDependencies } from "./lib/install.mjs";
import { root } from "./lib/paths.mjs";
import { main } from "./lib/run.mjs";

/** Scripts find the repository by where they stand. */
const scriptsAsTheyAre = {
  name: "scripts",
  setup: (build) => {
    build.onResolve({ filter: /scripts\/(?:lib\/)?\w+\.mjs$/ }, ({ path: file, resolveDir }) => ({
      path: pathToFileURL(path.resolve(resolveDir, file)).href,
      external: true,
    }));
  },
};

await main(async () => {
  await ensureDependencies();
  await ensureBuilt("dist/engine.cjs");
  const program = path.join(root, "out/bench.mjs");
  const esbuild = await import("esbuild");
  await esbuild.build({
    absWorkingDir: root,
    entryPoints: { bench: "bench/main.ts" },
    // In this folder itself: benches find the repository by where they stand.
    outdir: path.dirname(program),
    chunkNames: "bench-[hash]",
    outExtension: { ".js": ".mjs" },
    bundle: true,
    // A chunk for each bench, as tight as the product's own bundle: in one file every module would be wrapped, and slower.
    splitting: true,
    platform: "node",
    target: "node20",
    format: "esm",
    packages: "external",
    plugins: [scriptsAsTheyAre],
    sourcemap: "linked",
    logLevel: "warning",
  });
  process.argv[1] = program;
  // Some benches load the runtime without the product, which switches this off itself.
  process.env.ORT_DISABLE_TELEMETRY = "1";
  await import(pathToFileURL(program).href);
});
