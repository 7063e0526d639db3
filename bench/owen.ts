import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { LoadedModel } from "../src/engine/loadedModel";
import { ModelStore } from "../src/engine/modelStore";
import { type PreparedText, prepareText } from "../src/engine/preparedText";
import { maskedRow, TextTarget } from "../src/engine/textTarget";
import { WholeTextTarget } from "../src/engine/wholeTextTarget";
import { featureSet } from "../src/methods/features";
import { adaptiveLime } from "../src/methods/limeAdaptive";
import { owenTree } from "../src/methods/owen/owenTree";
import { owenValues } from "../src/methods/owen/owenValues";
import { randomScores } from "../src/methods/randomScores";
import { targetLogOdds } from "../src/tasks/classification";
import { textTree } from "../src/text/textTree";

const owenCounts = [32, 64, 128, 256, 512];
const limeCounts = [128, 256, 512, 1024];
const steps = 20;
const paragraphTokens = 260;
const { signal } = new AbortController();

/**
 * Prints how faithful Owen values and adaptive LIME are on paragraphs, against evaluations of the model. Tokens are masked in the order of their scores, highest first,
 * in twenty steps: *area* is the mean probability of the predicted class on the way (lower is better); *comprehensiveness* is the mean fall after 5, 10, 20 and 50 % (higher is better).
 * Arguments: file of sentences (`sentence TAB label`), paragraphs (default 3), threads (default 1).
 */
export async function run(args: readonly string[]): Promise<void> {
  const [file, paragraphs = "3", threads = "1"] = args;
  if (!file) {
    console.log(
      "Owen values on paragraphs: give a file of sentences: npm run bench -- owen FILE [PARAGRAPHS] [THREADS]",
    );
    return;
  }
  const store = new ModelStore({ threads: Number(threads), memoryMegabytes: 1024 });
  const reference = { directory: fileURLToPath(new URL("../models/sentiment", import.meta.url)), file: null };
  try {
    await store.use(reference, async (model) => {
      const totals = new Map<string, number[]>();
      for (const text of paragraphsOf(model, file, Number(paragraphs))) {
        await measure(model, text, (name, figures) => {
          const sums = totals.get(name) ?? figures.map(() => 0);
          totals.set(
            name,
            sums.map((sum, index) => sum + (figures[index] ?? 0) / Number(paragraphs)),
          );
        });
      }
      console.log(`Mean of ${paragraphs} paragraphs of about ${paragraphTokens} tokens`);
      console.log("method                 evaluations      area  comprehensiveness");
      for (const [name, [evaluations = 0, area = 0, fall = 0]] of totals) {
        console.log(
          `${name.padEnd(22)}${evaluations.toFixed(0).padStart(12)}${area.toFixed(3).padStart(10)}${fall.toFixed(3).padStart(19)}`,
        );
      }
    });
  } finally {
    await store.dispose();
  }
}

function paragraphsOf({ tokenizer }: LoadedModel, file: string, count: number): string[] {
  const lines = readFileSync(file, "utf8").split(/\r?\n/).slice(1);
  const found: string[] = [];
  let open = "";
  for (const line of lines) {
    if (found.length === count) {
      break;
    }
    open = `${open} ${(line.split("\t")[0] ?? "").trim()}`.trim();
    if (tokenizer.encodeContent(open, 0).length >= paragraphTokens) {
      found.push(open);
      open = "";
    }
  }
  return found;
}

async function measure(
  model: LoadedModel,
  text: string,
  note: (name: string, figures: readonly number[]) => void,
): Promise<void> {
  const request = { text, pair: null, masked: [], methods: [], baseline: "mask" } as const;
  const prepared = prepareText(request, model.tokenizer, model.folder.config.maxTokens);
  const [input] = prepared.inputs;
  const [values = new Float32Array()] = await model.batcher.evaluate(
    prepared.inputs.map(({ row }) => row),
    signal,
  );
  const target = { index: values.indexOf(Math.max(...values)), versus: null };
  const features = featureSet("token", prepared);
  if (!input) {
    return;
  }
  const judge = async (name: string, evaluations: number, scores: ArrayLike<number>) =>
    note(name, [evaluations, ...(await faithfulness(model, prepared, target.index, scores))]);
  const tokens = features.groups.length;
  for (let seed = 0; seed < 3; seed++) {
    await judge(`random ${seed}`, 0, randomScores(tokens, seed));
  }
  const whole = new WholeTextTarget({ model, text: prepared, target }, features);
  const tree = owenTree(textTree(prepared, features.groups));
  for (const samples of owenCounts) {
    const found = await owenValues(whole, tree, { samples }, { signal });
    await judge(`Owen values, ${samples}`, found.evaluations, found.scores);
  }
  const window = new TextTarget({
    featureSet: features,
    input,
    tokens: prepared.tokens.length,
    replacement: prepared.baseline.replacement,
    head: model.head,
    target,
    batcher: model.batcher,
  });
  for (const samples of limeCounts) {
    const found = await adaptiveLime(window, { keep: null, tolerance: 0.05, samples }, { seed: 0, signal });
    await judge(`adaptive LIME, ${samples}`, found.evaluations, found.coefficients);
  }
}

/** Area under the curve of the probability, and comprehensiveness. */
async function faithfulness(
  { batcher, head }: LoadedModel,
  text: PreparedText,
  index: number,
  scores: ArrayLike<number>,
): Promise<[number, number]> {
  const content = text.tokens.filter(({ special }) => !special).map((token) => token.index);
  const order = content.map((_, at) => at).sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0));
  const rows = Array.from({ length: steps + 1 }, (_, step) => {
    const kept = new Uint8Array(text.tokens.length).fill(1);
    for (const at of order.slice(0, Math.round((step / steps) * order.length))) {
      kept[content[at] ?? 0] = 0;
    }
    return text.inputs.map((input) => maskedRow(input, kept, text.baseline.replacement));
  }).flat();
  const logits = await batcher.evaluate(rows, signal);
  const probabilities = logits.map(
    (values) => 1 / (1 + Math.exp(-targetLogOdds({ index, versus: null }, head.gives, values))),
  );
  const area = probabilities.slice(1).reduce((sum, value) => sum + value, 0) / steps;
  const falls = [0.05, 0.1, 0.2, 0.5].map((share) => (probabilities[0] ?? 0) - (probabilities[share * steps] ?? 0));
  return [area, falls.reduce((sum, value) => sum + value, 0) / falls.length];
}
