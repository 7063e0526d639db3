/**
 * `npm start`: VS Code with the extension, opened on `samples/`. Installs and builds what is missing.
 *
 * With `code` on the PATH that VS Code opens with the extension from this folder; otherwise a code-server of its own starts on a free port of
 * 127.0.0.1 with the packaged extension, and its address is printed. `--server` takes code-server in any case.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { ensureBuilt } from "./lib/fresh.mjs";
import { ensureDependencies } from "./lib/install.mjs";
import { ownTarget, root, targets } from "./lib/paths.mjs";
import { findOnPath, main, run, StepError } from "./lib/run.mjs";

const samples = path.join(root, "samples");

async function openDesktop(program) {
  await ensureBuilt("dist/extension.cjs", "dist/engine.cjs", "dist/webview.js");
  await run(program, [`--extensionDevelopmentPath=${root}`, "--new-window", samples]);
  console.log("VS Code is open: select a sentence in reviews.md and run “Explain with Transformer”.");
}

async function openServer() {
  if (!targets.includes(ownTarget)) {
    throw new StepError(
      `There is no package for this machine (${ownTarget}); install VS Code's \`code\` command and try again.`,
    );
  }
  const { packageTargets } = await import("./package.mjs");
  const { installExtensions, quietSettings, startCodeServer } = await import("./lib/codeServer.mjs");
  const [extension] = await packageTargets([ownTarget]);
  const state = mkdtempSync(path.join(tmpdir(), "explain-with-transformer-"));
  await installExtensions(state, [extension]);
  const server = await startCodeServer({ state, settings: quietSettings, folder: samples });
  const stop = async () => {
    await server.stop();
    rmSync(state, { recursive: true, force: true });
    process.exit(0);
  };
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
  console.log(
    `\nOpen ${server.url}\n\nSelect a sentence in reviews.md and run “Explain with Transformer”. Ctrl+C ends it.`,
  );
}

await main(async () => {
  await ensureDependencies();
  const desktop = process.argv.includes("--server") ? undefined : findOnPath("code");
  await (desktop ? openDesktop(desktop) : openServer());
});
