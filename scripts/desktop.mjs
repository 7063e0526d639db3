/**
 * `npm run test:desktop`: the suite in test/desktop inside a desktop VS Code that `@vscode/test-electron` downloads. For machines that can
 * download it; everything else is tested by `npm test`.
 */
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { ensureBuilt } from "./lib/fresh.mjs";
import { ensureDependencies } from "./lib/install.mjs";
import { resultsFolder, root } from "./lib/paths.mjs";
import { main, StepError } from "./lib/run.mjs";

await main(async () => {
  await ensureDependencies();
  await ensureBuilt("dist/extension.cjs", "dist/engine.cjs", "dist/webview.js");
  const { downloadAndUnzipVSCode, runTests } = await import("@vscode/test-electron");
  const vscodeExecutablePath = await downloadAndUnzipVSCode("stable").catch((error) => {
    throw new StepError(
      `The desktop VS Code could not be downloaded (${error.message}); \`npm test\` tests without it.`,
    );
  });
  const results = path.join(resultsFolder, "desktop.json");
  mkdirSync(resultsFolder, { recursive: true });
  rmSync(results, { force: true });
  await runTests({
    vscodeExecutablePath,
    extensionDevelopmentPath: root,
    extensionTestsPath: path.join(root, "test/desktop/suite.cjs"),
    extensionTestsEnv: { EXPLAIN_TEST_RESULTS: results },
    launchArgs: [path.join(root, "samples"), "--disable-extensions", "--disable-workspace-trust"],
  }).catch(() => undefined);
  // The exit code says nothing of an extension host that went down: only what the suite wrote counts.
  if (!existsSync(results)) {
    throw new StepError("The suite wrote no results: the extension host did not survive.");
  }
  const { passed, failed } = JSON.parse(readFileSync(results, "utf8"));
  for (const { name, error } of failed) {
    console.error(`✗ ${name}\n${error}`);
  }
  console.log(`${passed.length} passed, ${failed.length} failed`);
  process.exitCode = failed.length > 0 || passed.length === 0 ? 1 : 0;
});
