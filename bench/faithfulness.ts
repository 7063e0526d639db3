import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { isListOf, isText } from "../src/common/checks";
import type { MeasuredMethod } from "../src/common/explanation";
import { isMeasured } from "../src/common/explanationCheck";
import { mostFaithful } from "../src/common/faithful";
import { measureInfo, quickMeasureIds } from "../src/common/measure";
import { type MethodId, methodIds, methodInfo } from "../src/common/method";
import { deviation, meanValue } from "../src/common/moments";
import { defaultOptions } from "../src/common/options";
import { explainText } from "../src/engine/explain";
import type { LoadedModel } from "../src/engine/loadedModel";
import { ModelStore } from "../src/engine/modelStore";
import { RunReporter } from "../src/engine/runReporter";
import { bundledModel } from "./supportModels";
import { sentencesOfLength } from "./supportSentences";

/** Its scores of single tokens are Shapley values, which others give with fewer evaluations. */
const leftOut: readonly MethodId[] = ["shapleyInteraction"];
const lengths = { least: 5, most: 60 };
const printEvery = 10;

/**
 * Prints how faithful all methods are with their defaults on sentences of a file, by every measure that runs no method again: means over the sentences, ± their standard errors, beside random scores (the mean
 * of five orders on each). Arguments: file of sentences (`sentence TAB label`), how many, threads, minutes at most, a file. Sentences are spread evenly over the file of sentences. The last file gets a line of JSON
 * for each sentence when it is done; what it has already is not run again, so that a run may be stopped at any time and go on later.
 */
export async function run(args: readonly string[]): Promise<void> {
  const [file, count = "5", threads = "2", minutes = "1000", kept] = args;
  const store = new ModelStore({ threads: Number(threads), memoryMegabytes: 2048 });
  const until = performance.now() + Number(minutes) * 60_000;
  try {
    await store.use({ directory: bundledModel, file: null }, async (model) => {
      const rows = counted(model);
      const all = sentencesOfLength(model.tokenizer, { ...lengths, count: Number.MAX_SAFE_INTEGER }, file);
      const wanted = Math.min(Number(count), all.length);
      const before = readKept(kept);
      const found: (readonly MeasuredMethod[])[] = [];
      while (found.length < wanted && performance.now() < until) {
        // Spread evenly however soon the time is over.
        const place = Math.floor(((found.length * 0.618034) % 1) * all.length);
        const text = all[place] ?? "";
        const known = before.get(text);
        const measures = known ?? (await measured(model, text));
        found.push(measures);
        if (kept && !known) {
          appendFileSync(kept, `${JSON.stringify([text, measures])}\n`);
        }
        if (found.length % printEvery === 0) {
          print(found, rows);
        }
      }
      print(found, rows);
    });
  } finally {
    await store.dispose();
  }
}

/** What was measured of each sentence before; a line that was cut off is measured again. */
function readKept(file: string | undefined): Map<string, readonly MeasuredMethod[]> {
  const known = new Map<string, readonly MeasuredMethod[]>();
  for (const line of file && existsSync(file) ? readFileSync(file, "utf8").split("\n") : []) {
    const record: unknown = line.endsWith("]") ? JSON.parse(line) : null;
    const [text, measures]: readonly unknown[] = Array.isArray(record) ? record : [];
    if (isText(text) && isListOf(isMeasured)(measures)) {
      known.set(text, measures);
    }
  }
  return known;
}

async function measured(model: LoadedModel, text: string): Promise<readonly MeasuredMethod[]> {
  const methods = methodIds.filter((id) => !methodInfo(id).isBlind && !leftOut.includes(id));
  const request = { ...defaultOptions, text, model: model.folder.reference, methods, measures: quickMeasureIds };
  const reporter = new RunReporter(() => undefined);
  return (await explainText(model, request, new AbortController().signal, reporter)).measures;
}

/** Counts rows that are asked for, and those that are run. */
function counted(model: LoadedModel): { asked: number; run: number } {
  const rows = { asked: 0, run: 0 };
  const evaluate = model.batcher.evaluate.bind(model.batcher);
  model.batcher.evaluate = (asked, ...rest) => {
    rows.asked += asked.length;
    return evaluate(asked, ...rest);
  };
  const logits = model.session.logits.bind(model.session);
  model.session.logits = (batch) => {
    rows.run += batch.length;
    return logits(batch);
  };
  return rows;
}

function print(
  found: readonly (readonly MeasuredMethod[])[],
  rows: { readonly asked: number; readonly run: number },
): void {
  const width = 26;
  console.log(
    `\n${found.length} sentences; ${rows.asked} rows asked for, ${rows.run} of them run (the others remembered)`,
  );
  console.log(`${"".padEnd(34)}${quickMeasureIds.map((id) => measureInfo(id).label.padStart(width)).join("")}`);
  const known = methodIds.filter((id) => found.some((one) => one.some(({ method }) => method === id)));
  for (const id of known) {
    const cells = quickMeasureIds.map((measure) => {
      const values = found.flatMap((one) => one.find(({ method }) => method === id)?.values[measure]?.value ?? []);
      const error = deviation(values) / Math.sqrt(values.length);
      return `${meanValue(values).toFixed(3)} ± ${error.toFixed(3)}`.padStart(width);
    });
    console.log(`${methodInfo(id).label.padEnd(34)}${cells.join("")}`);
  }
  const choices = found.flatMap((one) => mostFaithful(one)?.method ?? []);
  const areas = choices.length === 0 ? [] : found.map(rankByDeletion);
  console.log(`\nThe most faithful of all by comprehensiveness, as auto chooses: on how many sentences each`);
  for (const id of known.filter((method) => choices.includes(method))) {
    console.log(`${methodInfo(id).label.padEnd(34)}${choices.filter((choice) => choice === id).length}`);
  }
  console.log(`Its mean rank by the area under deletion, of ${known.length}: ${meanValue(areas).toFixed(1)}`);
}

/** The rank of the method that comprehensiveness chooses, by another measure; 1 is the best. */
function rankByDeletion(measures: readonly MeasuredMethod[]): number {
  const chosen = mostFaithful(measures)?.method;
  const area = ({ values }: MeasuredMethod) => values.deletionArea?.value ?? Number.POSITIVE_INFINITY;
  const own = measures.find(({ method }) => method === chosen);
  return own ? 1 + measures.filter((one) => area(one) < area(own)).length : measures.length;
}
