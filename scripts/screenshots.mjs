/**
 * `npm run test:screenshots`: makes the README's pictures anew in docs/images, from the packaged extension in a real VS Code.
 * `npm run test:screenshots -- gallery [NAME …]`: many kinds of text in three themes, narrow and wide, into out/test/screenshots, to be looked at.
 * `npm run test:screenshots -- themes [FILE …]`: the pictures that the tests of the window take, in three themes, into the same folder.
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
  const kinds = {
    gallery: [["gallery"], { GALLERY: names.join("|") }],
    themes: [names, { THEMES: "all" }],
  };
  const [files, env] = kinds[what] ?? [["screenshots"], { UPDATE_IMAGES: "1" }];
  await run(process.execPath, [vitest, "run", "--project", "vscode", ...files], { cwd: root, env });
});
