import { type MeasureId, measureIds } from "../src/common/measure";
import { type MethodId, methodIds, methodInfo } from "../src/common/method";
import { defaultOptions } from "../src/common/options";
import { explainText } from "../src/engine/explain";
import type { LoadedModel } from "../src/engine/loadedModel";
import { ModelStore } from "../src/engine/modelStore";
import { prepareText } from "../src/engine/preparedText";
import { RunReporter } from "../src/engine/runReporter";
import { SeededRandom } from "../src/methods/maths/random";
import { bundledModel } from "./supportModels";
import { seededText, sentencesOfLength } from "./supportSentences";

/** Those that a person would compare. */
const ten: readonly MethodId[] = [
  "lime",
  "occlusion",
  "partitionShap",
  "kernelShap",
  "attention",
  "rollout",
  "chefer",
  "integratedGradients",
  "deepLift",
  "lrp",
];
const [forwardRows, rowsPerRun] = [1000, 16];
const aim = 20;
const tokens = { least: 25, most: 25 };
const { signal } = new AbortController();

/**
 * Prints what a full comparison costs, beside what 1,000 rows of the same text take forward: ten methods with all measures on a sentence of 25 tokens, and, where a number of words is given, all methods with all
 * measures on a text of so many. Arguments: file of `sentence TAB label` lines, words. Processor time, so that what the machine does beside does not count, and wall time.
 */
export async function run([file, words]: readonly string[]): Promise<void> {
  const store = new ModelStore({ threads: 2, memoryMegabytes: 1024 });
  try {
    await store.use({ directory: bundledModel, file: null }, async (model) => {
      const [sentence = ""] = sentencesOfLength(model.tokenizer, { ...tokens, count: 1 }, file);
      await compare(model, words ? seededText(Number(words), file) : sentence, words ? methodIds : ten);
    });
  } finally {
    await store.dispose();
  }
}

async function compare(model: LoadedModel, text: string, methods: readonly MethodId[]): Promise<void> {
  const forward = await timed(() => forwardOnly(model, text));
  const informed = methods.filter((id) => !methodInfo(id).isBlind);
  const phases = new Map<string, Spent>();
  // Sessions are loaded once for all texts, and counted by themselves.
  const first = await timed(() => explain(model, "A first text.", informed, [], new Map()));
  const all = await timed(() => explain(model, text, informed, measureIds, phases));
  const ratio = (of: keyof Spent) => (all[of] / forward[of]).toFixed(1);
  console.log(
    `${informed.length} methods, ${measureIds.length} measures, ${text.length} characters: ${shown(all)}; ${forwardRows} rows forward ${shown(forward)}: × ${ratio("cpu")} by processor time, × ${ratio("wall")} by wall time (aim ${aim}); loading before ${shown(first)}`,
  );
  for (const [phase, spent] of [...phases].sort(([, a], [, b]) => b.cpu - a.cpu)) {
    console.log(`  ${phase.padEnd(24)}${shown(spent)}`);
  }
}

/** Seconds. */
interface Spent {
  readonly wall: number;
  readonly cpu: number;
}

async function timed(work: () => Promise<unknown>): Promise<Spent> {
  const before = now();
  await work();
  return since(before);
}

function now(): Spent {
  const { user, system } = process.cpuUsage();
  return { wall: performance.now() / 1000, cpu: (user + system) / 1e6 };
}

function since(before: Spent): Spent {
  const { wall, cpu } = now();
  return { wall: wall - before.wall, cpu: cpu - before.cpu };
}

function shown({ wall, cpu }: Spent): string {
  return `${cpu.toFixed(2)} s (wall ${wall.toFixed(2)} s)`;
}

/** Rows of the text's first window, each with other tokens masked, as masked methods ask for them. */
async function forwardOnly(model: LoadedModel, text: string): Promise<void> {
  const options = { ...defaultOptions, text, pair: null, masked: [] };
  const [input] = prepareText(options, model).inputs;
  const random = SeededRandom.fromSeed(0, 0);
  const ids = input?.row.ids ?? new Int32Array();
  const changed = () => ids.map((id) => (random.uniform() < 0.5 ? (ids[0] ?? id) : id));
  for (let done = 0; done < forwardRows; done += rowsPerRun) {
    const count = Math.min(rowsPerRun, forwardRows - done);
    await model.session.logits(
      Array.from({ length: count }, () => ({ ids: changed(), segments: new Int32Array(ids.length) })),
    );
  }
}

/** Explains a text; `phases` gets what each phase of it took. */
async function explain(
  model: LoadedModel,
  text: string,
  methods: readonly MethodId[],
  measures: readonly MeasureId[],
  phases: Map<string, Spent>,
): Promise<void> {
  let [phase, start] = ["", now()];
  const close = (next: string) => {
    const { wall, cpu } = since(start);
    const before = phases.get(phase) ?? { wall: 0, cpu: 0 };
    phases.set(phase, { wall: before.wall + wall, cpu: before.cpu + cpu });
    [phase, start] = [next, now()];
  };
  const reporter = new RunReporter((progress) => {
    if (progress.phase !== phase) {
      close(progress.phase);
    }
  });
  const request = { ...defaultOptions, text, pair: null, masked: [], model: model.folder.reference, methods, measures };
  await explainText(model, request, signal, reporter);
  close("");
}
