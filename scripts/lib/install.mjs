import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { root } from "./paths.mjs";
import { npm, run, StepError } from "./run.mjs";

function readJson(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : undefined;
}

/** Whether `node_modules` holds what `package-lock.json` names; packages for other platforms do not count. */
export function dependenciesAreCurrent() {
  const wanted = readJson(path.join(root, "package-lock.json"))?.packages ?? {};
  const installed = readJson(path.join(root, "node_modules/.package-lock.json"))?.packages;
  return (
    installed !== undefined &&
    Object.entries(wanted).every(
      ([place, entry]) => place === "" || entry.optional || installed[place]?.version === entry.version,
    )
  );
}

/** Installs the locked dependencies when they are missing or outdated. Uses nothing but node itself. */
export async function ensureDependencies({ log = console.error } = {}) {
  const [major = 0] = process.versions.node.split(".").map(Number);
  if (major < 20) {
    throw new StepError(`Node ${process.versions.node} is too old: install Node 20 or newer.`);
  }
  if (dependenciesAreCurrent()) {
    return;
  }
  log("Installing dependencies…");
  const fresh = !existsSync(path.join(root, "node_modules"));
  const { code, text } = await npm([fresh ? "ci" : "install", "--no-save", "--no-audit", "--no-fund"], {
    cwd: root,
    output: "keep",
    allowFailure: true,
  });
  if (code !== 0) {
    throw new StepError(
      `The dependencies could not be installed; check the network and run \`npm ci\`.\n${text.trim().slice(-4000)}`,
    );
  }
}

/** The path of a Node 24, which code-server needs, from the development dependency `node`; fetches the binary when it is missing. */
export async function ensureNode24({ log = console.error } = {}) {
  const folder = path.join(root, "node_modules/node");
  const binary = path.join(folder, "bin", process.platform === "win32" ? "node.exe" : "node");
  if (!existsSync(binary)) {
    log("Fetching Node 24…");
    const { code, text } = await run(process.execPath, ["installArchSpecificPackage.js"], {
      cwd: folder,
      output: "keep",
      allowFailure: true,
    });
    if (code !== 0 || !existsSync(binary)) {
      throw new StepError(
        `Node 24 could not be fetched; check the network and try again.\n${text.trim().slice(-4000)}`,
      );
    }
  }
  return binary;
}
