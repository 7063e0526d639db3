import { open, readFile, rm, stat, utimes } from "node:fs/promises";
import { hostname } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import { throwIfCancelled } from "../common/errors";
import { systemCode } from "./systemCode";

const lookMilliseconds = 250;
const touchMilliseconds = 5_000;
/** A lock that nobody has touched for so long is nobody's: its computer is off, or cannot be asked. */
const patienceMilliseconds = 60_000;

/**
 * Waits until this process alone may download a file, and returns what lets others. `waiting` is called now and then meanwhile. A lock whose process has gone is taken over. Two that
 * both think it theirs do no harm: they write the same bytes at the same places. Throws `cancelled`.
 */
export async function lockDownload(
  path: string,
  signal: AbortSignal,
  waiting: () => Promise<void>,
): Promise<() => Promise<void>> {
  let touched = -1;
  let looks = 0;
  while (!(await make(path))) {
    throwIfCancelled(signal);
    const now = (await stat(path).catch(() => null))?.mtimeMs ?? -1;
    looks = now === touched ? looks + 1 : 0;
    touched = now;
    if ((await isGone(path)) || looks * lookMilliseconds > patienceMilliseconds) {
      await rm(path, { force: true });
      looks = 0;
      continue;
    }
    await waiting();
    await pause(lookMilliseconds, undefined, { signal }).catch(() => undefined);
  }
  const timer = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => undefined);
  }, touchMilliseconds);
  timer.unref();
  return async () => {
    clearInterval(timer);
    await rm(path, { force: true });
  };
}

/** False where there is one. */
async function make(path: string): Promise<boolean> {
  try {
    const handle = await open(path, "wx");
    await handle.writeFile(`${process.pid} ${hostname()}\n`);
    await handle.close();
    return true;
  } catch (error) {
    if (systemCode(error) === "EEXIST") {
      return false;
    }
    throw error;
  }
}

/** Whether a lock was made on this machine by a process that runs no more. */
async function isGone(path: string): Promise<boolean> {
  const [, process_, host] = /^(\d+) (.*)\n$/.exec(await readFile(path, "utf8").catch(() => "")) ?? [];
  if (process_ === undefined || host !== hostname()) {
    return false;
  }
  try {
    process.kill(Number(process_), 0);
    return false;
  } catch (error) {
    return systemCode(error) === "ESRCH";
  }
}
