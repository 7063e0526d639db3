import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { GradientSession } from "../src/engine/gradientSession";
import { ModelSession } from "../src/engine/session";
import { openModelFolder } from "../src/models/folder";
import { type LoadingFigures, load, loadings, measureLoading } from "./supportLoading";
import { startPython } from "./supportPython";

const root = new URL("..", import.meta.url);

/** Rows × tokens, how many turns each side has, and how many runs a turn has. */
const sizes = [
  { rows: 1, tokens: 32, rounds: 10, times: 8 },
  { rows: 1, tokens: 128, rounds: 8, times: 4 },
  { rows: 32, tokens: 32, rounds: 4, times: 1 },
] as const;
/** Time of the product divided by that of torch, at most, in the order of the sizes. */
const aims = {
  bert: { title: "BERT-base", forward: [0.6, 0.7, 0.92], gradients: [0.8, 0.85, 1] },
  minilm: { title: "MiniLM", forward: [0.65, 0.65, 0.65], gradients: [0.75, 0.75, 0.75] },
} as const;
/** Milliseconds between the turns. */
const pause = 50;
const loadingAims = { seconds: 0.3, memory: 1.3 };

/**
 * Runs classifiers and their gradients in the product and in torch, on the same weights and two threads, in turns; then loads the larger one in processes
 * of their own. Arguments: Python with torch and transformers (or the variable GRADIENTS_PYTHON), folder that bench/gradients/make.py made
 * (default out/gradients), one of its models (default: all).
 */
export async function run(args: readonly string[]): Promise<void> {
  if (args[0] === "--load") {
    const how = loadings.find((known) => known === args[1]);
    return how && load(how, args[2] ?? "");
  }
  const python = args[0] || process.env.GRADIENTS_PYTHON;
  const folder = args[1] || fileURLToPath(new URL("out/gradients", root));
  if (!python || !existsSync(folder)) {
    console.log(
      "Gradients beside torch: make the models with `python bench/gradients/make.py models/sentiment out/gradients` by a Python that has torch, transformers and onnx, then: npm run bench -- gradients PYTHON [FOLDER] [bert | minilm | loading]",
    );
    return;
  }
  for (const model of ["bert", "minilm"] as const) {
    if (args[2] === undefined || args[2] === model) {
      await compare(model, join(folder, model), python);
    }
  }
  if (args[2] === undefined || args[2] === "loading") {
    compareLoading(join(folder, "bert"));
  }
}

async function compare(model: keyof typeof aims, directory: string, python: string): Promise<void> {
  const folder = await openModelFolder({ directory, file: null });
  const forward = await ModelSession.load(folder, 2);
  const backward = await GradientSession.load(forward, { threads: 2, classes: folder.config.labels?.length ?? 2 });
  const torch = startPython(python, "gradients/python.py", directory);
  const ask = async (question: object): Promise<Answer> => JSON.parse(await torch.ask(question));
  const { title, ...aim } = aims[model];
  console.log(`${title}, two threads, in turns: milliseconds, and product / torch`);
  console.log("                              product     torch     ratio    median       aim");
  try {
    for (const [at, { rows, tokens, rounds, times: inTurn }] of sizes.entries()) {
      const ids = Int32Array.from({ length: tokens }, (_, position) => 5 + ((position * 7919) % 20_000));
      const row = { ids, segments: new Int32Array(tokens) };
      const asked = { ids: Array.from({ length: rows }, () => Array.from(ids)) };
      const batch = Array.from({ length: rows }, () => row);
      const target = await backward.target(row, { reads: [{ index: 1, weight: 1 }] }, new Uint8Array(tokens), ids);
      const points = batch.map(() => target.input);
      const measures = {
        forward: async () => ({ logits: (await forward.logits(batch))[0] ?? [], gradient: [] }),
        gradients: async () => {
          const [first] = await target.gradients(points, new AbortController().signal);
          return { logits: [Number.NaN, first?.value ?? 0], gradient: first?.gradient.subarray(0, target.width) ?? [] };
        },
      };
      for (const [what, product] of Object.entries(measures) as [keyof typeof measures, typeof measures.forward][]) {
        const question = { ...asked, gradients: what === "gradients", times: inTurn };
        const [ours, theirs] = [await product(), await ask(question)];
        expectAlike(ours.logits, theirs.logits);
        expectAlike(ours.gradient, theirs.gradient ?? []);
        const times: { readonly product: number; readonly torch: number }[] = [];
        for (let round = -1; round < rounds; round++) {
          // Torch's threads wait for more work awake for a while, which would slow down whoever comes next.
          await sleep(pause);
          const start = performance.now();
          for (let run = 0; run < inTurn; run++) {
            await product();
          }
          const taken = (performance.now() - start) / inTurn;
          await sleep(pause);
          const { seconds } = await ask(question);
          if (round >= 0) {
            times.push({ product: taken, torch: 1000 * seconds });
          }
        }
        const own = median(times.map((each) => each.product));
        const other = median(times.map((each) => each.torch));
        const ratio = median(times.map((each) => each.product / each.torch));
        const cells = [own, other, own / other, ratio, aim[what][at] ?? Number.NaN];
        const name = `${rows} × ${tokens} ${what === "forward" ? "forward" : "and gradients"}`;
        console.log(name.padEnd(26) + cells.map((cell, i) => cell.toFixed(i < 2 ? 1 : 2).padStart(10)).join(""));
      }
    }
  } finally {
    torch.stop();
    await backward.release();
    await forward.release();
  }
}

function compareLoading(directory: string): void {
  const names = {
    plain: "the file, by the runtime",
    plainTwice: "the same, twice",
    forward: "rewritten, without gradients",
    both: "rewritten, both sessions",
  };
  console.log("Loading BERT-base, each in a process of its own, median of 5: milliseconds, MB at most, MB in the end");
  const figures = Object.fromEntries(loadings.map((how): [string, LoadingFigures[]] => [how, []]));
  for (let round = 0; round < 5; round++) {
    for (const how of loadings) {
      figures[how]?.push(measureLoading(how, directory));
    }
  }
  const of = (how: (typeof loadings)[number], what: keyof LoadingFigures) =>
    median((figures[how] ?? []).map((each) => each[what]));
  for (const how of loadings) {
    const cells = (["milliseconds", "peak", "resting"] as const).map((what) => of(how, what).toFixed(0).padStart(10));
    console.log(names[how].padEnd(30) + cells.join(""));
  }
  for (const plain of ["plain", "plainTwice"] as const) {
    const added = (of("both", "milliseconds") - of(plain, "milliseconds")) / 1000;
    const memory = of("both", "peak") / of(plain, "peak");
    console.log(
      `both sessions against ${names[plain]}: ${added.toFixed(2)} s more (aim ${loadingAims.seconds}), memory × ${memory.toFixed(2)} (aim ${loadingAims.memory})`,
    );
  }
}

/** Ends the bench where the two do not compute the same; `NaN` stands for what was not computed. */
function expectAlike(ours: ArrayLike<number>, theirs: ArrayLike<number>): void {
  const largest = Math.max(...Array.from(theirs, Math.abs));
  const apart = Array.from(ours, (value, at) => Math.abs(value - (theirs[at] ?? 0)));
  if (ours.length !== theirs.length || apart.some((difference) => difference > 1e-4 * largest)) {
    throw new Error("The product and torch do not compute the same.");
  }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle)] ?? Number.NaN)) / 2;
}

interface Answer {
  readonly seconds: number;
  readonly logits: readonly number[];
  readonly gradient?: readonly number[];
}
