import type { EngineOptions } from "../common/engineProtocol";
import { valuesOf } from "../common/option";
import { machineOptions } from "../common/options";

/** Until the host says otherwise. */
export const firstOptions: EngineOptions = valuesOf(machineOptions, ({ fallback }) => fallback);

/** More than any machine has. */
const mostMegabytes = 2 ** 24;

/** Options as they came from another process, with the defaults in place of what is no number, and the nearest sensible number in place of any other. */
export function checkedOptions({ threads, memoryMegabytes }: EngineOptions): EngineOptions {
  return {
    threads: within(threads, 1024, firstOptions.threads),
    memoryMegabytes: within(memoryMegabytes, mostMegabytes, firstOptions.memoryMegabytes),
  };
}

function within(given: unknown, most: number, otherwise: number): number {
  return typeof given === "number" && !Number.isNaN(given) ? Math.min(most, Math.max(0, Math.floor(given))) : otherwise;
}
