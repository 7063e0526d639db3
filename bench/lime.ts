import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defaultOptions } from "../src/common/options";
import { createEngine } from "../src/engine/engine";
import { ModelStore } from "../src/engine/modelStore";
import { startPython } from "./supportPython";
import { sentencesOfLength } from "./supportSentences";

const root = new URL("..", import.meta.url);
const variants = [
  { name: "delete", title: "words deleted", baseline: "delete", features: "bag", aim: 0.5 },
  { name: "mask", title: "words masked", baseline: "mask", features: "word", aim: 0.8 },
] as const;

/**
 * Runs the `lime` package with a torch classifier and the product side by side, on the same weights, sentences, samples and threads (two), and
 * prints how long each took. Arguments: Python with lime, torch and transformers (or the variable LIME_PYTHON), folder of the torch weights, file of
 * sentences (default: a few kept here), samples (default 500).
 */
export async function run(args: readonly string[]): Promise<void> {
  const python = args[0] || process.env.LIME_PYTHON;
  const weights = args[1] || process.env.LIME_WEIGHTS;
  const file = args[2] || undefined;
  const samples = Number(args[3] ?? 500);
  if (!python || !weights || !existsSync(weights)) {
    console.log(
      "LIME beside the lime package: give a Python that has lime, torch and transformers, and the folder of the model's torch weights: npm run bench -- lime PYTHON WEIGHTS [SENTENCES] [SAMPLES]",
    );
    return;
  }
  const model = { directory: fileURLToPath(new URL("models/sentiment", root)), file: null };
  const store = new ModelStore({ threads: 2, memoryMegabytes: 1024 });
  const sentences = await store.use(model, async ({ tokenizer }) =>
    sentencesOfLength(tokenizer, { least: 24, most: 32, count: 20 }, file),
  );
  await store.dispose();

  const theirs = startPython(python, "lime/python.py", weights);
  const engine = createEngine({ threads: 2, memoryMegabytes: 1024 });
  const { signal } = new AbortController();
  console.log(
    `LIME on ${sentences.length} sentences of 24 to 32 tokens, ${samples} samples each, two threads, in turns: milliseconds a sample`,
  );
  console.log("                 lime + torch     product       ratio  median ratio      aim");
  try {
    for (const { name, title, baseline, features, aim } of variants) {
      const request = {
        ...defaultOptions,
        model,
        baseline,
        methods: ["lime"] as const,
        lime: { ...defaultOptions.lime, mode: "plain", features, samples } as const,
      };
      await engine.explain({ ...request, text: "A first sentence that warms everything up." }, signal);
      await theirs.ask({ variant: name, text: "A first sentence that warms everything up.", samples: 64 });
      const times: { readonly product: number; readonly python: number }[] = [];
      for (const text of sentences) {
        const start = performance.now();
        await engine.explain({ ...request, text }, signal);
        const product = performance.now() - start;
        times.push({ product, python: 1000 * Number(await theirs.ask({ variant: name, text, samples })) });
      }
      const rows = sentences.length * samples;
      const python = times.reduce((sum, each) => sum + each.python, 0) / rows;
      const product = times.reduce((sum, each) => sum + each.product, 0) / rows;
      const ratios = times.map((each) => each.product / each.python).sort((a, b) => a - b);
      const median = ratios[Math.floor(ratios.length / 2)] ?? Number.NaN;
      const cells = [python, product, product / python, median, aim].map((value) => value.toFixed(2).padStart(12));
      console.log(title.padEnd(14) + cells.join(""));
    }
  } finally {
    theirs.stop();
    await engine.dispose();
  }
}
