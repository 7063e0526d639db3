/** `npm run explain -- ARGS`: the command line, built first when it is missing or older than its sources. */
import path from "node:path";
import { pathToFileURL } from "node:url";
import { ensureBuilt } from "./lib/fresh.mjs";
import { ensureDependencies } from "./lib/install.mjs";
import { root } from "./lib/paths.mjs";
import { main } from "./lib/run.mjs";

await main(async () => {
  await ensureDependencies();
  await ensureBuilt("dist/explain.mjs", "dist/engine.cjs");
  const program = path.join(root, "dist/explain.mjs");
  process.argv[1] = program;
  await import(pathToFileURL(program).href);
});
