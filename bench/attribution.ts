import { mkdirSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { defaultOptions } from "../src/common/options";
import { explainText } from "../src/engine/explain";
import type { LoadedModel } from "../src/engine/loadedModel";
import { ModelStore } from "../src/engine/modelStore";
import { RunReporter } from "../src/engine/runReporter";
import { SeededRandom } from "../src/methods/maths/random";
import { type Side, startBench, startPython } from "./supportPython";

/** A model, how long its prompt is, and how many prompts Python runs at once. */
interface Row {
  readonly model: string;
  readonly tokens: number;
  readonly batch: number;
}

interface Answer {
  readonly seconds: number;
  readonly cpu: number;
  readonly token: number;
  readonly scores: readonly number[];
  /** How often the product went forward and back. */
  readonly points?: number;
}

const rows: readonly Row[] = [
  { model: "tiny", tokens: 128, batch: 50 },
  { model: "124M", tokens: 128, batch: 5 },
];
const steps = 50;
const aim = 0.75;

/**
 * Writes one token behind a prompt and explains it by integrated gradients with 50 points, in the product and in `transformers` with `captum`: the same random models (made by `attribution/python.py` into out/), opened as
 * the checkpoints that they are, two threads, in turns, each side a process of its own. Prints wall and processor time, of each row the least of all rounds, and how far the scores of both are apart. Arguments: Python with
 * the packages of test/parity/requirements.txt, rounds (3).
 */
export async function run(args: readonly string[]): Promise<void> {
  const folder = fileURLToPath(new URL("../out/bench-attribution", import.meta.url));
  if (args[0] === "--product") {
    return await answer(folder);
  }
  const [python, rounds = "3"] = args;
  if (!python) {
    console.log("One written token beside captum: npm run bench -- attribution PYTHON [ROUNDS]");
    return;
  }
  mkdirSync(folder, { recursive: true });
  const sides = {
    python: startPython(python, "attribution/python.py", folder),
    product: startBench("attribution", "--product"),
  };
  try {
    console.log(
      `model  prompt    product     python   wall    cpu   scores apart by (integrated gradients, ${steps} points, seconds; aim ≤ ${aim})`,
    );
    for (const row of rows) {
      await compare(row, sides, Number(rounds));
    }
  } finally {
    sides.product.stop();
    sides.python.stop();
  }
}

async function compare(row: Row, sides: Readonly<Record<"product" | "python", Side>>, rounds: number): Promise<void> {
  const random = SeededRandom.fromSeed(7);
  const ids = Array.from({ length: row.tokens }, () => 1 + Math.floor(random.uniform() * 900));
  const none = Number.POSITIVE_INFINITY;
  const best = { product: { wall: none, cpu: none }, python: { wall: none, cpu: none } };
  const made: Record<"product" | "python", Answer | null> = { product: null, python: null };
  // Once more, without counting, to warm up.
  for (let round = 0; round <= rounds; round++) {
    for (const side of ["python", "product"] as const) {
      const found: Answer = JSON.parse(await sides[side].ask({ ...row, ids, steps }));
      made[side] = found;
      if (round > 0) {
        const { wall, cpu } = best[side];
        best[side] = { wall: Math.min(wall, found.seconds), cpu: Math.min(cpu, found.cpu) };
      }
    }
  }
  const [own, theirs] = [made.product, made.python];
  const largest = Math.max(...(theirs?.scores ?? []).map(Math.abs));
  const apart = Math.max(...(theirs?.scores ?? []).map((score, at) => Math.abs(score - (own?.scores[at] ?? none))));
  const cells = [
    row.model.padEnd(5),
    String(row.tokens).padStart(7),
    best.product.wall.toFixed(3).padStart(10),
    best.python.wall.toFixed(3).padStart(10),
    (best.product.wall / best.python.wall).toFixed(2).padStart(6),
    (best.product.cpu / best.python.cpu).toFixed(2).padStart(6),
  ];
  console.log(
    `${cells.join(" ")}   ${(apart / largest).toExponential(1)} of the largest${own?.token === theirs?.token ? "" : ", of another token"}; ${own?.points} points in the product`,
  );
}

async function answer(folder: string): Promise<void> {
  const store = new ModelStore({ threads: 2, memoryMegabytes: 4096 });
  for await (const line of createInterface({ input: process.stdin })) {
    const { model, ids, steps }: Row & { readonly ids: readonly number[]; readonly steps: number } = JSON.parse(line);
    const reference = { directory: `${folder}/${model}`, file: null };
    await store.use(reference, async (loaded) => {
      loaded.batcher.clear();
      loaded.continuations.clear();
      const [wall, cpu] = [performance.now(), process.cpuUsage()];
      const found = await explained(loaded, ids.map((id) => `t${id}`).join(" "), steps);
      const { user, system } = process.cpuUsage(cpu);
      const seconds = (performance.now() - wall) / 1000;
      console.log(JSON.stringify({ seconds, cpu: (user + system) / 1e6, ...found }));
    });
  }
}

async function explained(
  model: LoadedModel,
  text: string,
  points: number,
): Promise<Pick<Answer, "token" | "scores" | "points">> {
  const request = {
    ...defaultOptions,
    model: model.folder.reference,
    text,
    pair: null,
    masked: [],
    generate: 1,
    baseline: "zero",
    gradients: { ...defaultOptions.gradients, steps: points },
    methods: ["integratedGradients"],
  } as const;
  const reporter = new RunReporter(() => undefined);
  const { attributions, prediction } = await explainText(model, request, new AbortController().signal, reporter);
  const token = prediction.kind === "generated" ? (prediction.steps[0]?.id ?? -1) : -1;
  return { token, scores: attributions[0]?.scores ?? [], points: attributions[0]?.evaluations ?? 0 };
}
