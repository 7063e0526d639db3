/** `npm run pictures`: makes the pictures of docs/methods.md anew, one for each method: what the command line exports of one sentence with the bundled model. */
import { mkdirSync } from "node:fs";
import path from "node:path";
import { ensureBuilt } from "./lib/fresh.mjs";
import { ensureDependencies } from "./lib/install.mjs";
import { root } from "./lib/paths.mjs";
import { main, run } from "./lib/run.mjs";

const sentence =
  "A gorgeous, witty and seductive movie, though its unsubtle ending never quite earns the tears it asks for.";
const folder = path.join(root, "docs/pictures");

await main(async () => {
  await ensureDependencies();
  await ensureBuilt("dist/explain.mjs", "dist/engine.cjs");
  const explain = (args, output) =>
    run(process.execPath, [path.join(root, "dist/explain.mjs"), ...args], { cwd: root, output });
  const { methods } = JSON.parse((await explain(["inspect", "--format", "json"], "keep")).text);
  mkdirSync(folder, { recursive: true });
  for (const { method } of methods) {
    const file = path.join(folder, `${method}.svg`);
    await explain(["--method", method, "--format", "svg", "--output", file, "--quiet", sentence], "show");
  }
});
