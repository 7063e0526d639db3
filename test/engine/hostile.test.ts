import { cp, mkdir, mkdtemp, readFile, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { ExplainError } from "../../src/common/errors";
import { createEngine, type Engine } from "../../src/engine/engine";
import { readModel } from "../../src/graph/modelFile";
import { modelSchema } from "../../src/graph/onnxSchema";
import { encode } from "../../src/graph/protobufWriter";
import { ModelFiles } from "../../src/models/modelFiles";
import { writeTinyFolder } from "../support/tinyModel";
import { never, reasonOf, requestFor, sentiment } from "./support";

let engine: Engine;
let root = "";
let folder = "";

beforeAll(() => {
  engine = createEngine({ threads: 1, memoryMegabytes: 512 });
});

afterAll(() => engine.dispose());

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "hostile-model-"));
  folder = join(root, "model");
  await mkdir(join(folder, "onnx"), { recursive: true });
  for (const name of ["config.json", "tokenizer.json", "tokenizer_config.json"]) {
    await cp(join(sentiment.directory, name), join(folder, name));
  }
});

afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

const model = () => join(folder, "onnx/model.onnx");
const original = () => readFile(join(sentiment.directory, "onnx/model.onnx"));

/** What explaining with the folder ends with: one plain sentence, whatever is wrong. */
async function outcome(): Promise<string> {
  try {
    await engine.explain(requestFor("A fine film.", { model: { directory: folder, file: null } }), never);
    return "none";
  } catch (error) {
    expect(error).toBeInstanceOf(ExplainError);
    const { reason, message } = ExplainError.from(error);
    expect(message).toMatch(/[.!]$/);
    expect(message).not.toContain("\n");
    expect(message.length).toBeLessThan(500);
    return reason;
  }
}

/** The model with a weight that is no number, as a damaged or overflowing export has. */
async function withNoNumber(value: number): Promise<void> {
  const read = readModel(await original());
  const graph = read.graph;
  if (!graph) {
    throw new Error("no graph");
  }
  const initializer = graph.initializer.map((tensor) => {
    const isBias = tensor.dims.length === 1 && Number(tensor.dims[0]) === 2 && tensor.rawData?.length === 8;
    return isBias ? { ...tensor, rawData: new Uint8Array(Float32Array.of(value, value).buffer) } : tensor;
  });
  await writeFile(model(), Buffer.concat(encode(modelSchema, { ...read, graph: { ...graph, initializer } })));
}

/** The model with the weights of its first large tensor in another file. */
async function withExternalData(entries: Record<string, string>): Promise<void> {
  const read = readModel(await original());
  if (!read.graph) {
    throw new Error("no graph");
  }
  const index = read.graph.initializer.findIndex((tensor) => (tensor.rawData?.length ?? 0) > 100_000);
  const tensor = read.graph.initializer[index];
  if (!tensor?.rawData) {
    throw new Error("no large tensor");
  }
  await writeFile(join(folder, "onnx/weights.bin"), tensor.rawData);
  const { rawData: _, ...rest } = tensor;
  const externalData = Object.entries(entries).map(([key, value]) => ({ key, value }));
  const moved = { ...rest, dataLocation: 1, externalData };
  const initializer = read.graph.initializer.map((each, at) => (at === index ? moved : each));
  await writeFile(model(), encode(modelSchema, { ...read, graph: { ...read.graph, initializer } }));
}

describe("a model folder that cannot be trusted", () => {
  it("whose file is whole, runs", async () => {
    await writeFile(model(), await original());
    expect(await outcome()).toBe("none");
  });

  it.each([0.1, 0.5, 0.9, 0.999])("with %d of its file is refused", async (share) => {
    const bytes = await original();
    await writeFile(model(), bytes.subarray(0, Math.floor(bytes.length * share)));
    expect(await outcome()).toBe("model-file-corrupt");
  });

  it.each([
    ["text", Buffer.from("This is not a model.\n".repeat(100))],
    ["zeros", Buffer.alloc(10_000)],
    ["a web page", Buffer.from("<!doctype html><html><body>404</body></html>")],
    [
      "a pointer instead of a large file",
      Buffer.from("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n"),
    ],
    ["a length of exabytes", Buffer.from([0x3a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 0x00])],
  ])("that holds %s is refused", async (_, content) => {
    await writeFile(model(), content);
    expect(await outcome()).toBe("model-file-corrupt");
  });

  it("with a damaged byte here and there never does worse than fail", async () => {
    const bytes = await original();
    for (let round = 0; round < 4; round++) {
      const damaged = Buffer.from(bytes);
      for (let position = 0; position < 40; position++) {
        const at = (position * 7919 + round * 104_729) % 20_000;
        damaged[at] = (damaged[at] ?? 0) ^ (1 << (position % 8));
      }
      await writeFile(model(), damaged);
      expect(["none", "model-file-corrupt", "model-unsupported", "operator-unsupported"]).toContain(await outcome());
    }
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])("whose answer is %s is refused", async (value) => {
    await withNoNumber(value);
    expect(await outcome()).toBe("model-unsupported");
  });

  it("with weights in its own folder runs; elsewhere or beyond the file's end it is refused", async () => {
    await withExternalData({ location: "weights.bin" });
    expect(await outcome()).toBe("none");
    await writeFile(join(root, "secret"), await readFile(join(folder, "onnx/weights.bin")));
    for (const location of ["../../secret", "/etc/passwd", "C:\\secret", "*/_ORT_MEM_ADDR_/x"]) {
      await withExternalData({ location });
      expect(await outcome()).toBe("model-file-unsafe");
    }
    await symlink(join(root, "secret"), join(folder, "onnx/link.bin"));
    await withExternalData({ location: "link.bin" });
    expect(await outcome()).toBe("model-file-unsafe");
    await withExternalData({ location: "weights.bin", offset: "64" });
    expect(await outcome()).toBe("model-file-corrupt");
    await withExternalData({ location: "weights.bin", length: "9007199254740991" });
    expect(await outcome()).toBe("model-file-corrupt");
    await withExternalData({ location: "weights.bin", offset: "9007199254740000" });
    expect(await outcome()).toBe("model-file-corrupt");
    await withExternalData({ location: "absent.bin" });
    expect(await outcome()).toBe("model-missing");
  });

  it("that is larger than a file may be is refused without being read", async () => {
    await writeFile(model(), "");
    await truncate(model(), 2 ** 34);
    const reading = vi.spyOn(ModelFiles.prototype, "model");
    expect(await outcome()).toBe("model-unsupported");
    expect(reading).not.toHaveBeenCalled();
    reading.mockRestore();
  });

  it.each([
    ["cut off", (text: string) => text.slice(0, 5000), "tokenizer-corrupt"],
    ["of an unknown kind", () => '{"version":"1.0","model":{"type":"Magic"}}', "tokenizer-unsupported"],
    ["of a list", () => "[]", "tokenizer-corrupt"],
    ["of nonsense", () => '{"version":"1.0","model":{"type":"WordPiece","vocab":{"a":-1}}}', "tokenizer-corrupt"],
  ] as const)("with a tokenizer.json %s is refused", async (_, change, reason) => {
    await writeFile(model(), await original());
    await writeFile(join(folder, "tokenizer.json"), change(await readFile(join(folder, "tokenizer.json"), "utf8")));
    expect(await outcome()).toBe(reason);
  });

  it("whose tokenizer or labels belong to another model is refused", async () => {
    await writeFile(model(), await original());
    const tokenizer = JSON.parse(await readFile(join(folder, "tokenizer.json"), "utf8"));
    tokenizer.model.vocab.film = 40_000_000;
    await writeFile(join(folder, "tokenizer.json"), JSON.stringify(tokenizer));
    expect(await outcome()).toBe("model-file-corrupt");
    await cp(join(sentiment.directory, "tokenizer.json"), join(folder, "tokenizer.json"));
    const config = JSON.parse(await readFile(join(folder, "config.json"), "utf8"));
    config.id2label = { "0": "a", "1": "b", "2": "c" };
    await writeFile(join(folder, "config.json"), JSON.stringify(config));
    expect(await outcome()).toBe("model-file-corrupt");
  });

  it("whose file does not read which of two texts a token belongs to, though the model does, says so for two texts", async () => {
    const fixture = fileURLToPath(new URL("../fixtures/graph/distilbert-eager-ts17.onnx", import.meta.url));
    writeTinyFolder(folder);
    await writeFile(model(), await readFile(fixture));
    const tokenizer = JSON.parse(await readFile(join(folder, "tokenizer.json"), "utf8"));
    tokenizer.post_processor.pair = [0, 1].map((type_id) => ({ Sequence: { id: "AB"[type_id], type_id } }));
    await writeFile(join(folder, "tokenizer.json"), JSON.stringify(tokenizer));
    const config = JSON.parse(await readFile(join(folder, "config.json"), "utf8"));
    const warned = async (segments: number, pair: string | null) => {
      await writeFile(join(folder, "config.json"), JSON.stringify({ ...config, type_vocab_size: segments }));
      const changes = { model: { directory: folder, file: null }, methods: ["random"] as const, pair };
      const { warnings } = await engine.explain(requestFor("one two", changes), never);
      return warnings.some(({ template }) => template.includes("token_type_ids"));
    };
    expect(await warned(2, "three")).toBe(true);
    expect(await warned(2, null)).toBe(false);
    expect(await warned(100, "three")).toBe(true);
    expect(await warned(1, "three")).toBe(false);
  });

  it("whose tokenizer adds more than the model can read is refused", async () => {
    await writeFile(model(), await original());
    const config = JSON.parse(await readFile(join(folder, "config.json"), "utf8"));
    await writeFile(join(folder, "config.json"), JSON.stringify({ ...config, max_position_embeddings: 20 }));
    const tokenizer = JSON.parse(await readFile(join(folder, "tokenizer.json"), "utf8"));
    const [cls, ...rest] = tokenizer.post_processor.single;
    tokenizer.post_processor.single = [...new Array(20).fill(cls), ...rest];
    await writeFile(join(folder, "tokenizer.json"), JSON.stringify(tokenizer));
    expect(await outcome()).toBe("tokenizer-corrupt");
  });

  it("is read again when its files have changed", async () => {
    await writeFile(model(), await original());
    const reference = { directory: folder, file: null };
    const before = await engine.explain(requestFor("Fine.", { model: reference, methods: ["random"] }), never);
    expect(before.model.labels).toEqual(["negative", "positive"]);
    const config = JSON.parse(await readFile(join(folder, "config.json"), "utf8"));
    config.id2label = { "0": "bad", "1": "good" };
    await writeFile(join(folder, "config.json"), JSON.stringify(config));
    const after = await engine.explain(requestFor("Fine.", { model: reference, methods: ["random"] }), never);
    expect(after.model.labels).toEqual(["bad", "good"]);
    await rm(model());
    expect(await reasonOf(engine.describeModel(reference, never))).toBe("model-missing");
  });

  it("does not push a model that is in use out of memory", async () => {
    const small = createEngine({ threads: 1, memoryMegabytes: 1 });
    await writeFile(model(), await original());
    const own = requestFor("A fine film.", { methods: ["lime"], model: { directory: folder, file: null } });
    const results = await Promise.all([
      small.explain(own, never),
      small.explain(requestFor("A fine film.", { methods: ["lime"] }), never),
      small.explain(own, never),
    ]);
    expect(new Set(results.map(({ target }) => target.value)).size).toBe(1);
    await small.dispose();
  });
});
