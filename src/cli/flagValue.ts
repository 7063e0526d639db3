import { fits, type Option, wanted } from "../common/option";
import { UsageError } from "./usageError";

/**
 * What the arguments say of an option, or its default. `given` has the words that follow a flag, once for each time that it is there; throws
 * {@link UsageError} for words that the option does not take.
 */
export function flagValue<V>(option: Option<V>, given: (flag: string) => readonly string[]): V {
  const { flag, fallback, flagFallback = fallback } = option;
  const words = flag ? given(flag.name) : [];
  const [last] = words.slice(-1);
  if (!flag || last === undefined) {
    return flagFallback;
  }
  const value = read(option, flag.name, words, last);
  if (!fits(option, value)) {
    throw new UsageError(`--${flag.name} takes ${wanted(option)}; not "${last}".`);
  }
  return value;
}

function read(option: Option<unknown>, name: string, words: readonly string[], last: string): unknown {
  const { takes, nothing, flagMeans } = option;
  switch (takes.kind) {
    case "choice":
      return last === nothing ? null : flagMeans && Object.hasOwn(flagMeans, last) ? flagMeans[last] : last;
    case "number":
      return /^[\d.eE+-]+$/.test(last) ? Number(last) : undefined;
    case "whole":
      return /^\d{1,16}$/.test(last) ? Number(last) : last === takes.word ? last : undefined;
    case "string":
    case "map":
      return last;
    case "list": {
      const names = words
        .flatMap((list) => list.split(","))
        .map((one) => one.trim())
        .flatMap((one) => (one === "all" ? takes.of : one));
      const unknown = names.find((one) => !takes.of.includes(one));
      if (unknown !== undefined) {
        throw new UsageError(`--${name} knows no "${unknown}". Choose from: ${takes.of.join(", ")}.`, takes.reason);
      }
      return [...new Set(names)];
    }
  }
}
