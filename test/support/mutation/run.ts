import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { ExplainError } from "../../../src/common/errors";
import { defaultOptions, type ExplainRequest } from "../../../src/common/explanation";
import { EngineClient } from "../../../src/engineClient/engineClient";
import { writeTinyFolder } from "../tinyModel";
import type { Mutant } from "./mutants";

/** What became of one file. */
export interface Outcome {
  readonly number: number;
  readonly kind: string;
  readonly original: string;
  /** `works`, the reason of the error, `crashed` where the engine process died, also where it did not the second time, or `too slow`. */
  readonly outcome: string;
  readonly message: string;
  /** Processor time of the engine; wall time where the system does not tell. */
  readonly milliseconds: number;
  /** By how much its memory grew at most, in megabytes; 0 where the system does not tell. */
  readonly megabytes: number;
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
  const root = mkdtempSync(path.join(tmpdir(), "mutants-"));
  const outcomes: Outcome[] = [];
  let next = 0;
  const work = async (worker: number) => {
    const folder = modelFolder(path.join(root, String(worker)));
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
      await explained(client, folder, -1, make(0));
      for (let number = next++; number < count; number = next++) {
        const before = crashes;
        const outcome = await explained(client, folder, number, make(number));
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
  folder: string,
  number: number,
  { kind, original, file }: Mutant,
): Promise<Outcome> {
  const name = `${number}.onnx`;
  const place = path.join(folder, name);
  writeFileSync(place, file);
  const before = client.pid === undefined ? undefined : usage(client.pid);
  const start = performance.now();
  let [outcome, message] = ["works", ""];
  try {
    await client.explain(requestFor(folder, name), AbortSignal.timeout(patienceMilliseconds));
  } catch (error) {
    const known = ExplainError.from(error);
    outcome = known.reason === "cancelled" ? "too slow" : known.reason;
    message = known.message;
  }
  const wall = performance.now() - start;
  const after = client.pid === undefined ? undefined : usage(client.pid, false);
  rmSync(place);
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

function requestFor(directory: string, file: string): ExplainRequest {
  return {
    ...defaultOptions,
    model: { directory, file },
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

/** A model's folder without a model, with other files that models may ask for; a secret lies beside it. */
function modelFolder(folder: string): string {
  mkdirSync(path.join(folder, "model/folder"), { recursive: true });
  const model = path.join(folder, "model");
  const secret = path.join(folder, "secret.bin");
  writeFileSync(secret, new Uint8Array(100_000));
  symlinkSync(secret, path.join(model, "link.bin"));
  symlinkSync(folder, path.join(model, "linkedFolder"));
  writeFileSync(path.join(model, "weights.bin"), new Uint8Array(100_000));
  writeFileSync(path.join(model, "empty.bin"), "");
  writeTinyFolder(model);
  return model;
}
