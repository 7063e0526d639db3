import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ExplainError } from "../../../src/common/errors";
import { ExternalReader } from "../../../src/models/externalReader";
import { fileHash } from "../../../src/models/fileHash";
import { openModelFolder } from "../../../src/models/folder";

let root = "";
let folder = "";

const config = JSON.stringify({
  architectures: ["BertForSequenceClassification"],
  id2label: { "0": "negative", "1": "positive" },
});

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "model-folder-"));
  folder = join(root, "model");
  await put("config.json", config);
  await put("tokenizer.json", "{}");
  await put("onnx/model.onnx", "model");
});

afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

async function put(name: string, content: string): Promise<void> {
  await mkdir(dirname(join(folder, name)), { recursive: true });
  await writeFile(join(folder, name), content);
}

async function refusal(file: string | null = null, directory = folder): Promise<ExplainError> {
  try {
    await openModelFolder({ directory, file });
  } catch (error) {
    expect(error).toBeInstanceOf(ExplainError);
    return ExplainError.from(error);
  }
  throw new Error("was accepted");
}

describe("a model folder", () => {
  it("is opened with the usual file first", async () => {
    await put("onnx/model_quantized.onnx", "other");
    await put("a.onnx", "other");
    const opened = await openModelFolder({ directory: folder, file: null });
    expect(opened).toMatchObject({ id: "model", file: "onnx/model.onnx", bytes: 5 });
    expect(opened.files).toEqual(["onnx/model.onnx", "a.onnx", "onnx/model_quantized.onnx"]);
    expect((await openModelFolder({ directory: folder, file: "a.onnx" })).file).toBe("a.onnx");
  });

  it("that is missing, a file, or empty is named", async () => {
    expect(await refusal(null, join(root, "nothing"))).toMatchObject({ reason: "model-missing" });
    expect(await refusal(null, join(folder, "config.json"))).toMatchObject({ reason: "model-missing" });
    expect((await refusal(null, root)).message).toContain("config.json");
  });

  it.each(["tokenizer.json", "onnx/model.onnx"])("without %s is refused", async (name) => {
    await rm(join(folder, name));
    const error = await refusal();
    expect(error.reason).toBe("model-missing");
    expect(error.message).toContain(name.endsWith("onnx") ? ".onnx" : name);
  });

  it("with an empty or too large model file is refused before it is read", async () => {
    await put("onnx/model.onnx", "");
    expect((await refusal()).reason).toBe("model-file-corrupt");
    await truncate(join(folder, "onnx/model.onnx"), 3 * 2 ** 30);
    expect((await refusal()).reason).toBe("model-unsupported");
  });

  it.each([
    ["half of a JSON text", '{"architectures": ["Bert', "model-file-corrupt"],
    ["a list", "[]", "model-file-corrupt"],
    ["binary data", "\0\x01\x02", "model-file-corrupt"],
    ["deep nesting", "[".repeat(200_000), "model-file-corrupt"],
  ])("whose config.json holds %s is refused", async (_, content, reason) => {
    await put("config.json", content);
    expect((await refusal()).reason).toBe(reason);
  });

  it("with a huge config.json or tokenizer.json is refused by size", async () => {
    await truncate(join(folder, "config.json"), 2 ** 33);
    expect((await refusal()).reason).toBe("model-file-corrupt");
    await put("config.json", config);
    await truncate(join(folder, "tokenizer.json"), 2 ** 33);
    expect((await refusal()).reason).toBe("tokenizer-corrupt");
  });

  it("does not give out files outside itself", async () => {
    await writeFile(join(root, "secret.onnx"), "secret");
    expect((await refusal("../secret.onnx")).reason).toBe("model-file-unsafe");
    expect((await refusal(join(root, "secret.onnx"))).reason).toBe("model-file-unsafe");
    await symlink(join(root, "secret.onnx"), join(folder, "link.onnx"));
    expect((await refusal("link.onnx")).reason).toBe("model-file-unsafe");
    expect((await refusal("onnx")).reason).toBe("model-missing");
    expect((await refusal("none.onnx")).reason).toBe("model-missing");
  });

  it("in the model hub's cache may link to its blobs", async () => {
    const snapshot = join(root, "hub/models--a--b/snapshots/0123");
    const blobs = join(root, "hub/models--a--b/blobs");
    await mkdir(snapshot, { recursive: true });
    await mkdir(blobs);
    for (const [name, content] of [
      ["config.json", config],
      ["tokenizer.json", "{}"],
      ["model.onnx", "model"],
    ] as const) {
      await writeFile(join(blobs, name), content);
      await symlink(join(blobs, name), join(snapshot, name));
    }
    expect((await openModelFolder({ directory: snapshot, file: null })).file).toBe("model.onnx");
  });
});

describe("weights beside a model", () => {
  function read(location: string, offset: number, length: number): Uint8Array {
    const reader = new ExternalReader(folder, "onnx");
    try {
      return reader.read(location, offset, length);
    } finally {
      reader.close();
    }
  }

  function reasonOf(location: string, offset: number, length: number): string {
    try {
      read(location, offset, length);
    } catch (error) {
      return ExplainError.from(error).reason;
    }
    return "none";
  }

  it("are read by offset and length", async () => {
    await put("onnx/weights.bin", "0123456789");
    expect(Buffer.from(read("weights.bin", 2, 3)).toString()).toBe("234");
  });

  it("are refused beyond the end, however long, without taking memory", async () => {
    await put("onnx/weights.bin", "0123456789");
    expect(reasonOf("weights.bin", 8, 3)).toBe("model-file-corrupt");
    expect(reasonOf("weights.bin", 0, Number.MAX_SAFE_INTEGER)).toBe("model-file-corrupt");
  });

  it("are refused outside the model's folder, by path and by link", async () => {
    await writeFile(join(root, "secret"), "0123456789");
    await symlink(join(root, "secret"), join(folder, "onnx/link.bin"));
    await symlink(root, join(folder, "onnx/up"));
    expect(reasonOf("../../secret", 0, 4)).toBe("model-file-unsafe");
    expect(reasonOf("link.bin", 0, 4)).toBe("model-file-unsafe");
    expect(reasonOf("up/secret", 0, 4)).toBe("model-file-unsafe");
    expect(reasonOf("none.bin", 0, 4)).toBe("model-missing");
  });
});

describe("a file's hash", () => {
  it("is SHA-256, and is remembered by its key", async () => {
    const abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    expect(await fileHash("abc", new TextEncoder().encode("abc"))).toBe(abc);
    expect(await fileHash("abc", new Uint8Array())).toBe(abc);
  });
});
