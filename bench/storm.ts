import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ExplainError } from "../src/common/errors";
import type { ExplainRequest, Explanation } from "../src/common/explanation";
import type { MethodId } from "../src/common/method";
import type { ModelReference } from "../src/common/model";
import { defaultOptions } from "../src/common/options";
import { outcomesOf } from "../src/common/prediction/registry";
import { EngineClient } from "../src/engineClient/engineClient";
import { pullLook } from "../src/engineClient/pullLook";
import { randomNumbers } from "../test/unit/graph/build";
import { memoryOf } from "./supportCommandLine";
import { makeSubjects, type Subject } from "./supportSubjects";

const people = 4;
/** A request that has not ended so long after the storm is lost. */
const patienceMilliseconds = 180_000;
const lime = { ...defaultOptions.lime, mode: "plain", features: "token", samples: 60 } as const;
const methods: readonly MethodId[] = ["lime", "saliency", "deepLift", "lrp", "occlusion", "rollout"];

/** Something a person asks for. The same key gives the same numbers. */
interface Wish {
  readonly key: string;
  readonly subject: Subject;
  ask(client: EngineClient, signal: AbortSignal | undefined, onLoading: () => void): Promise<number[]>;
}

/**
 * Prints what becomes of explanations, hovers, heads and cancels of three models at once; `args`: minutes (10), seed (1) and the memory setting in megabytes (8192: room for all three
 * models with their gradients, so that no load but the first is needed).
 */
export async function run(args: readonly string[]): Promise<void> {
  const [minutes = 10, seed = 1, megabytes = 8192] = args.map(Number);
  const folder = mkdtempSync(join(tmpdir(), "storm-"));
  try {
    const subjects = makeSubjects(folder);
    const storm = new Storm(subjects, await idsOf(subjects), seed, megabytes);
    await storm.blow(minutes * 60_000);
    console.log(`${minutes} minutes, seed ${seed}, ${people} people, three models, ${megabytes} MB`);
    console.log(await storm.table());
    storm.dispose();
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The token ids of every text, by model and text. */
async function idsOf(subjects: readonly Subject[]): Promise<Map<string, readonly number[]>> {
  const client = makeClient();
  const ids = new Map<string, readonly number[]>();
  for (const { model, texts, name } of subjects) {
    for (const text of texts) {
      const { tokens } = await client.explain(requestOf(model, text, ["rollout"]));
      ids.set(
        `${name} ${text}`,
        tokens.map(({ id }) => id),
      );
    }
  }
  client.dispose();
  return ids;
}

class Storm {
  readonly #client: EngineClient;
  readonly #subjects: readonly Subject[];
  readonly #ids: ReadonlyMap<string, readonly number[]>;
  readonly #random: () => number;
  readonly #answers: { readonly wish: Wish; readonly numbers: readonly number[] }[] = [];
  readonly #processes = new Set<number>();
  /** Loads of models, by process and model. */
  readonly #loads = new Map<string, number>();
  readonly #served = new Set<string>();
  readonly #failures: string[] = [];
  readonly #open = new Set<Promise<void>>();
  #asked = 0;
  #cancelled = 0;
  #cancels = 0;
  #crashes = 0;
  #lost = 0;
  #mostMegabytes = 0;

  constructor(
    subjects: readonly Subject[],
    ids: ReadonlyMap<string, readonly number[]>,
    seed: number,
    megabytes: number,
  ) {
    this.#client = makeClient(megabytes);
    this.#subjects = subjects;
    this.#ids = ids;
    this.#random = randomNumbers(seed);
    this.#client.onCrash(() => this.#crashes++);
  }

  async blow(milliseconds: number): Promise<void> {
    const end = Date.now() + milliseconds;
    const look = setInterval(() => this.#look(), 5);
    const person = async () => {
      while (Date.now() < end) {
        // A person who moves the pointer cancels one hover by the next.
        const count = this.#random() < 0.3 ? 3 : 1;
        const wishes = Array.from({ length: count }, () => this.#request());
        await Promise.race([Promise.all(wishes), wait(Math.max(0, end - Date.now()))]);
      }
    };
    await Promise.all(Array.from({ length: people }, person));
    await Promise.race([Promise.all(this.#open), wait(patienceMilliseconds)]);
    clearInterval(look);
    this.#lost = this.#open.size;
  }

  dispose(): void {
    this.#client.dispose();
  }

  async table(): Promise<string> {
    const peak = Math.round(memoryOf(this.#client.pid ?? 0).peak);
    const quiet = makeClient();
    const expected = new Map<string, readonly number[]>();
    let [other, bits] = [0, 0];
    for (const { wish, numbers } of this.#answers) {
      const known = expected.get(wish.key) ?? (await wish.ask(quiet, undefined, () => undefined));
      expected.set(wish.key, known);
      const apart = known.map((value, index) => Math.abs(value - (numbers[index] ?? Number.NaN)) / Math.max(1, value));
      if (known.length !== numbers.length || !apart.every((difference) => difference <= 1e-5)) {
        other++;
        console.log(`other digits: ${wish.key}, by ${Math.max(...apart)}`);
      }
      bits += apart.every((difference) => difference === 0) ? 0 : 1;
    }
    quiet.dispose();
    const kills = this.#processes.size - 1;
    const loads = [...this.#loads.values()].reduce((sum, count) => sum + count, 0);
    const needless = loads - new Set(this.#answers.map(({ wish }) => wish.subject.name)).size;
    const share = (part: number, whole: number) => `${((100 * part) / Math.max(1, whole)).toFixed(1)} %`;
    const rows: [string, number, string?][] = [
      ["requests", this.#asked],
      ["cancels", this.#cancels],
      ["answered cancelled", this.#cancelled],
      ["answered in full", this.#answers.length],
      ["failed", this.#failures.length, [...new Set(this.#failures)].join("; ")],
      ["engine processes ended", kills, `${share(kills, this.#cancels)} of cancels`],
      ["of them crashes", this.#crashes],
      ["needless loads of a model", needless, `${share(needless, this.#asked)} of requests`],
      ["lost requests", this.#lost],
      ["answers with other digits", other, `${bits} not the same to the last bit`],
      [
        "most megabytes of its own",
        Math.round(this.#mostMegabytes),
        "some 100 for the process itself, beside the setting",
      ],
      ["with pages of files", peak, "pages that several sessions read count for each; the system can take them back"],
    ];
    return rows.map(([name, count, note = ""]) => `${name.padEnd(28)}${String(count).padStart(7)}  ${note}`).join("\n");
  }

  #look(): void {
    if (this.#client.pid !== undefined) {
      this.#processes.add(this.#client.pid);
      this.#mostMegabytes = Math.max(this.#mostMegabytes, memoryOf(this.#client.pid).own);
    }
  }

  #request(): Promise<void> {
    const wish = this.#wish();
    const controller = new AbortController();
    this.#asked++;
    if (this.#random() < 0.6) {
      setTimeout(
        () => {
          if (this.#open.has(running)) {
            this.#cancels++;
            controller.abort();
          }
        },
        this.#random() ** 2 * 2500,
      );
    }
    const running = this.#follow(wish, controller.signal).finally(() => this.#open.delete(running));
    this.#open.add(running);
    return running;
  }

  async #follow(wish: Wish, signal: AbortSignal): Promise<void> {
    try {
      const numbers = await wish.ask(this.#client, signal, () => this.#countLoads(wish.subject, false));
      this.#answers.push({ wish, numbers });
      this.#countLoads(wish.subject, true);
    } catch (error) {
      const { reason, message } = ExplainError.from(error);
      if (reason === "cancelled" && signal.aborted) {
        this.#cancelled++;
      } else {
        this.#failures.push(message);
      }
    }
  }

  /** A process that answers has loaded the model once; what it says of loading before is about the same load, what it says afterwards about another. */
  #countLoads({ name }: Subject, answered: boolean): void {
    this.#look();
    const key = `${this.#client.pid} ${name}`;
    const before = this.#loads.get(key) ?? 0;
    this.#loads.set(key, this.#served.has(key) && !answered ? before + 1 : Math.max(1, before));
    if (answered) {
      this.#served.add(key);
    }
  }

  #wish(): Wish {
    const subject = pick(this.#subjects, this.#random());
    const text = pick(subject.texts, this.#random());
    const ids = this.#ids.get(`${subject.name} ${text}`) ?? [];
    const kind = this.#random();
    if (kind < 0.3) {
      return explainWish(subject, text, pick(methods, this.#random()));
    }
    return kind < 0.7
      ? hoverWish(subject, text, 1 + Math.floor(this.#random() * Math.min(5, ids.length - 2)))
      : headWish(subject, ids, Math.floor(this.#random() * 2), Math.floor(this.#random() * 2));
  }
}

function explainWish(subject: Subject, text: string, method: MethodId): Wish {
  return {
    key: `${subject.name} ${method} ${text.length}`,
    subject,
    async ask(client, signal, onLoading) {
      const explanation = await client.explain(requestOf(subject.model, text, [method]), signal, ({ phase }) => {
        if (phase === "loading") {
          onLoading();
        }
      });
      return numbersOf(explanation);
    },
  };
}

function hoverWish(subject: Subject, text: string, token: number): Wish {
  return {
    key: `${subject.name} hover ${text.length} ${token}`,
    subject,
    async ask(client, signal) {
      const request = requestOf(subject.model, text, []);
      const { prediction } = await client.request("predictMasked", { request, masked: [token] }, signal);
      return outcomesOf(prediction).map(({ logit }) => logit);
    },
  };
}

function headWish(subject: Subject, ids: readonly number[], layer: number, head: number): Wish {
  return {
    key: `${subject.name} head ${ids.length} ${layer} ${head}`,
    subject,
    async ask(client, signal) {
      const source = { model: subject.model, ids, segments: ids.map(() => 0), special: ids.map(() => false) };
      const { values } = await pullLook(client, source, { kind: "head", layer, head }, signal);
      return [...values];
    },
  };
}

function requestOf(model: ModelReference, text: string, wanted: readonly MethodId[]): ExplainRequest {
  return { ...defaultOptions, model, text, methods: wanted, lime };
}

function numbersOf({ prediction, attributions }: Explanation): number[] {
  return [...outcomesOf(prediction).map(({ logit }) => logit), ...attributions.flatMap(({ scores }) => scores)];
}

function makeClient(memoryMegabytes = 8192): EngineClient {
  return new EngineClient({
    modulePath: fileURLToPath(new URL("../dist/engine.cjs", import.meta.url)),
    options: { threads: 0, memoryMegabytes },
    log: (line) => console.error(line),
  });
}

function pick<T>(from: readonly [T, ...T[]] | readonly T[], share: number): T {
  const found = from[Math.floor(share * from.length)];
  if (found === undefined) {
    throw new Error("nothing to pick from");
  }
  return found;
}

function wait(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds).unref());
}
