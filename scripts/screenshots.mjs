/** `npm run test:screenshots`: makes the README's pictures anew in docs/images, from the packaged extension in a real VS Code. */
import path from "node:path";
import { ensureDependencies } from "./lib/install.mjs";
import { ownTarget, root } from "./lib/paths.mjs";
import { main, run } from "./lib/run.mjs";

await main(async () => {
  await ensureDependencies();
  const { packageTargets } = await import("./package.mjs");
  await packageTargets([ownTarget]);
  const vitest = path.join(root, "node_modules/vitest/vitest.mjs");
  await run(process.execPath, [vitest, "run", "--project", "vscode", "screenshots"], {
    cwd: root,
    env: { UPDATE_IMAGES: "1" },
  });
});
