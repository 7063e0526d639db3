import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { ExplainProgress } from "../src/common/engineProtocol";
import type { ExplainRequest, Explanation } from "../src/common/explanation";
import { lookSource } from "../src/common/look";
import { formatMessage } from "../src/common/message";
import type { MethodId } from "../src/common/method";
import { defaultOptions } from "../src/common/options";
import { EngineClient } from "../src/engineClient/engineClient";
import { pullLook } from "../src/engineClient/pullLook";
import { bertOf, bundledModel } from "./supportModels";

const megabytes = 1024;
const words = "gorgeous tender clever moody lively honest noisy strange quiet brilliant film story actor scene".split(
  " ",
);

/**
 * Prints how much memory the engine process takes beside the setting: three models in turn with long texts (`phases MEGABYTES MODEL`), two models that push each
 * other out twenty times (`models`), three of which two fit (`three`), and 3,000 short texts (`texts`). Linux only.
 */
export async function run([only, budget, model]: readonly string[]): Promise<void> {
  if (only === undefined || only === "phases") {
    await phases(Number(budget ?? 1024), model);
  }
  if (only === undefined || only === "models") {
    await models();
  }
  if (only === undefined || only === "three") {
    await three();
  }
  if (only === undefined || only === "texts") {
    await texts();
  }
}

/** An engine process under watch. */
class Watched {
  readonly #client: EngineClient;
  readonly budget: number;

  constructor(budget: number) {
    this.budget = budget;
    const modulePath = fileURLToPath(new URL("../dist/engine.cjs", import.meta.url));
    this.#client = new EngineClient({
      modulePath,
      options: { threads: 2, memoryMegabytes: budget },
      log: (line) => console.error(line),
    });
  }

  get pid(): number | undefined {
    return this.#client.pid;
  }

  async explain(
    directory: string,
    text: string,
    methods: readonly MethodId[],
    changes: Partial<ExplainRequest> = {},
    onProgress?: (progress: ExplainProgress) => void,
  ) {
    const request = { ...defaultOptions, model: { directory, file: null }, text, methods, ...changes };
    return await this.#client.explain(request, undefined, onProgress);
  }

  async rollout(explanation: Explanation): Promise<number> {
    const start = performance.now();
    await pullLook(this.#client, lookSource(explanation, 0), { kind: "rollout" });
    return performance.now() - start;
  }

  async describe(directory: string) {
    return await this.#client.request("describeModel", { directory, file: null });
  }

  /**
   * What the process takes now, and took at most since {@link forget}, in MB; `own` is what it takes now without the pages of files, which the system
   * takes back when it needs them.
   */
  get memory(): { readonly now: number; readonly peak: number; readonly own: number } {
    const status = readFileSync(`/proc/${this.#client.pid}/status`, "utf8");
    const of = (line: string) =>
      Number(new RegExp(`${line}:\\s+(\\d+) kB`).exec(status)?.[1] ?? Number.NaN) / megabytes;
    return { now: of("VmRSS"), peak: of("VmHWM"), own: of("RssAnon") };
  }

  /** Starts the peak anew. */
  forget(): void {
    writeFileSync(`/proc/${this.#client.pid}/clear_refs`, "5");
  }

  dispose(): void {
    this.#client.dispose();
  }
}

async function phases(budget: number, only: string | undefined): Promise<void> {
  const engine = new Watched(budget);
  const started = performance.now();
  await engine.explain(bundledModel, "A first text.", ["attention"]);
  console.log(
    `Memory of the engine process at a setting of ${budget} MB; the bundled model alone ${cell(engine.memory.now)} MB`,
  );
  console.log("model     what                            peak MB   its own   then MB   its own   seconds   said");
  let over = 0;
  const line = async (model: string, what: string, work: () => Promise<unknown>) => {
    engine.forget();
    const start = performance.now();
    let most = 0;
    const look = setInterval(() => {
      most = Math.max(most, engine.memory.own);
    }, 20);
    const said = await work().then(saidBy, (error: unknown) => String(error));
    clearInterval(look);
    const { now, peak, own } = engine.memory;
    over = Math.max(over, most, own);
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    console.log(
      `${model.padEnd(9)} ${what.padEnd(30)} ${cell(peak)} ${cell(Math.max(most, own))} ${cell(now)} ${cell(own)} ${seconds.padStart(9)}   ${said}`,
    );
  };
  const directories = {
    bundled: bundledModel,
    bert: bertOf(12),
    distil: bertOf(6),
  };
  for (const [model, directory] of Object.entries(directories)) {
    if (only !== undefined && only !== model) {
      continue;
    }
    const long = textOf(510);
    let explained: Explanation | undefined;
    await line(model, "attention, 512 tokens", async () => {
      explained = await engine.explain(directory, long, ["attention", "rollout"]);
      return explained;
    });
    for (const round of ["first", "second"]) {
      await line(model, `rollout of the panel, ${round}`, async () => explained && engine.rollout(explained));
    }
    await line(model, "description", () => engine.describe(directory));
    await line(model, "LIME, 128 tokens, 128 rows", () =>
      engine.explain(directory, textOf(126), ["lime"], { lime: { ...defaultOptions.lime, samples: 128 } }),
    );
    for (const method of ["saliency", "lrp", "deepLift"] as const) {
      await line(model, `${method}, 512 tokens`, () => engine.explain(directory, long, [method]));
    }
    await line(model, "all of them, 128 tokens", () =>
      engine.explain(directory, textOf(126), ["saliency", "smoothGrad", "lrp", "deepLift", "attention"]),
    );
  }
  await line("bundled", "again", () => engine.explain(bundledModel, "A last text.", ["attention", "saliency"]));
  console.log(`own peak of all ${cell(over)} MB, ${((performance.now() - started) / 1000).toFixed(0)} s\n`);
  engine.dispose();
}

async function models(): Promise<void> {
  const engine = new Watched(256);
  const [one, other] = [bertOf(6), bundledModel];
  console.log("Two models that push each other out\nloads   MB");
  for (let round = 1; round <= 20; round++) {
    for (const directory of [one, other]) {
      await engine.explain(directory, "A short text.", ["attention"]);
    }
    if (round === 1 || round % 5 === 0) {
      console.log(`${String(2 * round).padStart(5)} ${cell(engine.memory.now)}`);
    }
  }
  engine.dispose();
}

/** Three models of which a setting holds two, in turn and at once; each process that ends would be started again. */
async function three(): Promise<void> {
  const engine = new Watched(700);
  const directories = [bertOf(6), bertOf(4), bundledModel];
  console.log("Three models at a setting of 700 MB that holds two\nround   loads   processes   peak MB   then MB");
  const pids = new Set<number | undefined>();
  let loads = 0;
  const explain = async (directory: string) => {
    await engine.explain(directory, textOf(60), ["attention", "saliency"], {}, ({ phase }) => {
      loads += phase === "loading" ? 1 : 0;
    });
    pids.add(engine.pid);
  };
  for (let round = 1; round <= 8; round++) {
    for (const directory of directories) {
      await explain(directory);
    }
    await Promise.all(directories.map(explain));
    const { now, peak } = engine.memory;
    console.log(
      `${String(round).padStart(5)} ${String(loads).padStart(7)} ${String(pids.size).padStart(11)} ${cell(peak)} ${cell(now)}`,
    );
  }
  engine.dispose();
}

async function texts(): Promise<void> {
  const engine = new Watched(1024);
  console.log("Short texts, one after the other, each with attention, rollout, occlusion and saliency\ntexts   MB");
  for (let count = 1; count <= 3000; count++) {
    await engine.explain(bundledModel, `${textOf(6)} number ${count}`, [
      "attention",
      "rollout",
      "occlusion",
      "saliency",
    ]);
    if (count === 1 || count === 100 || count % 500 === 0) {
      console.log(`${String(count).padStart(5)} ${cell(engine.memory.now)}`);
    }
  }
  engine.dispose();
}

/** A text of so many words, each of them a token. */
function textOf(count: number): string {
  return Array.from({ length: count }, (_, index) => words[(index * 7 + count) % words.length] ?? "").join(" ");
}

function saidBy(result: unknown): string {
  const isExplanation = typeof result === "object" && result !== null && "warnings" in result;
  if (!isExplanation) {
    return "";
  }
  const { warnings, attributions } = result as Explanation;
  const said = [...warnings, ...attributions.flatMap(({ notes }) => notes)].map(formatMessage);
  return said.filter((sentence) => sentence.includes("memory")).join(" ");
}

function cell(value: number): string {
  return value.toFixed(0).padStart(9);
}
