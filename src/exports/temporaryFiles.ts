import { rmSync } from "node:fs";
import { rm } from "node:fs/promises";

const kept = new Set<string>();

/** Remembers a file that is not to outlive this process, whichever way `process.exit` is come to; to be called before the file is made. */
export function addTemporary(path: string): void {
  if (kept.size === 0) {
    process.on("exit", removeAll);
  }
  kept.add(path);
}

/** Removes a file of {@link addTemporary} if it is there; throws nothing. */
export async function removeTemporary(path: string): Promise<void> {
  await rm(path, { force: true }).catch(() => undefined);
  forgetTemporary(path);
}

/** Lets a file of {@link addTemporary} stay, or it is gone already. */
export function forgetTemporary(path: string): void {
  kept.delete(path);
  if (kept.size === 0) {
    process.off("exit", removeAll);
  }
}

/** At the end there is no time for anything that is not done at once. */
function removeAll(): void {
  for (const path of kept) {
    try {
      rmSync(path, { force: true });
    } catch {
      // What cannot be removed stays; nobody is left to be told.
    }
  }
}
