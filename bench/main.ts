import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Figures, printComparison, readRun, saveRun } from "./supportFigures";

/** A bench: prints its table; `args` are the words after its name, and `figures` takes what a later run is to be held against. */
interface Bench {
  run(args: readonly string[], figures: Figures): Promise<void>;
}

const folder = fileURLToPath(new URL("../bench", import.meta.url));
const names = readdirSync(folder)
  .filter((file) => file.endsWith(".ts") && file !== "main.ts" && !file.startsWith("support"))
  .map((file) => file.slice(0, -".ts".length))
  .sort();

function isBench(module: unknown): module is Bench {
  return typeof module === "object" && module !== null && "run" in module && typeof module.run === "function";
}

const words = process.argv.slice(2);

/** Takes an option with its value out of the words. */
function option(name: string): string | undefined {
  const at = words.indexOf(name);
  return at < 0 ? undefined : words.splice(at, 2)[1];
}

/** Runs a bench, or all of them, and returns the exit status. */
async function runBenches(): Promise<number> {
  const [save, against] = [option("--save"), option("--against")];
  const before = against === undefined ? null : readRun(against);
  const [wanted, ...args] = words;
  if (wanted !== undefined && !names.includes(wanted)) {
    console.error(`There is no bench "${wanted}". Choose one of: ${names.join(", ")}; without a name all of them run.`);
    return 2;
  }
  const figures = new Figures();
  for (const name of wanted === undefined ? names : [wanted]) {
    const module: unknown = await import(`./${name}.ts`);
    if (!isBench(module)) {
      throw new Error(`bench/${name}.ts exports no run function`);
    }
    await module.run(args, figures);
  }
  if (save !== undefined) {
    saveRun(save, figures.run);
  }
  return before && printComparison(before, figures.run) > 0 ? 1 : 0;
}

process.exitCode = await runBenches();
