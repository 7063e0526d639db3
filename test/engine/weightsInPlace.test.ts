import { existsSync, readFileSync, renameSync, truncateSync, utimesSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { InferenceSession } from "onnxruntime-node";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { GradientSession } from "../../src/engine/gradientSession";
import { loadRewritten } from "../../src/engine/modelLoading";
import { ModelParts } from "../../src/engine/modelParts";
import { ModelStore } from "../../src/engine/modelStore";
import { loadRuntime, sessionOptions, type WeightUse } from "../../src/engine/runtime";
import { ModelSession } from "../../src/engine/session";
import { makeDifferentiable } from "../../src/graph/differentiable";
import { type ExplainableModel, makeExplainable } from "../../src/graph/explainable";
import { graphOf, modelOf } from "../../src/graph/graph";
import { readModel, writeModel } from "../../src/graph/modelFile";
import { normalForm } from "../../src/graph/normalForm";
import { joinChunks } from "../../src/graph/protobufWriter";
import { type ReadGraph, readGraph } from "../../src/graph/readGraph";
import { openModelFolder } from "../../src/models/folder";
import { fedWords } from "../support/fed";
import { never, sentiment } from "./support";

const ids = Int32Array.of(101, 1037, 8403, 2143, 102);
const row = { ids, segments: new Int32Array(ids.length) };

let root = "";
let floats: Uint8Array;

/** The bundled model with its weights as floats, 90 MB, as people export them. */
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "weights-in-place-"));
  const shipped = readFileSync(join(sentiment.directory, "onnx/model.onnx"));
  floats = joinChunks(writeModel(modelOf(normalForm(graphOf(readModel(shipped))))));
});

afterAll(() => rm(root, { recursive: true, force: true }));

async function modelFolder(name: string, file = "model.onnx", bytes = floats): Promise<string> {
  const directory = join(root, name);
  await mkdir(directory, { recursive: true });
  for (const each of ["config.json", "tokenizer.json", "tokenizer_config.json"]) {
    await copyFile(join(sentiment.directory, each), join(directory, each));
  }
  await writeFile(join(directory, file), bytes);
  return directory;
}

const open = (directory: string) => openModelFolder({ directory, file: null });

/** Does something with both of the product's sessions; weights of more than `mostPacked` bytes are not packed for gradients. */
async function withSessions<T>(
  directory: string,
  mostPacked: number,
  work: (forward: ModelSession, backward: GradientSession) => Promise<T>,
): Promise<T> {
  const forward = await ModelSession.load(await open(directory), 1);
  const backward = await GradientSession.load(forward, { threads: 1, classes: 2, mostPacked });
  try {
    return await work(forward, backward);
  } finally {
    await backward.release();
    await forward.release();
  }
}

async function gradientOf(backward: GradientSession) {
  const target = await backward.target(row, { reads: [{ index: 1, weight: 1 }] }, new Uint8Array(ids.length), row.ids);
  const [point] = await target.gradients([target.input], never);
  return { ...point, input: target.input };
}

/** Logits and gradient of the row, by the product's sessions. */
function results(directory: string, mostPacked = Number.POSITIVE_INFINITY) {
  return withSessions(directory, mostPacked, async (forward, backward) => {
    const [logits] = await forward.logits([row]);
    return { logits, ...(await gradientOf(backward)) };
  });
}

const expected = new Map<WeightUse, ReturnType<typeof results>>();

/** The same by sessions that were handed the whole file in memory, the one for gradients with its weights packed or not. */
function wholeResults(use: WeightUse = "packed") {
  const known = expected.get(use) ?? computeWhole(use);
  expected.set(use, known);
  return known;
}

async function computeWhole(use: WeightUse) {
  const { InferenceSession, Tensor } = await loadRuntime();
  const load = (chunks: Uint8Array[], factors: WeightUse) =>
    InferenceSession.create(joinChunks(chunks), sessionOptions(1, undefined, factors));
  const tokens = (values: number[]) => new Tensor("int64", BigInt64Array.from(values, BigInt), [1, ids.length]);
  const fed: Readonly<Record<string, number[]>> = {
    input_ids: [...ids],
    attention_mask: [...ids].map(() => 1),
    token_type_ids: [...ids].map(() => 0),
  };
  const feeds = (session: InferenceSession) =>
    Object.fromEntries(session.inputNames.flatMap((name) => (fed[name] ? [[name, tokens(fed[name])] as const] : [])));
  const explainable = makeExplainable(readGraph(floats));
  const forward = await load(explainable.model, "packed");
  const logits = (await forward.run({ ...feeds(forward), ...fedWords(explainable.fed, [[...ids]]) }, ["logits"])).logits
    ?.data;
  const model = makeDifferentiable(readGraph(floats).graph, "logits");
  const backward = await load(model.model, use);
  const input = model.fed.of(ids);
  const answer = await backward.run({
    ...feeds(backward),
    [model.fed.name]: new Tensor("float32", input, [1, ids.length, model.fed.width]),
    [model.seed]: new Tensor("float32", Float32Array.of(0, 1), [1, 2]),
  });
  const [gradient, value] = [answer[model.gradient]?.data, Number(answer[model.logits]?.data[1])];
  await forward.release();
  await backward.release();
  if (!(logits instanceof Float32Array) || !(gradient instanceof Float32Array)) {
    throw new Error("no floats");
  }
  return { logits, value, gradient, input };
}

describe("a model whose weights stay in its file", () => {
  it.each([
    ["an ordinary name", "plain", "model.onnx"],
    ["odd characters", "a b#c%20d'(é)ß漢字", "m é+.onnx"],
  ])("in a folder with %s computes the same, bit for bit", async (_, name, file) => {
    const directory = await modelFolder(name, file);
    expect(await results(directory)).toEqual(await wholeResults());
  });

  it("linked from elsewhere, as in the model hub's cache, computes the same", async () => {
    const directory = await modelFolder("hub/models--a/snapshots/0123");
    await mkdir(join(root, "hub/models--a/blobs"));
    await rename(join(directory, "model.onnx"), join(root, "hub/models--a/blobs/3f2a"));
    await symlink("../../blobs/3f2a", join(directory, "model.onnx"));
    expect(await results(directory)).toEqual(await wholeResults());
  });

  it("is loaded without another copy of them, and lets go of the file", async () => {
    const directory = await modelFolder("small");
    let size = 0;
    const parts = new ModelParts(await open(directory));
    const { session } = await loadRewritten(parts, 1, (read) => {
      const rewritten = makeExplainable(read);
      size = rewritten.model.reduce((sum, chunk) => sum + chunk.length, 0);
      return rewritten;
    });
    expect(size).toBeLessThan(0.05 * floats.length);
    if (existsSync("/proc/self/maps")) {
      expect(readFileSync("/proc/self/maps", "utf8")).not.toContain(directory);
    }
    await session.release();
  });

  it("lets go of the file where weights are stacks of matrices, which the runtime does not pack", async () => {
    const model = readModel(floats);
    const factors = new Set(model.graph?.node.flatMap((one) => (one.opType === "MatMul" ? one.input.slice(1, 2) : [])));
    const initializer = (model.graph?.initializer ?? []).map((tensor) =>
      factors.has(tensor.name ?? "") ? { ...tensor, dims: [1, ...tensor.dims] } : tensor,
    );
    const graph = model.graph && { ...model.graph, initializer };
    const bytes = joinChunks(writeModel({ ...model, ...(graph ? { graph } : {}) }));
    const directory = await modelFolder("stacked", "model.onnx", bytes);
    const parts = new ModelParts(await open(directory));
    const { session } = await loadRewritten(parts, 1, makeExplainable);
    if (existsSync("/proc/self/maps")) {
      expect(readFileSync("/proc/self/maps", "utf8")).not.toContain(directory);
    }
    await session.release();
  });

  it("is loaded whole where the runtime cannot read them", async () => {
    const sizes: number[] = [];
    const rewrite = (read: ReadGraph): ExplainableModel => {
      const rewritten = makeExplainable(read);
      sizes.push(rewritten.model.reduce((sum, chunk) => sum + chunk.length, 0));
      // As if the runtime refused the first one.
      return sizes.length === 1 ? { ...rewritten, model: [Uint8Array.of(1, 2, 3)] } : rewritten;
    };
    const parts = new ModelParts(await open(await modelFolder("fallback")));
    const { session } = await loadRewritten(parts, 1, rewrite);
    await session.release();
    expect(sizes).toHaveLength(2);
    expect(sizes[1]).toBeGreaterThan(0.45 * floats.length);
  });

  it.each([
    ["replaced", (path: string) => renameSync(`${path}.new`, path)],
    ["changed", (path: string) => utimesSync(path, 1, 1)],
  ])("and that is %s while it is loaded is refused", async (_, change) => {
    const directory = await modelFolder("changing");
    const path = join(directory, "model.onnx");
    await copyFile(path, `${path}.new`);
    const parts = new ModelParts(await open(directory));
    const loading = loadRewritten(parts, 1, (read) => {
      const rewritten = makeExplainable(read);
      // What lies in the description itself is read before.
      const model = [joinChunks(rewritten.model)];
      change(path);
      return { ...rewritten, model };
    });
    await expect(loading).rejects.toMatchObject({ reason: "model-file-corrupt" });
    await expect(loading).rejects.toThrow(/model.onnx changed while it was read/);
  });
});

describe("gradients of a model whose weights are too large to be packed twice", () => {
  it("are the same, bit for bit, as with the weights in memory, and those of packed weights up to rounding", async () => {
    const mapped = await results(await modelFolder("mapped"), 0);
    expect(mapped).toEqual(await wholeResults("mapped"));
    const { gradient } = await wholeResults();
    const most = Math.max(...(gradient ?? []).map(Math.abs));
    const apart = (mapped.gradient ?? []).map((slope, at) => Math.abs(slope - (gradient?.[at] ?? Number.NaN)));
    expect(Math.max(...apart)).toBeLessThan(1e-5 * most);
  });

  it("share the table of words with the model: it is counted once", async () => {
    const directory = await modelFolder("shared");
    await withSessions(directory, Number.POSITIVE_INFINITY, async ({ bytes, fed }, backward) => {
      const table = 4 * (fed?.vocabulary ?? 0) * (fed?.width ?? 0);
      expect(table).toBeGreaterThan(40 * 2 ** 20);
      // Two copies of the weights in place of one.
      expect(backward.bytes).toBeCloseTo(2 * (bytes - table), -4);
    });
  });

  it("are computed of as many points at once each time, so that they are the same to the last bit", async () => {
    const directory = await modelFolder("repeated");
    await withSessions(directory, 0, async (_, backward) => {
      const own = { ids: Int32Array.from({ length: 60 }, (__, at) => 2000 + 7 * at), segments: new Int32Array(60) };
      const target = await backward.target(own, { reads: [{ index: 1, weight: 1 }] }, new Uint8Array(60), own.ids);
      const points = Array.from({ length: 5 }, (__, at) => target.input.map((value) => value * (1 + at / 50)));
      const first = await target.gradients(points, never);
      for (let again = 0; again < 4; again++) {
        const done: number[] = [];
        expect(await target.gradients(points, never, (count) => done.push(count))).toEqual(first);
        expect(done).toEqual([2, 4, 5]);
      }
    });
  });

  it("are given on where nothing is read from a file that was touched", async () => {
    const directory = await modelFolder("touched");
    await withSessions(directory, Number.POSITIVE_INFINITY, async (_, backward) => {
      const before = await gradientOf(backward);
      utimesSync(join(directory, "model.onnx"), 1, 1);
      expect(await gradientOf(backward)).toEqual(before);
    });
  });

  it("count no weights that are left in the file", async () => {
    const directory = await modelFolder("counted");
    const [packed, mapped] = await Promise.all(
      [Number.POSITIVE_INFINITY, 0].map((most) => withSessions(directory, most, async (_, { bytes }) => bytes)),
    );
    expect((packed ?? 0) - (mapped ?? 0)).toBeGreaterThan(80 * 2 ** 20);
  });

  it.each([
    ["replaced", (path: string) => renameSync(`${path}.new`, path)],
    ["changed", (path: string) => utimesSync(path, 1, 1)],
    ["emptied", (path: string) => truncateSync(path)],
  ])("are refused where the file is %s meanwhile", async (_, change) => {
    const directory = await modelFolder("mapped");
    const path = join(directory, "model.onnx");
    await copyFile(path, `${path}.new`);
    await withSessions(directory, 0, async (_forward, backward) => {
      await gradientOf(backward);
      change(path);
      await expect(gradientOf(backward)).rejects.toThrow(/model.onnx changed while it was read/);
    });
  });
});

describe("weights in a file beside the model", () => {
  /** The model with its weights in a file of their own. */
  async function split(name: string): Promise<string> {
    const directory = await modelFolder(name);
    const model = readModel(floats);
    const weights: Uint8Array[] = [];
    let offset = 0;
    const initializer = (model.graph?.initializer ?? []).map((tensor) => {
      const { rawData, ...rest } = tensor;
      if (!rawData || rawData.length < 1024) {
        return tensor;
      }
      const entries = { location: "weights.bin", offset: String(offset), length: String(rawData.length) };
      weights.push(rawData);
      offset += rawData.length;
      return {
        ...rest,
        dataLocation: 1,
        externalData: Object.entries(entries).map(([key, value]) => ({ key, value })),
      };
    });
    const graph = model.graph && { ...model.graph, initializer };
    await writeFile(join(directory, "model.onnx"), joinChunks(writeModel({ ...model, ...(graph ? { graph } : {}) })));
    await writeFile(join(directory, "weights.bin"), joinChunks(weights));
    return directory;
  }

  it("that were changed are read again when they are next needed", async () => {
    const directory = await split("beside");
    const store = new ModelStore({ threads: 1, memoryMegabytes: 1024 });
    const saliencyOf = (word: number) =>
      store.use({ directory, file: null }, async ({ gradients }) => {
        const own = { ids: Int32Array.of(101, word, 102), segments: new Int32Array(3) };
        const target = await (await gradients?.get("gradient"))?.target(
          own,
          { reads: [{ index: 1, weight: 1 }] },
          new Uint8Array(3),
          own.ids,
        );
        return target && (await target.gradients([target.input], never))[0]?.value;
      });
    const before = await saliencyOf(8403);
    expect(before).toBeDefined();
    utimesSync(join(directory, "weights.bin"), 1, 1);
    // Embeddings of a word that was not looked at before.
    await expect(saliencyOf(2143)).resolves.toBeDefined();
    expect(await saliencyOf(8403)).toBe(before);
    await store.dispose();
  });
});

describe("the memory budget", () => {
  const use = async (memoryMegabytes: number) => {
    const directory = await modelFolder("budget");
    const store = new ModelStore({ threads: 1, memoryMegabytes });
    const model = await store.use({ directory, file: null }, async (loaded) => {
      const first = await loaded.gradients?.get("gradient");
      expect(await loaded.gradients?.get("gradient")).toBe(first);
      return loaded;
    });
    return { store, model, directory };
  };

  it("counts gradients, and keeps them where there is room", async () => {
    const { store, model } = await use(1024);
    expect(model.gradients?.bytes).toBeGreaterThan(80 * 2 ** 20);
    await store.dispose();
  });

  it("keeps gradients of the model used last where giving them up would not be enough: they are loaded once", async () => {
    const load = vi.spyOn(GradientSession, "load");
    const { store, directory } = await use(10);
    for (let time = 0; time < 3; time++) {
      await store.use({ directory, file: null }, async ({ gradients, attention }) => {
        await attention?.get({ ids: Int32Array.of(5), segments: Int32Array.of(0) }, never);
        await gradients?.use("gradient", async () => undefined);
      });
    }
    expect(load.mock.calls.length).toBe(1);
    await store.use(sentiment, async () => undefined);
    await store.use({ directory, file: null }, async ({ gradients }) => gradients?.get("gradient"));
    expect(load.mock.calls.length).toBe(2);
    load.mockRestore();
    await store.dispose();
  });

  it("gives up gradients that are too much, which are loaded again when asked for", async () => {
    const { store, model, directory } = await use(Math.ceil(1.6 * (floats.length / 2 ** 20)));
    expect(model.gradients?.bytes).toBe(0);
    await store.use({ directory, file: null }, async (again) => {
      expect(again).toBe(model);
      expect((await again.gradients?.get("gradient"))?.bytes).toBeGreaterThan(80 * 2 ** 20);
    });
    await store.dispose();
  });

  it("knows what a long text takes, which is given back", async () => {
    const { store, directory } = await use(1024);
    await store.use({ directory, file: null }, async ({ gradients }) => {
      const session = await gradients?.get("deepLift");
      if (!gradients || !session) {
        throw new Error("The model has no gradients.");
      }
      const before = gradients.bytes;
      const long = { ids: new Int32Array(220).fill(8403), segments: new Int32Array(220) };
      const target = await session.target(long, { reads: [{ index: 1, weight: 1 }] }, new Uint8Array(220), long.ids);
      await target.gradients([target.input, target.baseline], never);
      expect(session.runBytes(220)).toBeGreaterThan(100 * 2 ** 20);
      expect(session.runBytes(220)).toBeLessThan(1000 * 2 ** 20);
      expect(gradients.bytes).toBe(before);
    });
    await store.dispose();
  });

  it("drops the model used longest ago for the gradients of another one", async () => {
    const { store, model, directory } = await use(200);
    expect(model.gradients?.bytes).toBeGreaterThan(0);
    await store.use(sentiment, async () => undefined);
    const loads: string[] = [];
    await store.use(
      { directory, file: null },
      async () => undefined,
      () => loads.push("again"),
    );
    expect(loads).toEqual(["again"]);
    await store.dispose();
  });
});
