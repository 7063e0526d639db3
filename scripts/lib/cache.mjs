import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { cacheFolder } from "./paths.mjs";
import { npm, run, StepError } from "./run.mjs";

function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

/** Holds a lock folder while `action` runs; waits for another run that holds it, takes over from one that died. */
async function withLock(lock, action) {
  const holder = path.join(lock, "pid");
  for (let tries = 0; ; tries++) {
    try {
      mkdirSync(lock);
      break;
    } catch (error) {
      if (error.code !== "EEXIST") {
        throw error;
      }
    }
    const pid = existsSync(holder) ? Number(readFileSync(holder, "utf8")) : 0;
    if ((pid > 0 && !isRunning(pid)) || (pid === 0 && tries > 5)) {
      rmSync(lock, { recursive: true, force: true });
      continue;
    }
    if (tries > 600) {
      throw new StepError(
        `Another run (process ${pid}) has been filling the cache for ten minutes; end it or remove ${lock}.`,
      );
    }
    await wait(1000);
  }
  writeFileSync(holder, String(process.pid));
  try {
    return await action();
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

/**
 * The cached folder `name`, made by `fill(folder)` when it does not exist yet. It appears whole or not at all; two runs at once do not
 * disturb each other. `name` holds the versions of what is in it.
 */
export async function cached(name, fill) {
  const target = path.join(cacheFolder(), name);
  if (existsSync(target)) {
    return target;
  }
  mkdirSync(cacheFolder(), { recursive: true });
  return withLock(`${target}.lock`, async () => {
    if (!existsSync(target)) {
      const temporary = `${target}.making`;
      rmSync(temporary, { recursive: true, force: true });
      mkdirSync(temporary);
      try {
        await fill(temporary);
        renameSync(temporary, target);
      } finally {
        rmSync(temporary, { recursive: true, force: true });
      }
    }
    return target;
  });
}

/** Fetches one file of the npm registry, `name@version`, checks its sha512 and unpacks it to `folder/package`. */
export async function unpackRegistryPackage(specification, sha512, folder) {
  const { code, text } = await npm(["pack", specification, "--silent", "--pack-destination", folder], {
    cwd: folder,
    output: "keep",
    allowFailure: true,
  });
  const archive = readdirSync(folder).find((file) => file.endsWith(".tgz"));
  if (code !== 0 || !archive) {
    throw new StepError(
      `${specification} could not be fetched from the npm registry; check the network.\n${text.trim().slice(-2000)}`,
    );
  }
  const file = path.join(folder, archive);
  if (createHash("sha512").update(readFileSync(file)).digest("base64") !== sha512) {
    throw new StepError(
      `${specification} from the npm registry is not the file that was expected (its checksum differs).`,
    );
  }
  await run("tar", ["-xzf", archive], { cwd: folder, output: "keep" });
  rmSync(file);
}
