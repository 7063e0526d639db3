/**
 * `npm run test:screenshots`: makes the README's pictures anew in docs/images, from the packaged extension in a real VS Code.
 * `npm run test:screenshots -- gallery [NAME …]`: many kinds of text in three themes, narrow and wide, into out/test/screenshots, to be looked at.
 */
import path from "node:path";
import { ensureDependencies } from "./lib/install.mjs";
import { ownTarget, root } from "./lib/paths.mjs";
import { main, run } from "./lib/run.mjs";

await main(async () => {
  await ensureDependencies();
  const { packageTargets } = await import("./package.mjs");
  await packageTargets([ownTarget]);
  const vitest = path.join(root, "node_modules/vitest/vitest.mjs");
  const [what, ...names] = process.argv.slice(2);
  const [file, env] =
    what === "gallery" ? ["gallery", { GALLERY: names.join("|") }] : ["screenshots", { UPDATE_IMAGES: "1" }];
  await run(process.execPath, [vitest, "run", "--project", "vscode", file], { cwd: root, env });
});
