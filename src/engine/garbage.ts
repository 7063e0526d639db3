import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

let collect: (() => void) | undefined;

/**
 * Frees at once what nobody refers to any more. Large arrays of numbers would else stay for minutes: they weigh nothing where the engine of the language looks how
 * full its memory is.
 */
export function collectGarbage(): void {
  if (!collect) {
    setFlagsFromString("--expose-gc");
    const found: unknown = runInNewContext("gc");
    collect = typeof found === "function" ? () => found() : () => undefined;
  }
  collect();
}
