import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { DecodingSession } from "../src/engine/generation/decodingSession";
import { generate } from "../src/engine/generation/generate";
import { ModelParts } from "../src/engine/modelParts";
import { SeededRandom } from "../src/methods/maths/random";
import { openModelFolder } from "../src/models/folder";
import { plainRules } from "../src/tasks/generation/rules";
import { type Side, startBench, startPython } from "./supportPython";

/** A model, how many tokens stand before the continuation, and how many are made. */
interface Row {
  readonly model: string;
  readonly before: number;
  readonly tokens: number;
}

interface Answer {
  readonly seconds: number;
  readonly cpu: number;
  readonly ids: readonly number[];
}

const rows: readonly Row[] = [
  { model: "tiny", before: 32, tokens: 64 },
  { model: "124M", before: 32, tokens: 32 },
  { model: "124M", before: 128, tokens: 32 },
];

/**
 * Generates in the product and in `transformers` with torch: the same random models (made by `generation/models.py` into out/), greedy, with a cache, on two threads, in turns, each side a
 * process of its own. Prints tokens a second, of each row the best of all rounds. Arguments: Python with the packages of test/golden/requirements.txt, Python with those of
 * test/corpus/requirements-optimum.txt, rounds (3).
 */
export async function run(args: readonly string[]): Promise<void> {
  const folder = fileURLToPath(new URL("../out/bench-generation", import.meta.url));
  if (args[0] === "--product") {
    return await answer(folder);
  }
  const [python, optimum, rounds = "3"] = args;
  if (!python || !optimum) {
    console.log("Generation beside transformers: npm run bench -- generation PYTHON OPTIMUM_PYTHON [ROUNDS]");
    return;
  }
  mkdirSync(folder, { recursive: true });
  execFileSync(optimum, [fileURLToPath(new URL("../bench/generation/models.py", import.meta.url)), folder], {
    env: { ...process.env, HF_HUB_OFFLINE: "1" },
    stdio: ["ignore", "ignore", "inherit"],
  });
  const sides = {
    product: startBench("generation", "--product"),
    python: startPython(python, "generation/python.py", folder),
  };
  try {
    console.log("model  before  tokens    product     python  ratio   same tokens (tokens a second; best of rounds)");
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
  const ids = Array.from({ length: row.before }, () => 1 + Math.floor(random.uniform() * 900));
  const best = { product: Number.POSITIVE_INFINITY, python: Number.POSITIVE_INFINITY };
  const made = { product: "", python: "" };
  // Once more, without counting, to warm up.
  for (let round = 0; round <= rounds; round++) {
    for (const side of ["product", "python"] as const) {
      const found: Answer = JSON.parse(await sides[side].ask({ ...row, ids }));
      made[side] = found.ids.join();
      best[side] = round === 0 ? best[side] : Math.min(best[side], found.seconds);
    }
  }
  const speed = { product: row.tokens / best.product, python: row.tokens / best.python };
  const cells = [
    row.model.padEnd(5),
    String(row.before).padStart(7),
    String(row.tokens).padStart(7),
    speed.product.toFixed(1).padStart(10),
    speed.python.toFixed(1).padStart(10),
    (speed.product / speed.python).toFixed(2).padStart(6),
  ];
  console.log(`${cells.join(" ")}   ${made.product === made.python ? "yes" : "no"}`);
}

async function answer(folder: string): Promise<void> {
  const sessions = new Map<string, DecodingSession>();
  for await (const line of createInterface({ input: process.stdin })) {
    const { model, ids, tokens }: Row & { readonly ids: readonly number[] } = JSON.parse(line);
    const known = sessions.get(model);
    const opened = known ? null : await openModelFolder({ directory: `${folder}/${model}`, file: null });
    const session = known ?? (await DecodingSession.load(new ModelParts(opened ?? never()), { threads: 2 }));
    sessions.set(model, session);
    const made: number[] = [];
    const [wall, cpu] = [performance.now(), process.cpuUsage()];
    const task = {
      ids,
      rules: plainRules,
      newTokens: tokens,
      context: 1024,
      alternatives: 5,
      uniform: () => 0,
    };
    await generate(session.begin(), task, new AbortController().signal, ({ id }) => made.push(id));
    const { user, system } = process.cpuUsage(cpu);
    const seconds = (performance.now() - wall) / 1000;
    console.log(JSON.stringify({ seconds, cpu: (user + system) / 1e6, ids: made }));
  }
}

function never(): never {
  throw new RangeError("A model that is not loaded is opened.");
}
