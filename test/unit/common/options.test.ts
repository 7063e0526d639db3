import { describe, expect, it } from "vitest";
import { helpText } from "../../../src/cli/help";
import { parseCommandLine } from "../../../src/cli/options";
import { allOptions, fits, type Option, valueAt } from "../../../src/common/option";
import { defaultOptions, machineOptions, moreExactOptions, options } from "../../../src/common/options";
import { settingsFrom } from "../../../src/editor/settings";
import { checkRequest } from "../../../src/engine/requestCheck";

const all = [...allOptions(options), ...allOptions(machineOptions)];
const numbers = all.flatMap(({ path, option }) =>
  option.takes.kind === "number" || option.takes.kind === "whole"
    ? [{ path, option, step: option.takes.kind === "whole" ? 1 : 1e-9, limits: option.takes }]
    : [],
);
const isRequested = (path: string): boolean => allOptions(options).some((one) => one.path === path);

/** What the command line makes of a value; `undefined` where it refuses it. */
function onCommandLine({ flag }: Option<unknown>, path: string, value: number): unknown {
  try {
    const line = parseCommandLine(["x", `--${flag?.name}=${value.toFixed(9).replace(/\.?0+$/, "")}`]);
    return valueAt(isRequested(path) ? line.options : line.machine, path);
  } catch {
    return undefined;
  }
}

/** What the settings make of a value; `undefined` where they fall back. */
function inSettings({ setting, fallback }: Option<unknown>, path: string, value: number): unknown {
  const written = fallback === null ? value + (path === "layer" ? 1 : 0) : value;
  const settings = settingsFrom(
    (key) => (key === setting?.key ? written : undefined),
    () => undefined,
  );
  const found = valueAt(isRequested(path) ? settings.options : settings, path);
  return found === fallback ? undefined : found;
}

/** Whether the engine takes a value. */
function inRequest(path: string, value: number): boolean {
  const [outer = "", inner] = path.split(".");
  const given = valueAt(defaultOptions, outer);
  const changed = inner === undefined ? value : { ...(given as object), [inner]: value };
  try {
    checkRequest({ ...defaultOptions, text: "x", model: { directory: "/m", file: null }, [outer]: changed });
    return true;
  } catch {
    return false;
  }
}

describe("the table of options", () => {
  it("has defaults that its options take", () => {
    for (const { path, option } of all) {
      expect(fits(option, option.fallback), path).toBe(true);
      expect(option.flagFallback === undefined || fits(option, option.flagFallback), path).toBe(true);
    }
  });

  it.each(numbers)("limits $path alike on the command line, in settings and in the engine", (one) => {
    const { path, option, limits, step } = one;
    for (const end of [limits.minimum, limits.maximum]) {
      for (const value of [end - step, end, end + step]) {
        const taken =
          value >= limits.minimum && value <= limits.maximum && !(step === 1 && value > Number.MAX_SAFE_INTEGER);
        const expected = taken ? value : undefined;
        if (option.flag) {
          expect(onCommandLine(option, path, value), `--${option.flag.name} ${value}`).toBe(expected);
        }
        if (option.setting && value !== option.fallback && !(option.fallback === null && value === 0)) {
          expect(inSettings(option, path, value), `${option.setting.key} ${value}`).toBe(expected);
        }
        if (isRequested(path)) {
          expect(inRequest(path, value), `${path} ${value}`).toBe(taken);
        }
      }
    }
  });

  it("is in the help, with its defaults, which are written down once", () => {
    const help = helpText.replace(/\s+/g, " ");
    for (const { path, option } of all) {
      const { flag, fallback, flagFallback = fallback } = option;
      const [before = "", after = ""] = flag?.words.split("{default}") ?? [];
      expect(flag && help.includes(`--${flag.name} ${flag.value} ${before}`), path).toBe(true);
      expect(help, path).toContain(after);
      if (String(flagFallback ?? "") !== "") {
        expect(flag?.words, path).not.toContain(`default: ${flagFallback}`);
      }
    }
    for (const said of [
      "0.1",
      "1000",
      "4",
      "4096",
      "0",
      "mask",
      "adaptive",
      "partitionShap",
      "none",
      "auto (tokens;",
    ]) {
      expect(help).toMatch(new RegExp(`default: ${said.replace(/[.(]/g, "\\$&")}(?![\\w.])`));
    }
    expect(helpText).not.toMatch(/\{[^}]|undefined|null/);
    expect(helpText.split("\n").filter((line) => line.length > 118 && !line.startsWith("    "))).toEqual([]);
  });
});

describe("explaining more exactly", () => {
  it("takes more evaluations and smaller errors, within the limits", () => {
    const { pair: _, masked: __, ...usual } = defaultOptions;
    expect(moreExactOptions(usual, 1)).toEqual(usual);
    expect(moreExactOptions({ ...usual, owen: { ...usual.owen, guided: false, samples: 3 } }, 4)).toEqual({
      ...usual,
      effort: 16,
      lime: { ...usual.lime, samples: 4000, tolerance: 0.05 },
      owen: { ...usual.owen, guided: false, samples: 12 },
      gradients: { steps: 1024, samples: 200 },
      shapley: { samples: null, tolerance: 0.05 },
    });
    expect(moreExactOptions(usual, 1e12)).toMatchObject({
      effort: 3600,
      lime: { samples: 1_000_000, tolerance: 1e-6 },
    });
  });
});
