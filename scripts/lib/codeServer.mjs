import { spawn } from "node:child_process";
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { cached, unpackRegistryPackage } from "./cache.mjs";
import { ensureNode24 } from "./install.mjs";
import { endProcessTree, npm, run, StepError } from "./run.mjs";

/** The npm package `code-server`: VS Code 1.139 with its own server, which a browser shows. */
const version = "4.139.1";
const sha512 = "fUYvJVdz4ZoVJfakGiGWXFMpF8K1ObsrpGvX17ZxNpKOzdNHs7lANT670JTr4ZhA8DnWqyvvmFG/d3HV9Yy6ew==";
/** Counts changes to how the folder below is made. */
const recipe = 1;

/**
 * The folder of a ready code-server, made on first use (about 600 MB in the cache).
 *
 * Install scripts are not run. The two compiled modules without which its extension host does not start are replaced by the small
 * scripts in `standIns`, so no compiler is needed.
 */
export async function ensureCodeServer({ log = console.error } = {}) {
  const name = `code-server-${version}-${process.platform}-${process.arch}-${recipe}`;
  const folder = await cached(name, async (folder) => {
    log(`Fetching code-server ${version} into the cache (once, about a minute)…`);
    await unpackRegistryPackage(`code-server@${version}`, sha512, folder);
    const server = path.join(folder, "package/lib/vscode");
    for (const cwd of [path.join(folder, "package"), server]) {
      const args = ["install", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund"];
      const { code, text } = await npm(args, { cwd, output: "keep", allowFailure: true });
      if (code !== 0) {
        throw new StepError(
          `code-server's packages could not be installed; check the network.\n${text.trim().slice(-2000)}`,
        );
      }
    }
    const standIns = path.join(path.dirname(fileURLToPath(import.meta.url)), "standIns");
    copyFileSync(path.join(standIns, "spdlog.cjs"), path.join(server, "node_modules/@vscode/spdlog/index.js"));
    copyFileSync(
      path.join(standIns, "nativeWatchdog.cjs"),
      path.join(server, "node_modules/@vscode/native-watchdog/index.js"),
    );
  });
  return path.join(folder, "package");
}

/** A port of 127.0.0.1 that is free now. */
export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** The environment of a code-server that knows nothing of an editor this script may run in. */
function cleanEnvironment() {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(VSCODE_|ELECTRON_|PASSWORD$|PORT$)/.test(name)),
  );
}

/** Settings that keep a test or a first look free of what is not ours. */
export const quietSettings = {
  "chat.disableAIFeatures": true,
  "extensions.autoCheckUpdates": false,
  "extensions.autoUpdate": false,
  "extensions.ignoreRecommendations": true,
  "git.enabled": false,
  "github.gitAuthentication": false,
  "security.workspace.trust.enabled": false,
  "telemetry.telemetryLevel": "off",
  "update.mode": "none",
  "window.commandCenter": false,
  "workbench.enableExperiments": false,
  "workbench.startupEditor": "none",
  "workbench.tips.enabled": false,
  "workbench.welcomePage.walkthroughs.openOnInstall": false,
};

/** Makes the folders of a server's state, and returns the program with the arguments that say where they are. */
async function serverIn(state, settings) {
  const node = await ensureNode24();
  const entry = path.join(await ensureCodeServer(), "out/node/entry.js");
  const userData = path.join(state, "user-data");
  mkdirSync(path.join(userData, "User"), { recursive: true });
  writeFileSync(path.join(userData, "User/settings.json"), JSON.stringify(settings, null, 2));
  const config = path.join(state, "config.yaml");
  writeFileSync(config, "auth: none\ncert: false\n");
  const folders = ["--user-data-dir", userData, "--extensions-dir", path.join(state, "extensions")];
  return { node, common: [entry, "--config", config, ...folders] };
}

/** Installs VSIX files into the folder `extensions` of a server's state. */
export async function installExtensions(state, extensions, settings = quietSettings) {
  const { node, common } = await serverIn(state, settings);
  const wanted = extensions.flatMap((extension) => ["--install-extension", extension]);
  const options = { env: cleanEnvironment(), output: "keep", allowFailure: true };
  const { code, text } = await run(node, [...common, ...wanted, "--force"], options);
  if (code !== 0 || (text.match(/successfully installed/g) ?? []).length !== extensions.length) {
    const names = extensions.map((extension) => path.basename(extension)).join(", ");
    throw new StepError(`${names} could not be installed into code-server.\n${text.trim().slice(-2000)}`);
  }
}

/** Whether a server answers within two minutes, before it has ended. */
async function answers(address, hasEnded) {
  for (let tries = 0; tries <= 1200 && !hasEnded(); tries++) {
    const ready = await fetch(address).then(
      (answer) => answer.ok,
      () => false,
    );
    if (ready) {
      return true;
    }
    await wait(100);
  }
  return false;
}

/**
 * Starts a code-server on a free port of 127.0.0.1, without a password.
 *
 * @param {object} options
 * @param {string} options.state folder for its user data and extensions, see {@link installExtensions}; made when missing
 * @param {Record<string, unknown>} [options.settings] user settings, written before it starts
 * @param {string} [options.folder] the folder to open
 * @param {number} [options.graceSeconds] how long an extension host outlives a closed browser
 * @returns {Promise<{url: string, pid: number, state: string, output: () => string, stop: () => Promise<void>}>}
 */
export async function startCodeServer({ state, settings = quietSettings, folder, graceSeconds }) {
  const { node, common } = await serverIn(state, settings);
  const env = cleanEnvironment();
  const port = await freePort();
  const options = ["--auth", "none", "--bind-addr", `127.0.0.1:${port}`];
  const quiet = ["--disable-telemetry", "--disable-update-check", "--disable-workspace-trust"];
  const grace = graceSeconds === undefined ? [] : ["--reconnection-grace-time", String(graceSeconds)];
  const server = spawn(
    node,
    [...common, ...options, ...quiet, ...grace, "--disable-getting-started-override", "--ignore-last-opened"],
    { env, detached: process.platform !== "win32", stdio: ["ignore", "pipe", "pipe"] },
  );
  let text = "";
  const keep = (piece) => {
    text = (text + piece).slice(-20_000);
  };
  server.stdout.on("data", keep);
  server.stderr.on("data", keep);
  const ended = new Promise((resolve) => server.once("exit", resolve));
  const stop = async () => {
    endProcessTree(server.pid, "SIGTERM");
    await Promise.race([ended, wait(5000)]);
    endProcessTree(server.pid, "SIGKILL");
    await ended;
  };
  const address = `http://127.0.0.1:${port}`;
  if (!(await answers(`${address}/healthz`, () => server.exitCode !== null))) {
    await stop();
    throw new StepError(`code-server did not start.\n${text.trim()}`);
  }
  const url = folder ? `${address}/?folder=${encodeURIComponent(folder)}` : `${address}/`;
  return { url, pid: server.pid, state, output: () => text, stop };
}
