import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import type { Attribution } from "../src/common/explanation";
import type { MethodId } from "../src/common/method";
import { defaultOptions } from "../src/common/options";
import { embeddedAttribution } from "../src/engine/drivers/embedded";
import { insideAttribution } from "../src/engine/drivers/inside";
import { maskedAttribution } from "../src/engine/drivers/masked";
import type { LoadedModel } from "../src/engine/loadedModel";
import { ModelStore } from "../src/engine/modelStore";
import { type PreparedText, prepareText } from "../src/engine/preparedText";
import { readText } from "../src/engine/readText";
import { RunReporter } from "../src/engine/runReporter";
import type { TextRun } from "../src/engine/textRun";
import { type OwenNode, owenTree } from "../src/methods/owen/owenTree";
import { fitRequest } from "../src/methods/plan";
import { implementations } from "../src/methods/registry";
import { textTree } from "../src/text/textTree";
import { bundledModel } from "./supportModels";

/** What is asked of the product's side: one method on one text, or what the other side needs to know of the text. */
export interface Asked {
  readonly what: MethodId | "text";
  readonly text: string;
  /** Evaluations of methods that are given so many; methods without ignore it. */
  readonly samples: number;
}

/** What one explanation took (seconds; `cpu` of all threads), and its scores by token, special ones in their places. */
export interface Answer {
  readonly seconds: number;
  readonly cpu: number;
  readonly evaluations: number;
  readonly scores: readonly number[];
  /** The most memory that the process has taken, in bytes. */
  readonly peak: number;
}

/** A tree of tokens, counted without special ones. */
export type Nested = number | readonly [Nested, Nested];

/** A text as the other side reads it. */
export interface AskedText {
  readonly ids: readonly number[];
  readonly special: readonly boolean[];
  readonly tree: Nested;
}

const { signal } = new AbortController();

/** Answers {@link Asked} on standard input, a line each, on the bundled model with two threads; nothing is remembered from one answer to the next but loaded sessions. */
export async function answerMethods(): Promise<void> {
  const store = new ModelStore({ threads: 2, memoryMegabytes: 1024 });
  await store.use({ directory: bundledModel, file: null }, async (model) => {
    for await (const line of createInterface({ input: process.stdin })) {
      const asked: Asked = JSON.parse(line);
      process.stdout.write(`${JSON.stringify(await answerTo(model, asked))}\n`);
    }
  });
  await store.dispose();
}

async function answerTo(model: LoadedModel, { what, text, samples }: Asked): Promise<Answer | AskedText> {
  const run = runOn(model, text, samples);
  if (what === "text") {
    return textOf(run.text);
  }
  model.batcher.clear();
  model.attention?.clear();
  const [start, before] = [performance.now(), process.cpuUsage()];
  const { scores, evaluations } = await explained(what, run);
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(before);
  return { seconds, cpu: (user + system) / 1e6, evaluations, scores, peak: peakMemory() };
}

function runOn(model: LoadedModel, text: string, samples: number): TextRun {
  const request = {
    ...defaultOptions,
    model: model.folder.reference,
    text,
    pair: null,
    masked: [],
    target: "positive",
    units: "token",
    owen: { guided: false, samples },
    shapley: { samples, tolerance: 1e-6 },
  } as const;
  const prepared = prepareText(request, model);
  return {
    model,
    text: prepared,
    request: fitRequest(request, prepared),
    target: model.task.target(request, { kind: "classes", classes: [], threshold: null }, readText(prepared, [])),
    signal,
    reporter: new RunReporter(() => undefined),
  };
}

function textOf(text: PreparedText): AskedText {
  const content = text.tokens.filter(({ special }) => !special).map(({ index }) => [index]);
  return {
    ids: text.tokens.map(({ id }) => id),
    special: text.tokens.map(({ special }) => special),
    tree: nested(owenTree(textTree(text, content))),
  };
}

function nested({ features, halves }: OwenNode): Nested {
  return halves ? [nested(halves[0]), nested(halves[1])] : (features[0] ?? -1);
}

async function explained(id: MethodId, run: TextRun): Promise<Pick<Answer, "scores" | "evaluations">> {
  const attribution = await attributionBy(id, run);
  const scores = Array.from(attribution.scores);
  for (const { token, score } of attribution.specials) {
    scores[token] = score;
  }
  return { scores, evaluations: attribution.evaluations };
}

async function attributionBy(id: MethodId, run: TextRun): Promise<Attribution> {
  const method = implementations[id];
  switch (method.asks) {
    case "embedded":
      return (await embeddedAttribution(id, method, run)).attribution;
    case "inside":
      return await insideAttribution(id, method, run);
    case "masked":
      return await maskedAttribution(id, method, run, {
        guideOf: async () => null,
        beforeRun: async () => undefined,
        onPartial: () => undefined,
      });
    case "attention":
      throw new RangeError(`${id} takes no run of its own`);
  }
}

/** Linux only. */
function peakMemory(): number {
  return 1024 * Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? Number.NaN);
}
