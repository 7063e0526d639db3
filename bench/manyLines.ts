import { createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { childrenOf, memoryOf, startCommandLine } from "./supportCommandLine";

const words =
  "a the film plot actor scene witty dull gorgeous slow clever weak bold odd warm cold never quite almost not".split(
    " ",
  );

/**
 * Explains many short lines on the command line and prints the memory of its process and of its engine at even steps. Words: how many lines
 * (200,000), `--method ID` (attention), `--program FILE` for another build.
 */
export async function run(args: readonly string[]): Promise<void> {
  const option = (name: string, fallback: string) => args[args.indexOf(name) + 1 || args.length] ?? fallback;
  const lines = Number(args.find((word) => /^\d+$/.test(word)) ?? 200_000);
  const step = Math.ceil(lines / 10);
  const folder = await mkdtemp(path.join(tmpdir(), "many-lines-"));
  try {
    const file = path.join(folder, "lines.txt");
    await writeLines(file, lines);
    const started = performance.now();
    const { child, pid, errors } = startCommandLine(
      ["--input", file, "--method", option("--method", "attention"), "--threads", "1", "--quiet"],
      path.resolve(option("--program", "dist/explain.mjs")),
    );
    console.log("    lines   seconds   command line MB   engine MB");
    const report = (count: number) => {
      const engine = childrenOf(pid)[0] ?? 0;
      const seconds = ((performance.now() - started) / 1000).toFixed(0);
      const [own, its] = [memoryOf(pid).now.toFixed(0), memoryOf(engine).now.toFixed(0)];
      console.log(`${String(count).padStart(9)} ${seconds.padStart(9)} ${own.padStart(17)} ${its.padStart(11)}`);
    };
    let count = 0;
    child.stdout?.on("data", (bytes: Buffer) => {
      for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) {
        count++;
        if (count % step === 0 || count === 1000) {
          report(count);
        }
      }
    });
    const status = await new Promise((resolve) => child.once("close", resolve));
    console.log(`status ${status}, ${count} results${errors() ? `, ${errors().trim()}` : ""}`);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Distinct texts of two to six words. */
async function writeLines(file: string, lines: number): Promise<void> {
  const stream = createWriteStream(file);
  for (let line = 0; line < lines; line++) {
    const text = Array.from({ length: 2 + (line % 5) }, (_, place) => words[Math.floor(line / 5 / 20 ** place) % 20]);
    if (!stream.write(`${text.join(" ")}\n`)) {
      await new Promise<void>((resolve) => stream.once("drain", () => resolve()));
    }
  }
  await new Promise<void>((resolve) => stream.end(() => resolve()));
}
