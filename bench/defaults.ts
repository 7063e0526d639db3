import type { ExplainRequest, Explanation } from "../src/common/explanation";
import { methodInfo } from "../src/common/method";
import { defaultOptions } from "../src/common/options";
import { explainText } from "../src/engine/explain";
import type { LoadedModel } from "../src/engine/loadedModel";
import { ModelStore } from "../src/engine/modelStore";
import { type PreparedText, prepareText } from "../src/engine/preparedText";
import { predictText } from "../src/engine/readText";
import { RunReporter } from "../src/engine/runReporter";
import { TextTarget } from "../src/engine/textTarget";
import { measureKinds } from "../src/measures/registry";
import { featureSet } from "../src/methods/features";
import { randomScores } from "../src/methods/random";
import { bertOf, bundledModel } from "./supportModels";
import { seededText } from "./supportSentences";

/** Words of a sentence, a paragraph and a document, and how many rows of the whole text the default may take at most. */
const lengths = [
  { words: 22, most: 350 },
  { words: 195, most: 150 },
  { words: 2000, most: 60 },
];
const mostToColours = 6;
const { signal } = new AbortController();

/**
 * Prints what the default explanation costs, as multiples of one row of the same text, and how faithful it is on paragraphs beside plain LIME with ten times the evaluations.
 * *Area* is the area under deletion (lower is better), *comprehensiveness* that of ERASER less that of random orders (higher is better). Arguments: file of sentences (`sentence TAB label`), paragraphs (default 5), threads (default 2).
 */
export async function run(args: readonly string[]): Promise<void> {
  const [file, paragraphs = "5", threads = "2"] = args;
  const store = new ModelStore({ threads: Number(threads), memoryMegabytes: 4096 });
  try {
    console.log("model     tokens  windows   one row, ms   first colours: rows    s   complete: rows (at most)    s");
    for (const [name, directory] of [
      ["bundled", bundledModel],
      ["BERT-base", bertOf(12)],
    ] as const) {
      await store.use({ directory, file: null }, async (model) => {
        for (const { words, most } of lengths) {
          console.log(await costs(name, model, seededText(words, file), most));
        }
      });
    }
    await store.use({ directory: bundledModel, file: null }, async (model) => {
      await compare(model, Number(paragraphs), file);
    });
  } finally {
    await store.dispose();
  }
}

async function costs(name: string, model: LoadedModel, text: string, most: number): Promise<string> {
  // The backward pass is loaded once, before the texts that a person explains one after the other.
  await explain(
    model,
    "A first sentence, said and said again until it is too long to be explained in full by anyone here.",
  );
  const prepared = prepare(model, text);
  const times: number[] = [];
  for (let seed = 0; seed < 3; seed++) {
    const start = performance.now();
    const features = featureSet("token", prepared);
    const kept = Uint8Array.from(randomScores(features.groups.length, seed), (score) => (score > 0 ? 1 : 0));
    const { target } = await predictText(model, prepared, questionOf("0"), signal);
    await new TextTarget({ model, text: prepared, target }, prepared.inputs, features).evaluate(kept, signal);
    times.push(performance.now() - start);
  }
  const one = times.sort((a, b) => a - b)[1] ?? Number.NaN;
  const start = performance.now();
  let first = Number.NaN;
  await explain(model, text, {}, ({ attributions }) => {
    if (Number.isNaN(first) && attributions.some(({ method }) => methodInfo(method).scores === "signed")) {
      first = performance.now() - start;
    }
  });
  const all = performance.now() - start;
  const cells = [
    String(prepared.tokens.length).padStart(8),
    String(prepared.inputs.length).padStart(9),
    one.toFixed(1).padStart(14),
    `${(first / one).toFixed(1)} (${mostToColours})`.padStart(22),
    (first / 1000).toFixed(1).padStart(5),
    `${(all / one).toFixed(0)} (${most})`.padStart(26),
    (all / 1000).toFixed(1).padStart(5),
  ];
  return name.padEnd(10) + cells.join("");
}

async function compare(model: LoadedModel, count: number, file: string | undefined): Promise<void> {
  const totals = new Map<string, number[]>();
  for (let number = 0; number < count; number++) {
    const text = seededText(190 + number, file);
    const prepared = prepare(model, text);
    const usual = await explain(model, text);
    const { label } = usual.target;
    const [own] = usual.attributions;
    const random = await Promise.all(
      [0, 1, 2, 3, 4].map((seed) => judge(model, prepared, label, randomScores(contentOf(prepared).length, seed))),
    );
    const nothing = random.reduce((sum, { fall }) => sum + fall / random.length, 0);
    const note = (name: string, evaluations: number, { area, fall }: Faithfulness) => {
      const sums = totals.get(name) ?? [0, 0, 0];
      totals.set(
        name,
        [evaluations, area, fall - nothing].map((value, at) => (sums[at] ?? 0) + value),
      );
    };
    note("random", 0, { area: random.reduce((sum, { area }) => sum + area / random.length, 0), fall: nothing });
    for (const { method, evaluations, scores } of usual.attributions.filter(({ scale }) => scale !== "attention")) {
      const ofContent = contentOf(prepared).map((token) => scores[token] ?? 0);
      note(methodInfo(method).label, evaluations, await judge(model, prepared, label, ofContent));
    }
    const lime = { ...defaultOptions.lime, mode: "plain", samples: 10 * (own?.evaluations ?? 0) } as const;
    const [plain] = (await explain(model, text, { methods: ["lime"], lime })).attributions;
    const ofContent = contentOf(prepared).map((token) => plain?.scores[token] ?? 0);
    note("plain LIME, ten times", lime.samples, await judge(model, prepared, label, ofContent));
    if ((number + 1) % 10 === 0 || number === count - 1) {
      print(totals, number + 1);
    }
  }
}

function print(totals: ReadonlyMap<string, readonly number[]>, count: number): void {
  console.log(`\nMean of ${count} paragraphs of 190 words and more`);
  console.log("method                 evaluations      area  comprehensiveness − random's");
  for (const [name, sums] of totals) {
    const [evaluations = 0, area = 0, fall = 0] = sums.map((sum) => sum / count);
    console.log(
      `${name.padEnd(22)}${evaluations.toFixed(0).padStart(12)}${area.toFixed(4).padStart(10)}${fall.toFixed(4).padStart(30)}`,
    );
  }
}

async function explain(
  model: LoadedModel,
  text: string,
  changes: Partial<Pick<ExplainRequest, "methods" | "lime">> = {},
  onPartial: (partial: Explanation) => void = () => undefined,
): Promise<Explanation> {
  const request = { ...defaultOptions, text, model: model.folder.reference, ...changes };
  const reporter = new RunReporter(({ partial }) => partial && onPartial(partial));
  return await explainText(model, request, signal, reporter);
}

function prepare(model: LoadedModel, text: string): PreparedText {
  const request = { ...defaultOptions, text, pair: null, masked: [], methods: [] };
  return prepareText(request, model);
}

function contentOf({ tokens }: PreparedText): number[] {
  return tokens.filter(({ special }) => !special).map(({ index }) => index);
}

interface Faithfulness {
  readonly area: number;
  readonly fall: number;
}

function questionOf(target: string): typeof defaultOptions {
  return { ...defaultOptions, target };
}

async function judge(
  model: LoadedModel,
  text: PreparedText,
  label: string,
  scores: ArrayLike<number>,
): Promise<Faithfulness> {
  const { target: explained } = await predictText(model, text, questionOf(label), signal);
  const run = { model, text, target: explained };
  const question = {
    target: new TextTarget(run, text.inputs, featureSet("token", text)),
    scores,
    signed: true,
    method: null,
  };
  const { deletionArea, comprehensiveness } = measureKinds;
  return {
    area: (await deletionArea.run(question, { seed: 0, signal }))?.value ?? Number.NaN,
    fall: (await comprehensiveness.run(question, { seed: 0, signal }))?.value ?? Number.NaN,
  };
}
