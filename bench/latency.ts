import { fileURLToPath } from "node:url";
import { methodInfo } from "../src/common/method";
import { defaultOptions } from "../src/common/options";
import { EngineClient } from "../src/engineClient/engineClient";
import type { Figures } from "./supportFigures";

const root = new URL("..", import.meta.url);
const rounds = 10;
const aims = { warm: 400, cold: 2500 };

/** Ten sentences of 30 tokens, so that nothing is remembered from one to the next. */
const sentences = "gorgeous tender clever moody lively honest noisy strange quiet brilliant"
  .split(" ")
  .map(
    (word) =>
      `A ${word}, witty and seductive movie, though its unsubtle ending never quite earns the tears it asks for here now.`,
  );

/** Milliseconds from the request until something arrived. */
interface Arrivals {
  /** The prediction and the attention bars. */
  readonly attention: number;
  /** The first colours by importance. */
  readonly importance: number;
  readonly complete: number;
}

/** Prints the time from command to first colours through the engine process, warm and cold; medians of ten. */
export async function run(_args: readonly string[], figures: Figures): Promise<void> {
  const warmClient = makeClient();
  await explain(warmClient, "A first sentence that loads the model.");
  const warm: Arrivals[] = [];
  for (const sentence of sentences) {
    warm.push(await explain(warmClient, sentence));
  }
  warmClient.dispose();
  const cold: Arrivals[] = [];
  for (const sentence of sentences) {
    const client = makeClient();
    cold.push(await explain(client, sentence));
    client.dispose();
  }
  for (const [name, arrivals] of Object.entries({ warm, cold })) {
    for (const part of ["attention", "importance", "complete"] as const) {
      figures.add(`latency: ${name}, ${part}`, ...arrivals.map((each) => each[part]));
    }
  }
  console.log(`From command to colours, a sentence of 30 tokens, median (slowest) of ${rounds}, milliseconds`);
  console.log("engine   attention bars   importance colours   everything    aim");
  console.log(row("warm", warm, aims.warm));
  console.log(row("cold", cold, aims.cold));
}

function makeClient(): EngineClient {
  return new EngineClient({
    modulePath: fileURLToPath(new URL("dist/engine.cjs", root)),
    options: { threads: 0, memoryMegabytes: 1024 },
    log: (line) => console.error(line),
  });
}

async function explain(client: EngineClient, text: string): Promise<Arrivals> {
  const model = { directory: fileURLToPath(new URL("models/sentiment", root)), file: null };
  const start = performance.now();
  let attention = Number.NaN;
  let importance = Number.NaN;
  await client.explain({ ...defaultOptions, text, model }, undefined, ({ partial }) => {
    const now = performance.now() - start;
    if (partial && Number.isNaN(attention)) {
      attention = now;
    }
    if (
      partial?.attributions.some(({ method }) => methodInfo(method).scores === "signed") &&
      Number.isNaN(importance)
    ) {
      importance = now;
    }
  });
  const complete = performance.now() - start;
  return { attention, importance: Number.isNaN(importance) ? complete : importance, complete };
}

function row(name: string, arrivals: readonly Arrivals[], aim: number): string {
  const cell = (pick: (each: Arrivals) => number) => {
    const sorted = arrivals.map(pick).sort((a, b) => a - b);
    const middle = sorted.length / 2;
    const median = ((sorted[Math.ceil(middle) - 1] ?? 0) + (sorted[Math.floor(middle)] ?? 0)) / 2;
    return `${median.toFixed(0)} (${(sorted.at(-1) ?? 0).toFixed(0)})`;
  };
  const cells = [cell((each) => each.attention), cell((each) => each.importance), cell((each) => each.complete)];
  const [first = "", second = "", third = ""] = cells;
  return `${name.padEnd(7)}${first.padStart(16)}${second.padStart(21)}${third.padStart(13)}${String(aim).padStart(7)}`;
}
