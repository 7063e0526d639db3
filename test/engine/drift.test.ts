import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ExplainProgress } from "../../src/common/engineProtocol";
import type { Explanation } from "../../src/common/explanation";
import { outcomesOf } from "../../src/common/prediction/registry";
import { KeptDrift } from "../../src/engine/drift";
import { createEngine } from "../../src/engine/engine";
import { corpusFiles, corpusFolder, corpusModel } from "../support/corpus";
import { tinyIds, writeTinyFolder } from "../support/tinyModel";
import { never, requestFor } from "./support";

const text = "one two three four five";
const measured = /^Measured on the first text/;
let folder = "";

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "drift-"));
  writeTinyFolder(folder);
});

afterEach(() => rm(folder, { recursive: true, force: true }));

/** A model of the corpus as it is, in the folder. */
async function withModel(label: string): Promise<Uint8Array> {
  const file = corpusFiles(join(corpusFolder, "models")).find((one) => one.label === label);
  if (!file) {
    throw new Error(`no model ${label}`);
  }
  const bytes = corpusModel(file);
  await writeFile(join(folder, "model.onnx"), bytes);
  return bytes;
}

/** What the runtime computes with the bytes of a file. */
async function logitsOf(bytes: Uint8Array): Promise<number[]> {
  const session = await InferenceSession.create(bytes, { logSeverityLevel: 4, intraOpNumThreads: 1 });
  const ids = tinyIds(text);
  const row = (number: (id: number) => number) =>
    new Tensor(
      "int64",
      BigInt64Array.from(ids, (id) => BigInt(number(id))),
      [1, ids.length],
    );
  const feeds = {
    input_ids: row((id) => id),
    attention_mask: row(() => 1),
    token_type_ids: row(() => 0),
  };
  const { logits } = await session.run(
    Object.fromEntries(Object.entries(feeds).filter(([name]) => session.inputNames.includes(name))),
  );
  await session.release();
  return Array.from(logits?.data as Float32Array, Number);
}

function ask(words: string, methods: readonly ("rollout" | "occlusion")[] = ["rollout"]) {
  return requestFor(words, { model: { directory: folder, file: null }, methods });
}

function driftIn({ warnings }: Explanation): number | undefined {
  const warning = warnings.find(({ template }) => measured.test(template));
  return warning && Number(warning.args[0]);
}

describe("the drift from the file as shipped", () => {
  it.each(["bert.eager.ts17.int8", "bert.eager.ts17.qdq"])("is what the runtime says it is: %s", async (label) => {
    const bytes = await withModel(label);
    const engine = createEngine({ threads: 1, memoryMegabytes: 512 });
    const explanation = await engine.explain(ask(text), never);
    const theirs = await logitsOf(bytes);
    const differences = outcomesOf(explanation.prediction).map(({ index, logit }) =>
      Math.abs(logit - (theirs[index] ?? Number.NaN)),
    );
    const largest = Math.max(...differences);
    expect(largest).toBeGreaterThan(1e-4);
    expect(driftIn(explanation)).toBeCloseTo(largest, 2 - Math.floor(Math.log10(largest)) - 1);
    // It is measured once: another text is told the same figure.
    expect(driftIn(await engine.explain(ask("nine eight"), never))).toBe(driftIn(explanation));
    await engine.dispose();
  });

  it("is measured of 16-bit files too", async () => {
    await withModel("bert.eager.ts17.fp16");
    const engine = createEngine({ threads: 1, memoryMegabytes: 512 });
    const drift = driftIn(await engine.explain(ask(text), never));
    expect(drift).toBeGreaterThan(0);
    expect(drift).toBeLessThan(0.02);
    await engine.dispose();
  });

  it("comes after everything else: what is shown first does not wait for it", async () => {
    await withModel("bert.eager.ts17.int8");
    const engine = createEngine({ threads: 1, memoryMegabytes: 512 });
    const partials: Explanation[] = [];
    const hear = ({ partial }: ExplainProgress) => partial && partials.push(partial);
    const whole = await engine.explain(ask(text, ["rollout", "occlusion"]), never, hear);
    const last = partials.at(-1);
    expect(last?.attributions).toHaveLength(2);
    expect(last?.warnings.some(({ template }) => measured.test(template))).toBe(false);
    expect(driftIn(whole)).toBeGreaterThan(0);
    await engine.dispose();
  });

  it("is not measured where nothing differs, or there is no room to load the file twice", async () => {
    await withModel("bert.eager.ts17.fp32");
    const engine = createEngine({ threads: 1, memoryMegabytes: 512 });
    expect((await engine.explain(ask(text), never)).warnings).toEqual([]);
    await engine.dispose();
    await withModel("bert.eager.ts17.int8");
    const small = createEngine({ threads: 1, memoryMegabytes: 0 });
    const explanation = await small.explain(ask(text), never);
    expect(explanation.warnings).toHaveLength(2);
    expect(explanation.warnings.filter(({ template }) => template.includes("engine.memory"))).toHaveLength(1);
    expect(driftIn(explanation)).toBeUndefined();
    await small.dispose();
  });

  it("is measured as soon as there is room", async () => {
    const rows = [{ ids: Int32Array.of(1), segments: Int32Array.of(0) }];
    const answers = [{ needs: 100 }, { needs: 90 }, 0.25, 0.5] as const;
    let [asked, room] = [0, 80];
    const drift = new KeptDrift(
      async () => answers[asked++] ?? null,
      () => room,
    );
    expect([await drift.on(rows), await drift.on(rows), asked, drift.isKnown]).toEqual([null, null, 1, true]);
    room = 110;
    expect([drift.isKnown, await drift.on(rows), asked]).toEqual([false, null, 2]);
    expect([await drift.on(rows), await drift.on(rows), asked]).toEqual([0.25, 0.25, 3]);
    const without = new KeptDrift(
      async () => (asked++ === 3 ? null : 1),
      () => room,
    );
    expect([await without.on(rows), await without.on(rows)]).toEqual([null, null]);
  });
});
