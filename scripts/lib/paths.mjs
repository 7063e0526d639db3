import { homedir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's folder. */
export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");

/** Where packaged extensions are put: `out/package/explain-with-transformer-<target>.vsix`. */
export const packageFolder = path.join(root, "out/package");

/** Where test results, screenshots and measurements are put. */
export const resultsFolder = path.join(root, "out/test");

/** Things too big to fetch for every clone (code-server, a browser) are kept here, outside the repository. */
export function cacheFolder() {
  const name = "explain-with-transformer";
  if (process.env.XDG_CACHE_HOME) {
    return path.join(process.env.XDG_CACHE_HOME, name);
  }
  if (process.platform === "win32") {
    return path.join(process.env.LOCALAPPDATA ?? path.join(homedir(), "AppData/Local"), name, "cache");
  }
  return path.join(homedir(), process.platform === "darwin" ? "Library/Caches" : ".cache", name);
}

/** This machine's name among the packaged targets, such as `linux-x64`. */
export const ownTarget = `${process.platform}-${process.arch}`;

/** The targets a package is made for. */
export const targets = ["linux-x64", "linux-arm64", "darwin-arm64", "win32-x64", "win32-arm64"];
