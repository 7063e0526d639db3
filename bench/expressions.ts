import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { mapToBytes } from "../src/text/byteLevel";
import type { Model } from "../src/text/model";
import { createModel } from "../src/text/models";
import { NormalizedText } from "../src/text/normalizedText";
import { type Pattern, regexPattern, splitText } from "../src/text/patterns";
import { Expressions } from "../src/text/regex/expressions";
import { StepBudget } from "../src/text/stepBudget";
import { wellKnown } from "./supportExpressions";

const rounds = 41;
/** How long the calls of one round take, in milliseconds. */
const roundTime = 2;

const prose =
  "It's a gorgeous, witty, seductive movie; they'll remember it in 2024, won't they? The film's 3 acts — each of 1,234 seconds — ";
const program =
  'export function sum(values: number[]): number {\n  let total = 0;\n  for (const value of values) {\n    total += value * 2;\n  }\n\n  return total; // "done"\n}\n';
const chinese = "我喜欢看电影，尤其是科幻片！你呢？今天天气很好，我们去公园散步吧。2024年的票房超过三亿元。";
const films = Array.from({ length: 60 }, (_, id) => ({
  id,
  title: `Film ${id}`,
  stars: [4.5, id / 7],
  seen: id % 2 === 0,
}));

const texts: readonly (readonly [string, string])[] = [
  ["short", "A good film."],
  ["sentence", "It's a gorgeous, witty, seductive movie that they'll remember."],
  ["2,000 words", prose.repeat(100).split(" ").slice(0, 2000).join(" ")],
  ["Chinese", chinese.repeat(100)],
  ["code", program.repeat(60)],
  ["JSON", JSON.stringify(films, null, 2)],
];

/** Calls a function often enough to be measured; gives milliseconds for one call. */
function timeOf(work: () => unknown, calls: number): number {
  const start = performance.now();
  for (let call = 0; call < calls; call++) {
    work();
  }
  return (performance.now() - start) / calls;
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[values.length >> 1] ?? 0;
}

interface Comparison {
  /** Milliseconds for one call. */
  readonly own: number;
  readonly native: number;
  readonly ratio: number;
}

/** Times two functions in turns, first one and then the other in front, so that other load on the machine weighs on both. Medians. */
function compare(own: () => unknown, native: () => unknown): Comparison {
  let calls = 1;
  while (timeOf(native, calls) * calls < roundTime) {
    calls *= 2;
  }
  timeOf(own, calls);
  const pairs = Array.from({ length: rounds }, (_, round) => {
    const ownFirst = round % 2 === 0 ? timeOf(own, calls) : null;
    const nativeTime = timeOf(native, calls);
    return [ownFirst ?? timeOf(own, calls), nativeTime] as const;
  });
  return {
    own: median(pairs.map(([one]) => one)),
    native: median(pairs.map(([, other]) => other)),
    ratio: median(pairs.map(([one, other]) => one / other)),
  };
}

function row({ own, native, ratio }: Comparison): string {
  return [own * 1000, native * 1000, ratio].map((value) => value.toFixed(2).padStart(10)).join("");
}

/** A pattern of the product's matcher with the budget that each text has in a tokenizer. */
function ownPattern(source: string, budget: StepBudget): Pattern {
  const expression = new Expressions(new StepBudget()).compile(source);
  return (text) => {
    budget.restart(text.length);
    return expression.findAll(text, budget);
  };
}

function byteLevelModel(): Model {
  const file = fileURLToPath(new URL("../test/golden/tokenizers/vocabularies/byteLevelBpe.json.gz", import.meta.url));
  const json: { readonly model: unknown } = JSON.parse(gunzipSync(readFileSync(file)).toString("utf8"));
  return createModel(json.model);
}

/** What a byte-level tokenizer does with a text, with one pattern or another to cut its words. */
function encode(text: string, pattern: Pattern, model: Model, budget: StepBudget): number[] {
  const ids: number[] = [];
  budget.restart(text.length);
  for (const word of splitText(NormalizedText.from(text), pattern, budget, "Isolated").map(mapToBytes)) {
    for (const { id } of model.tokenize(word.text)) {
      ids.push(id);
    }
  }
  return ids;
}

/**
 * Prints how long the splitting expressions of well-known tokenizers take with the product's matcher and as the same expressions of
 * JavaScript, which have no counted steps: the splitting alone, and whole encodings.
 */
export async function run(): Promise<void> {
  console.log(
    `Splitting by the expressions of well-known tokenizers, and whole encodings (medians of ${rounds} paired rounds)`,
  );
  console.log("expression      text          split, µs    native     ratio  encode, µs    native     ratio");
  const model = byteLevelModel();
  const ratios: (readonly [number, number])[] = [];
  for (const { name, source, native } of wellKnown) {
    const budget = new StepBudget();
    const own = ownPattern(source, budget);
    const reference = regexPattern(native);
    for (const [title, text] of texts) {
      if (JSON.stringify(own(text)) !== JSON.stringify(reference(text))) {
        throw new Error(`${name} differs for ${title}`);
      }
      const split = compare(
        () => own(text),
        () => reference(text),
      );
      const whole = compare(
        () => encode(text, own, model, budget),
        () => encode(text, reference, model, budget),
      );
      ratios.push([split.ratio, whole.ratio]);
      console.log(`${name.padEnd(16)}${title.padEnd(13)}${row(split)}  ${row(whole)}`);
    }
  }
  const [splits, wholes] = [ratios.map(([one]) => one), ratios.map(([, other]) => other)];
  console.log(
    `Largest ratio: ${Math.max(...splits).toFixed(2)} splitting, ${Math.max(...wholes).toFixed(2)} encoding; medians: ${median(splits).toFixed(2)}, ${median(wholes).toFixed(2)}`,
  );
}
