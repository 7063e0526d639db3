import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defaultOptions } from "../src/common/options";
import { outcomesOf } from "../src/common/prediction/registry";
import { createEngine } from "../src/engine/engine";

const root = new URL("..", import.meta.url);

interface Count {
  right: number;
  all: number;
}

/** Prints the bundled model's accuracy through the product's own engine; the argument is a file of `label TAB sentence` lines, by default SST-2's dev set. */
export async function run(args: readonly string[]): Promise<void> {
  const file = args[0] ?? fileURLToPath(new URL("../shared/data/sst2/dev.tsv", root));
  if (!existsSync(file)) {
    console.log(`Accuracy: there is no ${file}; give a file of labelled sentences.`);
    return;
  }
  const directory = args[1] ?? fileURLToPath(new URL("models/sentiment", root));
  const model = { directory, file: null };
  const engine = createEngine({ threads: 2, memoryMegabytes: 1024 });
  const { signal } = new AbortController();
  const byClass = new Map<string, Count>();
  const start = performance.now();
  for (const { label, text } of readSentences(file)) {
    const request = { ...defaultOptions, text, model };
    const { prediction } = await engine.predictMasked(request, [], signal);
    const count = byClass.get(label) ?? { right: 0, all: 0 };
    byClass.set(label, count);
    count.all++;
    count.right +=
      String(outcomesOf(prediction)[0]?.index) === label || outcomesOf(prediction)[0]?.label === label ? 1 : 0;
  }
  const seconds = (performance.now() - start) / 1000;
  await engine.dispose();
  const total = [...byClass.values()].reduce(
    (sum, { right, all }) => ({ right: sum.right + right, all: sum.all + all }),
    { right: 0, all: 0 },
  );
  console.log(`Accuracy of ${directory} on ${file} (${seconds.toFixed(1)} s)`);
  console.log("class     sentences    right  accuracy");
  for (const [label, count] of [...byClass].sort(([a], [b]) => a.localeCompare(b))) {
    console.log(row(label, count));
  }
  console.log(row("all", total));
}

function row(label: string, { right, all }: Count): string {
  const accuracy = `${((100 * right) / Math.max(1, all)).toFixed(2)} %`;
  return `${label.padEnd(8)}${String(all).padStart(11)}${String(right).padStart(9)}${accuracy.padStart(10)}`;
}

/** The labelled sentences of a tab-separated file; which column is the label is found by what is in it. */
function readSentences(file: string): { label: string; text: string }[] {
  const lines = readFileSync(file, "utf8")
    .split(/\r?\n/)
    .filter((line) => line !== "");
  return lines.flatMap((line) => {
    const [first = "", second = ""] = line.split("\t");
    if (/^[01]$/.test(first)) {
      return [{ label: first, text: second }];
    }
    return /^[01]$/.test(second) ? [{ label: second, text: first }] : [];
  });
}
