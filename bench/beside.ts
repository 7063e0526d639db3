import { setTimeout as sleep } from "node:timers/promises";
import { type MethodId, methodInfo } from "../src/common/method";
import { openModelFolder } from "../src/models/folder";
import { createTokenizer } from "../src/text/tokenizer";
import { type Answer, type AskedText, answerMethods } from "./supportMethods";
import { bundledModel } from "./supportModels";
import { type Side, startBench, startPython } from "./supportPython";
import { seededText, sentencesOfLength } from "./supportSentences";

/** A method on both sides: its aim (product's time / Python's), evaluations that both are given (Python gets those that the product took where this is the most), texts that Python runs at once, and runs in a turn. */
interface Row {
  readonly what: MethodId;
  readonly aim: number;
  readonly samples: number;
  readonly batch: number | null;
  readonly times: number;
}

const rows: readonly Row[] = [
  { what: "gradientXInput", aim: 1, samples: 1, batch: 1, times: 4 },
  { what: "integratedGradients", aim: 0.6, samples: 256, batch: null, times: 1 },
  { what: "partitionShap", aim: 0.5, samples: 500, batch: 16, times: 1 },
  { what: "kernelShap", aim: 0.5, samples: 500, batch: 64, times: 1 },
  { what: "alti", aim: 0.5, samples: 1, batch: 1, times: 4 },
  { what: "valueZeroing", aim: 0.5, samples: 1, batch: 32, times: 1 },
];
/** What takes one pass forward and back, and what is held against it: so many times its time at most, of the product's and of torch's. */
const [onePass, passAim] = ["gradientXInput", 1.5] as const;
const passes: readonly MethodId[] = ["deepLift", "lrp", "cpLrp", "chefer"];
const memoryAim = 0.5;
const passTimes = 4;
const longWords = 60;
/** Milliseconds between turns: threads wait for more work awake for a while, which would slow down whoever comes next. */
const pause = 50;

type Text = AskedText & { readonly text: string };

/**
 * Runs methods in the product and in `captum`, `shap` and torch: the same weights, texts, evaluations and two threads, in turns, each side a process of its own. Prints wall and processor time, of each text the least of all
 * rounds, and the most memory that each process took. Arguments: Python with the packages of test/parity/requirements.txt, file of `sentence TAB label` lines, sentences (10), rounds (3), names of methods (all). A
 * text of 60 to 100 tokens comes to the sentences.
 */
export async function run(args: readonly string[]): Promise<void> {
  if (args[0] === "--product") {
    return await answerMethods();
  }
  const [python, file, count = "10", rounds = "3", ...only] = args;
  if (!python || !file) {
    console.log("Methods beside Python: npm run bench -- beside PYTHON FILE [SENTENCES] [ROUNDS] [METHOD …]");
    return;
  }
  const sides = { product: startBench("beside", "--product"), python: startPython(python, "beside/python.py", "-") };
  try {
    const texts: Text[] = [];
    for (const text of await textsOf(file, Number(count))) {
      texts.push({ text, ...JSON.parse(await sides.product.ask({ what: "text", text, samples: 0 })) });
    }
    const tokens = texts.map(({ ids }) => ids.length).join(", ");
    console.log(
      `Texts of ${tokens} tokens; sums of each text's least of ${rounds} rounds; seconds, and product / Python`,
    );
    const isWanted = (what: MethodId) => only.length === 0 || what === onePass || only.includes(what);
    const comparison = new Comparison(sides, texts);
    for (let round = 0; round <= Number(rounds); round++) {
      for (const row of rows.filter(({ what }) => isWanted(what))) {
        await comparison.turn(row, round === 0);
      }
    }
    // Python has no such methods: only now, so that their sessions are not in the memory that is compared.
    const wanted = [onePass, ...passes.filter(isWanted)] as const;
    for (let round = 0; round <= (wanted.length > 1 ? Number(rounds) : -1); round++) {
      for (const what of wanted) {
        await comparison.pass(what, round === 0);
      }
    }
    comparison.print();
  } finally {
    sides.product.stop();
    sides.python.stop();
  }
}

async function textsOf(file: string, count: number): Promise<string[]> {
  const folder = await openModelFolder({ directory: bundledModel, file: null });
  const tokenizer = createTokenizer(folder.tokenizer, folder.tokenizerConfig);
  return [...sentencesOfLength(tokenizer, { least: 8, most: 40, count }, file), seededText(longWords, file)];
}

/** The least that a method took on each text, and the last answer to each. */
interface Taken {
  readonly seconds: number[];
  readonly cpu: number[];
  readonly last: Answer[];
}

class Comparison {
  readonly #sides: { readonly product: Side; readonly python: Side };
  readonly #texts: readonly Text[];
  readonly #taken = { product: new Map<MethodId, Taken>(), python: new Map<MethodId, Taken>() };

  constructor(sides: { readonly product: Side; readonly python: Side }, texts: readonly Text[]) {
    this.#sides = sides;
    this.#texts = texts;
  }

  /** A method on all texts, one side after the other on each; of a warm-up nothing is kept. */
  async turn({ what, samples, batch, times }: Row, isWarmUp: boolean): Promise<void> {
    for (const [at, { text, ids, special, tree }] of this.#texts.entries()) {
      if (isWarmUp && at > 1) {
        return;
      }
      const own = await this.#least("product", { what, text, samples }, times);
      // Integrated gradients stop when they have settled.
      const asked = { what, ids, special, tree, batch, samples: Math.min(samples, own.evaluations) };
      const other = await this.#least("python", asked, times);
      if (!isWarmUp) {
        this.#keep("product", what, at, own);
        this.#keep("python", what, at, other);
      }
    }
  }

  /** A method without the other side. */
  async pass(what: MethodId, isWarmUp: boolean): Promise<void> {
    for (const [at, { text }] of this.#texts.entries()) {
      const own = await this.#least("product", { what, text, samples: 1 }, passTimes);
      if (!isWarmUp) {
        this.#keep("product", what, at, own);
      }
    }
  }

  async #least(side: "product" | "python", question: object, times: number): Promise<Answer> {
    await sleep(pause);
    const answers: Answer[] = [];
    for (let time = 0; time < times; time++) {
      answers.push(JSON.parse(await this.#sides[side].ask(question)));
    }
    const [first] = answers;
    if (!first) {
      throw new RangeError("A turn has at least one run.");
    }
    const least = (of: "seconds" | "cpu") => Math.min(...answers.map((answer) => answer[of]));
    return { ...first, peak: answers.at(-1)?.peak ?? first.peak, seconds: least("seconds"), cpu: least("cpu") };
  }

  #keep(side: "product" | "python", what: MethodId, at: number, answer: Answer): void {
    const taken = this.#taken[side].get(what) ?? { seconds: [], cpu: [], last: [] };
    for (const of of ["seconds", "cpu"] as const) {
      taken[of][at] = Math.min(taken[of][at] ?? Number.POSITIVE_INFINITY, answer[of]);
    }
    taken.last[at] = answer;
    this.#taken[side].set(what, taken);
  }

  print(): void {
    console.log(
      `${"".padEnd(24)}evaluations        wall                     processor                aim   scores differ by`,
    );
    for (const { what, aim } of rows) {
      const [own, other] = [this.#taken.product.get(what), this.#taken.python.get(what)];
      if (own && other) {
        const cells = (["seconds", "cpu"] as const).map((of) => compared(sum(own[of]), sum(other[of])));
        const evaluations = [own, other].map(({ last }) => sum(last.map((answer) => answer.evaluations))).join(" / ");
        console.log(
          `${methodInfo(what).label.padEnd(24)}${evaluations.padEnd(19)}${cells.join("")}${String(aim).padEnd(6)}${differ(own, other)}`,
        );
      }
    }
    console.log(`\nHeld against one pass forward and back of the product and of torch, at most ${passAim} × each`);
    const pass = { product: this.#taken.product.get(onePass), python: this.#taken.python.get(onePass) };
    for (const what of passes) {
      const own = this.#taken.product.get(what);
      for (const of of own && pass.product && pass.python ? (["seconds", "cpu"] as const) : []) {
        const [time, ofProduct, ofTorch] = [own, pass.product, pass.python].map((taken) => sum(taken?.[of] ?? []));
        const name = `${methodInfo(what).label}, ${of === "cpu" ? "processor" : "wall"}`;
        console.log(`${name.padEnd(44)}${compared(time, ofProduct)}${compared(time, ofTorch)}`);
      }
    }
    const [own, other] = [this.#taken.product, this.#taken.python].map((side) => {
      const answers = rows.flatMap(({ what }) => (what === onePass ? [] : (side.get(what)?.last ?? [])));
      return Math.max(...answers.map(({ peak }) => peak / 2 ** 20));
    });
    // Of methods that one side alone has there is nothing to compare.
    if (Number.isFinite(own) && Number.isFinite(other)) {
      console.log(`\nMost memory, MB                             ${compared(own, other, 0)}aim ${memoryAim}`);
    }
  }
}

function compared(own = Number.NaN, other = Number.NaN, digits = 3): string {
  return `${own.toFixed(digits)} / ${other.toFixed(digits)} = ${(own / other).toFixed(2)}`.padEnd(25);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** The largest difference of scores over all texts, as a share of the largest score of its text. */
function differ(own: Taken, other: Taken): string {
  const shares = own.last.map(({ scores }, at) => {
    const theirs = other.last[at]?.scores ?? [];
    const largest = Math.max(...theirs.map(Math.abs));
    return Math.max(...scores.map((score, token) => Math.abs(score - (theirs[token] ?? Number.NaN)))) / largest;
  });
  return Math.max(...shares).toExponential(1);
}
