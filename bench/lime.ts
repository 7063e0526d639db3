import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defaultOptions } from "../src/common/explanation";
import { createEngine } from "../src/engine/engine";
import { ModelStore } from "../src/engine/modelStore";
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

  const script = fileURLToPath(new URL("bench/lime/python.py", root));
  const answer = spawnSync(python, [script, weights, String(samples)], {
    input: JSON.stringify(sentences),
    encoding: "utf8",
    env: { ...process.env, OMP_NUM_THREADS: "2" },
  });
  if (answer.status !== 0) {
    console.log(`The Python side failed:\n${answer.stderr}`);
    process.exitCode = 1;
    return;
  }
  const seconds = JSON.parse(answer.stdout) as Record<string, readonly number[]>;

  const engine = createEngine({ threads: 2, memoryMegabytes: 1024 });
  const { signal } = new AbortController();
  console.log(
    `LIME on ${sentences.length} sentences of 24 to 32 tokens, ${samples} samples each, two threads: milliseconds a sample`,
  );
  console.log("                 lime + torch     product       ratio         aim");
  for (const { name, title, baseline, features, aim } of variants) {
    const request = {
      ...defaultOptions,
      model,
      baseline,
      methods: ["lime"] as const,
      lime: { mode: "plain", features, keep: null, samples, tolerance: 0 } as const,
    };
    await engine.explain({ ...request, text: "A first sentence that warms everything up." }, signal);
    let product = 0;
    for (const text of sentences) {
      const start = performance.now();
      await engine.explain({ ...request, text }, signal);
      product += performance.now() - start;
    }
    const rows = sentences.length * samples;
    const theirs = (1000 * (seconds[name] ?? []).reduce((sum, value) => sum + value, 0)) / rows;
    const ours = product / rows;
    console.log(
      title.padEnd(14) +
        [theirs.toFixed(2), ours.toFixed(2), (ours / theirs).toFixed(2), aim.toFixed(2)]
          .map((cell) => cell.padStart(12))
          .join(""),
    );
  }
  await engine.dispose();
}
