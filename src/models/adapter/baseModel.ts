import { readFileSync } from "node:fs";
import { realpath, stat } from "node:fs/promises";
import { basename, dirname, isAbsolute, join } from "node:path";
import { ExplainError } from "../../common/errors";
import { hubCacheFolder } from "../hubFolder";
import { foldersIn } from "../sources/foldersIn";
import { type AdapterSettings, adapterSettingsFile } from "./adapterSettings";

/**
 * The folder of the model that an adapter was trained on, without symbolic links: the adapter's own, the path that it names, a folder of that name in it or beside it, or the model hub's cache.
 * Throws `model-missing` where there is none.
 */
export async function baseFolder(directory: string, { base, revision }: AdapterSettings): Promise<string> {
  for await (const place of places(directory, base, revision)) {
    const found = await modelIn(place);
    if (found !== null) {
      return found;
    }
  }
  throw base === null
    ? new ExplainError(
        "model-missing",
        "{0} in {1} does not name the model that the adapter was trained on. Copy the adapter into the folder of that model.",
        adapterSettingsFile,
        directory,
      )
    : new ExplainError(
        "model-missing",
        "The model {0}, which the adapter in {1} was trained on, was not found. Download it, or copy its folder as {2} beside the adapter's.",
        base.slice(0, 200),
        directory,
        basename(base).slice(0, 200),
      );
}

async function* places(directory: string, base: string | null, revision: string | null): AsyncGenerator<string> {
  yield directory;
  // A name that begins with a host would be looked for on a network.
  if (base === null || base.includes("\0") || /^(?:\\\\|\/\/|\\\/|\/\\)/.test(base)) {
    return;
  }
  if (isAbsolute(base)) {
    yield base;
  }
  const name = basename(base.replaceAll("\\", "/"));
  if (name !== "" && name !== "." && name !== "..") {
    yield join(directory, name);
    yield join(dirname(directory), name);
  }
  if (/^[\w.-]+(?:\/[\w.-]+)?$/.test(base) && !base.includes("..")) {
    yield* snapshots(join(hubCacheFolder(process.env), `models--${base.replace("/", "--")}`), revision ?? "main");
  }
}

/** The snapshot that a revision names, else all that there are, the last one first. */
async function* snapshots(model: string, revision: string): AsyncGenerator<string> {
  if (/^[\w.-]+$/.test(revision) && !revision.includes("..")) {
    yield join(model, "snapshots", revision);
    const commit = refOf(join(model, "refs", revision));
    if (commit !== null) {
      yield join(model, "snapshots", commit);
    }
  }
  yield* (await foldersIn(join(model, "snapshots"))).reverse();
}

function refOf(file: string): string | null {
  try {
    return /^[0-9a-f]{40}$/.exec(readFileSync(file, "utf8").trim())?.[0] ?? null;
  } catch {
    return null;
  }
}

async function modelIn(place: string): Promise<string | null> {
  const isFile = (name: string) =>
    stat(join(place, name)).then(
      (found) => found.isFile(),
      () => false,
    );
  const hasWeights = (await isFile("model.safetensors")) || (await isFile("model.safetensors.index.json"));
  return hasWeights && (await isFile("config.json")) ? realpath(place) : null;
}
