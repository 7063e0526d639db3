import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { defaultOptions } from "../src/common/options";
import { GradientSession } from "../src/engine/gradientSession";
import { ModelSession } from "../src/engine/session";
import { EngineClient } from "../src/engineClient/engineClient";
import { openModelFolder } from "../src/models/folder";

const tokens = 128;
const rounds = 12;
const text = "A gorgeous, witty and seductive movie, though its unsubtle ending never quite earns the tears.";

/** One way in which the same weights lie on the disk. */
interface Kept {
  readonly title: string;
  readonly directory: string;
  readonly file: string | null;
}

/**
 * Opens the same weights as an exported file and as checkpoints of 32 and 16 bits: time from the engine's start to the first colours and its memory at the most, each in an engine of its own, in turns; then time
 * of a run forward, and forward and back, of 128 tokens, in turns too. Argument: a folder that bench/gradients/make.py made (default out/gradients). Linux only.
 */
export async function run([
  folder = fileURLToPath(new URL("../out/gradients", import.meta.url)),
  size = "bert",
]: readonly string[]): Promise<void> {
  const directory = join(folder, size);
  if (!existsSync(join(directory, "model.safetensors"))) {
    console.log(
      "Checkpoints beside exported files: make the models with `python bench/gradients/make.py models/sentiment out/gradients` by a Python that has torch, transformers and onnx, then: npm run bench -- checkpoints [FOLDER] [bert | minilm]",
    );
    return;
  }
  const ways: readonly Kept[] = [
    { title: "exported", directory, file: null },
    { title: "checkpoint", directory, file: "model.safetensors" },
    { title: "checkpoint, 16 bits", directory: `${directory}16`, file: "model.safetensors" },
  ].filter((way) => existsSync(way.directory));
  const opened = new Map<string, { seconds: number; megabytes: number }[]>();
  for (let round = 0; round < 3; round++) {
    for (const way of ways) {
      opened.set(way.title, [...(opened.get(way.title) ?? []), await open(way)]);
    }
  }
  const runs = await runTimes(ways);
  console.log(
    "                       colours s   of exported   most MB   forward ms   of exported   and back ms   of exported",
  );
  const [first] = ways;
  for (const { title } of ways) {
    const least = (name: string) => Math.min(...(opened.get(name) ?? []).map(({ seconds }) => seconds));
    const most = Math.min(...(opened.get(title) ?? []).map(({ megabytes }) => megabytes));
    const [own, exported] = [runs.get(title), runs.get(first?.title ?? "")];
    const [forward = Number.NaN, both = Number.NaN] = own ?? [];
    const [forward0 = Number.NaN, both0 = Number.NaN] = exported ?? [];
    console.log(
      title.padEnd(21),
      least(title).toFixed(2).padStart(10),
      (least(title) / least(first?.title ?? "")).toFixed(2).padStart(13),
      most.toFixed(0).padStart(9),
      forward.toFixed(1).padStart(12),
      (forward / forward0).toFixed(2).padStart(13),
      both.toFixed(1).padStart(13),
      (both / both0).toFixed(2).padStart(13),
    );
  }
}

/** Starts an engine, explains a sentence, and ends it. */
async function open({ directory, file }: Kept): Promise<{ seconds: number; megabytes: number }> {
  const client = new EngineClient({
    modulePath: fileURLToPath(new URL("../dist/engine.cjs", import.meta.url)),
    options: { threads: 2, memoryMegabytes: 4096 },
    log: (line) => console.error(line),
  });
  const start = performance.now();
  let seconds = Number.NaN;
  const request = { ...defaultOptions, model: { directory, file }, text, methods: ["rollout" as const] };
  await client.explain(request, undefined, ({ partial }) => {
    if (partial && partial.attributions.length > 0 && Number.isNaN(seconds)) {
      seconds = (performance.now() - start) / 1000;
    }
  });
  seconds = Number.isNaN(seconds) ? (performance.now() - start) / 1000 : seconds;
  const status = readFileSync(`/proc/${client.pid}/status`, "utf8");
  const megabytes = Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
  client.dispose();
  return { seconds, megabytes };
}

/** The least milliseconds of a run forward, and of one forward and back, by title. */
async function runTimes(ways: readonly Kept[]): Promise<ReadonlyMap<string, readonly [number, number]>> {
  const ids = Int32Array.from({ length: tokens }, (_, position) => 5 + ((position * 7919) % 20_000));
  const row = { ids, segments: new Int32Array(tokens) };
  const sides = [];
  for (const { title, directory, file } of ways) {
    const forward = await ModelSession.load(await openModelFolder({ directory, file }), 2);
    const back = await GradientSession.load(forward, { threads: 2, classes: 2 });
    const target = await back.target(row, { reads: [{ index: 1, weight: 1 }] }, new Uint8Array(tokens), ids);
    const signal = new AbortController().signal;
    sides.push({
      title,
      forward: () => forward.logits([row]),
      both: () => target.gradients([target.input], signal),
    });
  }
  const least = new Map<string, [number, number]>();
  for (let round = 0; round < rounds; round++) {
    for (const { title, forward, both } of sides) {
      const times: [number, number] = [await timed(forward), await timed(both)];
      const [a, b] = least.get(title) ?? times;
      least.set(title, [Math.min(a, times[0]), Math.min(b, times[1])]);
    }
  }
  return least;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}
