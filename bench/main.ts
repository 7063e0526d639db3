import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** A bench: prints its table; `args` are the words after its name. */
interface Bench {
  run(args: readonly string[]): Promise<void>;
}

const folder = fileURLToPath(new URL("../bench", import.meta.url));
const names = readdirSync(folder)
  .filter((file) => file.endsWith(".ts") && file !== "main.ts" && !file.startsWith("support"))
  .map((file) => file.slice(0, -".ts".length))
  .sort();

function isBench(module: unknown): module is Bench {
  return typeof module === "object" && module !== null && "run" in module && typeof module.run === "function";
}

const [wanted, ...args] = process.argv.slice(2);
if (wanted !== undefined && !names.includes(wanted)) {
  console.error(`There is no bench "${wanted}". Choose one of: ${names.join(", ")}; without a name all of them run.`);
  process.exitCode = 2;
} else {
  for (const name of wanted === undefined ? names : [wanted]) {
    const module: unknown = await import(`./${name}.ts`);
    if (!isBench(module)) {
      throw new Error(`bench/${name}.ts exports no run function`);
    }
    await module.run(args);
  }
}
