import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { type Pattern, regexPattern } from "../src/text/patterns";
import { Expressions } from "../src/text/regex/expression";
import { StepBudget } from "../src/text/stepBudget";
import { createTokenizer } from "../src/text/tokenizer";
import { wellKnown } from "./supportExpressions";

const size = 10_000;

const prose =
  "It's a gorgeous, witty, seductive movie; they'll remember it in 2024, won't they? The film's 3 acts — each of 1,234 seconds — ";
const program =
  'export function sum(values: number[]): number {\n  let total = 0;\n  for (const value of values) {\n    total += value * 2;\n  }\n\n  return total; // "done"\n}\n';
const chinese = "我喜欢看电影，尤其是科幻片！你呢？今天天气很好，我们去公园散步吧。2024年的票房超过三亿元。";

function filled(part: string): string {
  return part.repeat(Math.ceil(size / part.length)).slice(0, size);
}

const texts: readonly (readonly [string, string])[] = [
  ["12 characters", "A good film."],
  ["a sentence", "It's a gorgeous, witty, seductive movie that they'll remember."],
  ["10 KB prose", filled(prose)],
  ["10 KB code", filled(program)],
  ["10 KB Chinese", filled(chinese)],
];

/** Milliseconds for one call: the least of many rounds, in turns with the others, so that other load on the machine weighs on none of them alone. */
function leastTimes(works: readonly (() => unknown)[], length: number): number[] {
  const calls = Math.max(1, Math.ceil(100_000 / length));
  const least = works.map(() => Number.POSITIVE_INFINITY);
  for (let round = 0; round < 30; round++) {
    works.forEach((work, index) => {
      const start = performance.now();
      for (let call = 0; call < calls; call++) {
        work();
      }
      least[index] = Math.min(least[index] ?? 0, (performance.now() - start) / calls);
    });
  }
  return least;
}

function row(name: string, text: string, own: number, native: number): string {
  const numbers = [own * 1000, native * 1000].map((value) => value.toFixed(2).padStart(11));
  return `${name.padEnd(16)}${text.padEnd(15)}${numbers.join("")}${(own / native).toFixed(2).padStart(8)}`;
}

function ownPattern(source: string): Pattern {
  const expression = new Expressions(new StepBudget()).compile(source);
  const budget = new StepBudget();
  return (text) => {
    budget.restart(text.length);
    return expression.findAll(text, budget);
  };
}

/**
 * A byte-level tokenizer whose words are cut by an expression. GPT-2's is also built in, as an expression of JavaScript, so that whole
 * encodings can be compared.
 */
function tokenizers(): { readonly own: (text: string) => unknown; readonly native: (text: string) => unknown } {
  const file = fileURLToPath(new URL("../test/golden/tokenizers/vocabularies/byteLevelBpe.json.gz", import.meta.url));
  const json = JSON.parse(gunzipSync(readFileSync(file)).toString("utf8")) as object;
  const bytes = { type: "ByteLevel", add_prefix_space: false, trim_offsets: true };
  const Regex = wellKnown[0]?.source ?? "";
  const split = { type: "Split", pattern: { Regex }, behavior: "Isolated", invert: false };
  const own = createTokenizer({
    ...json,
    pre_tokenizer: { type: "Sequence", pretokenizers: [split, { ...bytes, use_regex: false }] },
  });
  const native = createTokenizer({ ...json, pre_tokenizer: { ...bytes, use_regex: true } });
  return { own: (text) => own.encode(text, null), native: (text) => native.encode(text, null) };
}

/** Prints how long the splitting expressions of well-known tokenizers take, with the product's matcher and with JavaScript's. */
export async function run(): Promise<void> {
  console.log("Splitting by the expressions of well-known tokenizers, and whole encodings (least of 30 rounds)");
  console.log("expression      text              own, µs  native, µs   ratio");
  for (const { name, source, native } of wellKnown) {
    const own = ownPattern(source);
    const reference = regexPattern(native);
    for (const [title, text] of texts) {
      if (JSON.stringify(own(text)) !== JSON.stringify(reference(text))) {
        throw new Error(`${name} differs for ${title}`);
      }
      const [ours = 0, theirs = 0] = leastTimes([() => own(text), () => reference(text)], text.length);
      console.log(row(name, title, ours, theirs));
    }
  }
  const { own, native } = tokenizers();
  for (const [title, text] of texts) {
    const [ours = 0, theirs = 0] = leastTimes([() => own(text), () => native(text)], text.length);
    console.log(row("GPT-2, encoding", title, ours, theirs));
  }
}
