import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { ExplainError } from "../../../src/common/errors";
import type { ExplainRequest } from "../../../src/common/explanation";
import type { ModelReference } from "../../../src/common/model";
import { defaultOptions } from "../../../src/common/options";
import { EngineClient } from "../../../src/engineClient/engineClient";
import { writeTinyFolder } from "../tinyModel";
import { folderMutant, writeOutside, writeWeights } from "./folders";
import type { Mutant, Original } from "./mutants";
import { canary } from "./places";

/** What became of one file or folder. */
export interface Outcome {
  readonly number: number;
  readonly kind: string;
  readonly original: string;
  /**
   * `works`, the reason of the error, `crashed` where the engine process died, also where it did not the second time, `too slow`, or `read outside`
   * where something was read that is none of the model's.
   */
  readonly outcome: string;
  readonly message: string;
  /** Processor time of the engine; wall time where the system does not tell. */
  readonly milliseconds: number;
  /** By how much its memory grew at most, in megabytes; 0 where the system does not tell. */
  readonly megabytes: number;
}

/** Something to explain with. */
interface Case {
  readonly kind: string;
  readonly original: string;
  readonly model: ModelReference;
  /** Writes it, and takes it away again. */
  put(): void;
  remove(): void;
}

/** Longer than this and the engine is ended. */
const patienceMilliseconds = 20_000;

/**
 * Explains files in engine processes of their own, `workers` at once, as the product does: read, rewritten, loaded, run forward and backward.
 * `enginePath` is the bundle of the engine.
 */
export async function explainFiles(
  count: number,
  make: (number: number) => Mutant,
  enginePath: string,
  workers: number,
): Promise<Outcome[]> {
  return await explainAll(count, enginePath, workers, (place) => {
    const directory = path.join(place, "model");
    const outside = path.join(place, "outside");
    writeOutside(outside, new Uint8Array());
    mkdirSync(directory, { recursive: true });
    writeTinyFolder(directory);
    writeWeights(directory, outside);
    return (number) => {
      const { kind, original, file } = make(number);
      const name = `${number}.onnx`;
      return {
        kind,
        original,
        model: { directory, file: name },
        put: () => writeFileSync(path.join(directory, name), file),
        remove: () => rmSync(path.join(directory, name)),
      };
    };
  });
}

/** Explains with whole folders, from that of a number on, in one engine process, whose every reading is watched, one after the other. */
export async function explainFolders(
  count: number,
  from: readonly Original[],
  enginePath: string,
  first = 0,
): Promise<Outcome[]> {
  const [whole] = from;
  const log = path.join(mkdtempSync(path.join(tmpdir(), "reads-")), "log");
  const watched = { NODE_OPTIONS: `--require=${watchReads}`, EXPLAIN_READS: log };
  const before = { ...process.env };
  Object.assign(process.env, watched);
  let allowed = "";
  const reads = () => readsOutside(log, allowed);
  try {
    return await explainAll(
      count,
      enginePath,
      1,
      (place) => {
        const outside = path.join(place, "outside");
        writeOutside(outside, whole?.file ?? new Uint8Array());
        return (at) => {
          const number = first + at;
          const { kind, original, write } = folderMutant(number, from);
          const directory = path.join(place, String(number), "model");
          return {
            kind,
            original,
            model: { directory, file: null },
            put: () => {
              allowed = directory;
              mkdirSync(directory, { recursive: true });
              write(directory, outside);
            },
            remove: () => rmSync(path.dirname(directory), { recursive: true }),
          };
        };
      },
      reads,
    );
  } finally {
    for (const name of Object.keys(watched)) {
      process.env[name] = before[name];
      if (before[name] === undefined) {
        Reflect.deleteProperty(process.env, name);
      }
    }
    rmSync(path.dirname(log), { recursive: true, force: true });
  }
}

/** Benches and tests are run in the repository. */
const watchReads = path.resolve("test/support/mutation/watchReads.cjs");

/** What was read since the last call besides a folder and the program itself. */
function readsOutside(log: string, allowed: string): string[] {
  const read = existsSync(log) ? readFileSync(log, "utf8").split("\n") : [];
  rmSync(log, { force: true });
  const mine = [`${realpathSync(path.dirname(allowed))}${path.sep}`, realpathSync(process.cwd()), "/proc/self/cgroup"];
  return read.filter((one) => one !== "" && !mine.some((start) => one.startsWith(start)));
}

async function explainAll(
  count: number,
  enginePath: string,
  workers: number,
  prepare: (place: string) => (number: number) => Case,
  reads: () => readonly string[] = () => [],
): Promise<Outcome[]> {
  const root = mkdtempSync(path.join(tmpdir(), "mutants-"));
  const outcomes: Outcome[] = [];
  let next = 0;
  const work = async (worker: number) => {
    const make = prepare(path.join(root, String(worker)));
    const client = new EngineClient({
      modulePath: enginePath,
      // Room for a file to be loaded beside itself, as quantised ones are.
      options: { threads: 1, memoryMegabytes: 2 },
      log: () => undefined,
    });
    let crashes = 0;
    client.onCrash(() => crashes++);
    try {
      // The runtime itself is loaded with the first file.
      await explained(client, -1, make(0), reads);
      for (let number = next++; number < count; number = next++) {
        const before = crashes;
        const outcome = await explained(client, number, make(number), reads);
        outcomes.push(crashes > before ? { ...outcome, outcome: "crashed" } : outcome);
      }
    } finally {
      client.dispose();
    }
  };
  try {
    await Promise.all(Array.from({ length: workers }, (_, worker) => work(worker)));
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
  return outcomes.toSorted((a, b) => a.number - b.number);
}

async function explained(
  client: EngineClient,
  number: number,
  { kind, original, model, put, remove }: Case,
  reads: () => readonly string[],
): Promise<Outcome> {
  put();
  const before = client.pid === undefined ? undefined : usage(client.pid);
  const start = performance.now();
  let [outcome, message] = ["works", ""];
  try {
    const explanation = await client.explain(requestFor(model), AbortSignal.timeout(patienceMilliseconds));
    message = explanation.model.labels.join(", ").slice(0, 100);
  } catch (error) {
    const known = ExplainError.from(error);
    outcome = known.reason === "cancelled" ? "too slow" : known.reason;
    message = known.message;
  }
  const wall = performance.now() - start;
  const after = client.pid === undefined ? undefined : usage(client.pid, false);
  const outside = reads();
  if (outside.length > 0 || message.includes(canary)) {
    [outcome, message] = ["read outside", `${message} ${outside.join(", ")}`];
  }
  remove();
  const same = before && after && before.pid === after.pid;
  return {
    number,
    kind,
    original,
    outcome,
    message,
    milliseconds: same ? after.processor - before.processor : wall,
    megabytes: same ? Math.max(0, after.peak - before.memory) : 0,
  };
}

function requestFor(model: ModelReference): ExplainRequest {
  return {
    ...defaultOptions,
    model,
    text: "one two three four",
    methods: ["rollout", "saliency"],
  };
}

interface Usage {
  readonly pid: number;
  /** Milliseconds of processor time so far. */
  readonly processor: number;
  /** Megabytes now, and the most since it was last asked to forget. */
  readonly memory: number;
  readonly peak: number;
}

/** What a process has used, where the system tells; `forget` starts its peak of memory anew. */
function usage(pid: number, forget = true): Usage | undefined {
  try {
    if (forget) {
      writeFileSync(`/proc/${pid}/clear_refs`, "5");
    }
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    const megabytes = (field: string) => Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)?.[1] ?? 0) / 1000;
    const times = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /, "")
      .split(" ");
    return {
      pid,
      processor: (Number(times[11]) + Number(times[12])) * 10,
      memory: megabytes("VmRSS"),
      peak: megabytes("VmHWM"),
    };
  } catch {
    return undefined;
  }
}
