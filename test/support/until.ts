import { setTimeout as wait } from "node:timers/promises";

/**
 * Waits until `condition` gives something true and returns it; throws what was waited for after `seconds`. What does not come at once is looked for less often: to
 * look at a window takes the processor from what is waited for.
 */
export async function until<T>(condition: () => T | Promise<T>, what: string, seconds = 120): Promise<NonNullable<T>> {
  const end = Date.now() + seconds * 1000;
  for (let pause = 50; ; pause = Math.min(200, pause * 1.2)) {
    const value = await condition();
    if (value) {
      return value;
    }
    if (Date.now() > end) {
      throw new Error(`Waited ${seconds} s for ${what}.`);
    }
    await wait(pause);
  }
}
