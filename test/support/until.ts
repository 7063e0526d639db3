import { setTimeout as wait } from "node:timers/promises";

/** Waits until `condition` gives something true and returns it; throws what was waited for after `seconds`. */
export async function until<T>(condition: () => T | Promise<T>, what: string, seconds = 120): Promise<NonNullable<T>> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const value = await condition();
    if (value) {
      return value;
    }
    if (Date.now() > end) {
      throw new Error(`Waited ${seconds} s for ${what}.`);
    }
    await wait(50);
  }
}
