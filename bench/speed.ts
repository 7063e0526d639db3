import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { defaultOptions } from "../src/common/options";
import { createEngine } from "../src/engine/engine";
import { makeExplainable } from "../src/graph/explainable";
import { readGraph } from "../src/graph/readGraph";
import { adaptiveLime } from "../src/methods/lime/adaptiveLime";
import { createTokenizer } from "../src/text/tokenizer";
import { pairGame } from "../test/unit/methods/games";
import { type Figures, quantile } from "./supportFigures";

/** Something that is measured: returns milliseconds. */
type Row = () => Promise<number>;

const never = new AbortController().signal;
const review =
  "A gorgeous, witty and seductive movie, though its unsubtle ending never quite earns the tears it asks for us.";

/** Prints how long what a person waits for takes by itself, median of `--rounds N` (9): all rows in turn, so that what the machine does beside counts for all of them. */
export async function run(args: readonly string[], figures: Figures): Promise<void> {
  const rounds = Number(args[args.indexOf("--rounds") + 1 || args.length] ?? 9);
  const rows = new Map<string, Row>([
    ["rewriting the bundled model", rewriting()],
    ...tokenizing(),
    ...[14, 28, 300].map((n): [string, Row] => [`LIME on ${n} features, longest turn`, () => longestTurn(n)]),
    ...explaining(),
  ]);
  for (const measure of rows.values()) {
    await measure();
  }
  for (let round = 0; round < rounds; round++) {
    for (const [name, measure] of rows) {
      figures.add(`speed: ${name}`, await measure());
    }
  }
  console.log(`Median (fastest, slowest) of ${rounds}, milliseconds`);
  for (const name of rows.keys()) {
    const samples = figures.run.figures[`speed: ${name}`] ?? [];
    const cells = [0.5, 0, 1].map((share) => quantile(samples, share).toFixed(1));
    console.log(`${name.padEnd(52)}${(cells[0] ?? "").padStart(9)}   (${cells[1]}, ${cells[2]})`);
  }
}

/** Processor time of this process, in milliseconds: other programs on the machine do not count. */
function spent(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function timed(work: () => unknown): Row {
  return async () => {
    const start = spent();
    work();
    return spent() - start;
  };
}

function rewriting(): Row {
  const file = readFileSync("models/sentiment/onnx/model.onnx");
  return timed(() => makeExplainable(readGraph(file)));
}

/** A text of 198,000 characters through tokenizers of each kind. */
function tokenizing(): [string, Row][] {
  const text = "The camera lingers; nobody ever quite earns the tears. 我喜欢 👩‍👩‍👧\n".repeat(3000);
  const read = (file: string) => (file.endsWith(".gz") ? gunzipSync(readFileSync(file)) : readFileSync(file));
  const files = ["unigram", "byteLevelBpe", "byteFallbackBpe"].map(
    (name) => [name, `test/golden/tokenizers/vocabularies/${name}.json.gz`] as const,
  );
  return [["wordPiece", "models/sentiment/tokenizer.json"] as const, ...files].map(([name, file]) => {
    const tokenizer = createTokenizer(JSON.parse(read(file).toString("utf8")));
    return [`198,000 characters, ${name}`, timed(() => tokenizer.encode(text.slice(0, 198_000), null))];
  });
}

/** The most processor time between two turns of the event loop while LIME computes: so late a cancellation is heard. */
async function longestTurn(features: number): Promise<number> {
  let [longest, last, running] = [0, spent(), true];
  const turn = (): void => {
    const now = spent();
    longest = Math.max(longest, now - last);
    last = now;
    if (running) {
      setImmediate(turn);
    }
  };
  setImmediate(turn);
  await adaptiveLime(pairGame(features, 2), { keep: null, samples: 1000, tolerance: 0 }, { seed: 1, signal: never });
  running = false;
  return longest;
}

/** On the clock, as a person waits: a sentence by what runs by default, and until a long run has ended after it was cancelled. */
function explaining(): [string, Row][] {
  const engine = createEngine({ threads: 2, memoryMegabytes: 1024 });
  const model = { directory: "models/sentiment", file: null };
  let round = 0;
  // Another text each time, so that nothing is remembered.
  const text = () => `${review} ${++round}`;
  return [
    [
      "a sentence by what runs by default",
      async () => {
        const start = performance.now();
        await engine.explain({ ...defaultOptions, model, text: text() }, never);
        return performance.now() - start;
      },
    ],
    [
      "cancelling LIME",
      async () => {
        const controller = new AbortController();
        let start = 0;
        const lime = { ...defaultOptions.lime, mode: "plain", samples: 20_000 } as const;
        await engine
          .explain(
            { ...defaultOptions, methods: ["lime"], lime, model, text: text() },
            controller.signal,
            ({ phase, done }) => {
              if (phase === "lime" && done > 0 && start === 0) {
                start = performance.now();
                controller.abort();
              }
            },
          )
          .catch(() => undefined);
        return performance.now() - start;
      },
    ],
  ];
}
