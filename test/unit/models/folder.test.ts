import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { closeSync, existsSync, realpathSync } from "node:fs";
import {
  mkdir,
  mkdtemp,
  readdir,
  readlink,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  utimes,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ExplainError } from "../../../src/common/errors";
import { placeOf, present } from "../../../src/graph/storedBytes";
import { type DatedFile, fileHash } from "../../../src/models/fileHash";
import { modelBytesOf, modelFilesOf, openModelFolder } from "../../../src/models/folder";
import { ModelFiles } from "../../../src/models/modelFiles";
import { NotPlain, openPlain, readPlain } from "../../../src/models/plainFile";
import { findModels } from "../../../src/models/sources/findModels";

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

  it("with an encoder and a decoder is opened as one model, and refused where half of it is missing", async () => {
    await rm(join(folder, "onnx/model.onnx"));
    await put("config.json", JSON.stringify({ ...JSON.parse(config), is_encoder_decoder: true }));
    await put("onnx/decoder_model.onnx", "decoder");
    expect(await refusal()).toMatchObject({ reason: "model-missing" });
    await put("onnx/encoder_model.onnx", "the encoder");
    const opened = await openModelFolder({ directory: folder, file: null });
    expect(opened).toMatchObject({
      file: "onnx/decoder_model.onnx",
      bytes: 7,
      encoder: { file: "onnx/encoder_model.onnx", bytes: 11 },
    });
    expect(modelBytesOf(opened)).toBe(18);
    const files = new ModelFiles(opened);
    const dated = modelFilesOf(opened).map((file) => ({ ...file, path: files.pathOf(file.file) }));
    expect(await fileHash(...dated)).toBe(createHash("sha256").update("the encoderdecoder").digest("hex"));
    expect(placeOf(files.model(opened.encoder?.file))).toEqual({ location: "encoder_model.onnx", offset: 0 });
    await put("onnx/encoder_model.onnx", "");
    expect((await refusal()).reason).toBe("model-file-corrupt");
    await rm(join(folder, "onnx/encoder_model.onnx"));
    await writeFile(join(root, "secret.onnx"), "secret");
    await symlink(join(root, "secret.onnx"), join(folder, "onnx/encoder_model.onnx"));
    expect((await refusal()).reason).toBe("model-file-unsafe");
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

  const described = ["config.json", "tokenizer.json", "tokenizer_config.json", "onnx/model.onnx"];

  it.each(described)("does not follow a link of %s out of itself, whatever lies there", async (name) => {
    const path = join(folder, name);
    await writeFile(join(root, "secret"), config);
    for (const target of [
      join(root, "secret"),
      "/dev/zero",
      "/dev/stdin",
      "/proc/self/environ",
      root,
      join(root, "no"),
    ]) {
      await rm(path, { recursive: true, force: true });
      await symlink(target, path);
      expect((await refusal()).reason).toBe("model-file-unsafe");
    }
    await rm(path);
    await symlink(`../${"../".repeat(40)}dev/zero`, path);
    expect((await refusal()).reason).toBe("model-file-unsafe");
  });

  it("does not list a folder of models elsewhere as its own", async () => {
    await rm(join(folder, "onnx"), { recursive: true });
    await mkdir(join(root, "elsewhere"));
    await writeFile(join(root, "elsewhere/model.onnx"), "model");
    await symlink("../elsewhere", join(folder, "onnx"));
    expect((await refusal()).reason).toBe("model-file-unsafe");
  });

  it.each(described)(
    "says so where %s is a pipe, which is never waited for, a folder, or links in a circle",
    async (name) => {
      const path = join(folder, name);
      for (const make of [
        () => execFileSync("mkfifo", [path]),
        () => mkdir(path),
        () => symlink(basename(path), path),
      ]) {
        await rm(path, { recursive: true, force: true });
        await make();
        const { reason, message } = await refusal();
        expect(["model-file-corrupt", "tokenizer-corrupt", "model-missing"]).toContain(reason);
        expect(message).toMatch(new RegExp(`${name}.* (is not a file|cannot be read)`));
      }
    },
  );

  it("may link inside itself, through other links", async () => {
    await put("real/file", config);
    await rm(join(folder, "config.json"));
    await symlink("real", join(folder, "alias"));
    await symlink("alias/file", join(folder, "config.json"));
    expect((await openModelFolder({ directory: folder, file: null })).config.labels).toHaveLength(2);
  });

  it("says that onnx/ cannot be read, where it is no folder", async () => {
    await rm(join(folder, "onnx"), { recursive: true });
    await put("onnx", "a file");
    const { message } = await refusal();
    expect(message).toContain("onnx/ cannot be read");
  });

  it.each(["\\\\host\\share\\a.onnx", "//host/share/a.onnx", "C:a.onnx", "c:\\a.onnx", "\\\\?\\UNC\\host\\a.onnx"])(
    "is not left by a name of another computer or drive: %s",
    async (name) => {
      expect((await refusal(name)).reason).toBe("model-file-unsafe");
    },
  );

  it("takes no more memory than a JSON text of its size needs", async () => {
    await put("config.json", `[${"[],".repeat(2_700_000)}[]]`);
    expect((await refusal()).reason).toBe("model-file-corrupt");
    await put("config.json", config);
    await put("tokenizer.json", `{"a":[${"[],".repeat(5_000_000)}[]]}`);
    expect((await refusal()).message).toContain("more than any known model");
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
    return present(new ModelFiles({ directory: folder, file: "onnx/model.onnx" }).weights(location, offset, length));
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

describe("a plain file", () => {
  it("is read as long as it says, no further", async () => {
    await put("grows", "0123456789");
    const path = join(folder, "grows");
    const file = openPlain(path);
    expect(readPlain(file)?.toString()).toBe("0123456789");
    await writeFile(path, "0123456789 and more");
    expect(readPlain(file)).toBeUndefined();
    await writeFile(path, "0123");
    expect(readPlain(file)).toBeUndefined();
    closeSync(file.descriptor);
  });

  it.runIf(existsSync("/proc/self/status"))("of the system, which says that it is empty, is not read", () => {
    const file = openPlain(realpathSync("/proc/self/status"));
    expect(readPlain(file)).toBeUndefined();
    closeSync(file.descriptor);
  });

  it("is no link, device or folder", async () => {
    await symlink(join(folder, "config.json"), join(folder, "link"));
    for (const path of [join(folder, "link"), "/dev/zero", folder]) {
      expect(() => openPlain(path)).toThrow(NotPlain);
    }
  });

  it("is noticed where a link has taken its folder's place", async () => {
    await put("sub/file", "inside");
    const path = join(folder, "sub/file");
    await rename(join(folder, "sub"), join(folder, "other"));
    await symlink("other", join(folder, "sub"));
    expect(() => openPlain(path)).toThrow(NotPlain);
  });
});

describe("models on this machine", () => {
  it("are not looked for through links", async () => {
    vi.stubEnv("HF_HOME", join(root, "hub"));
    const inFolder = (name: string) =>
      findModels({ bundled: join(root, "none"), folders: [join(root, name)], recent: [] }).then((found) =>
        found.filter(({ problem }) => problem === null),
      );
    await mkdir(join(root, "workspace/models"), { recursive: true });
    await rename(folder, join(root, "workspace/models/own"));
    await mkdir(folder);
    await symlink(folder, join(root, "workspace/models/linked"));
    await symlink(join(root, "workspace/models/own"), join(root, "workspace/models/twin"));
    const ids = (await inFolder("workspace")).map(({ id }) => id);
    expect(ids).toEqual(["own"]);
    await mkdir(join(root, "second"));
    await symlink(join(root, "workspace/models"), join(root, "second/models"));
    expect(await inFolder("second")).toEqual([]);
    vi.unstubAllEnvs();
  });
});

describe("the files of a model", () => {
  const opened = () => new ModelFiles({ directory: folder, file: "onnx/model.onnx" });

  it("lie where the runtime can read them, unless it may not", async () => {
    await put("onnx/more/weights.bin", "0123456789");
    const files = opened();
    expect(placeOf(files.model().subarray(2))).toEqual({ location: "model.onnx", offset: 2 });
    expect(placeOf(files.weights("more/weights.bin", 3, 4).subarray(1))).toEqual({
      location: "more/weights.bin",
      offset: 4,
    });
    files.inPlace = false;
    expect(placeOf(files.model())).toBeUndefined();
  });

  it("of a linked file are where the link leads to", async () => {
    await put("blobs/3f2a", "model");
    await rm(join(folder, "onnx/model.onnx"));
    await symlink("../blobs/3f2a", join(folder, "onnx/model.onnx"));
    const files = opened();
    expect(files.base.endsWith("blobs")).toBe(true);
    expect(placeOf(files.model())).toEqual({ location: "3f2a", offset: 0 });
  });

  it("outside the folder of the model itself, or with a name the runtime would mistake, are read here", async () => {
    await put("weights.bin", "0123456789");
    await symlink("../weights.bin", join(folder, "onnx/up.bin"));
    await put("onnx/*.bin", "0123456789");
    const files = opened();
    for (const name of ["up.bin", "*.bin"]) {
      const bytes = files.weights(name, 1, 3);
      expect(placeOf(bytes)).toBeUndefined();
      expect(Buffer.from(present(bytes)).toString()).toBe("123");
    }
  });

  it.each([
    ["changed", () => put("onnx/model.onnx", "model, longer")],
    ["dated anew", () => utimes(join(folder, "onnx/model.onnx"), 1, 1)],
  ])("that were %s are not read on", async (_, change) => {
    const files = opened();
    const bytes = files.model();
    await change();
    expect(() => present(bytes)).toThrow(/model.onnx changed while it was read/);
    expect(() => files.checkUnchanged()).toThrow(/changed/);
  });

  it("are followed through links once, and not held open", async () => {
    await put("blobs/a", "first");
    await put("blobs/b", "other");
    const path = join(folder, "onnx/model.onnx");
    await rm(path);
    await symlink("../blobs/a", path);
    const files = opened();
    expect(Buffer.from(present(files.model())).toString()).toBe("first");
    await new Promise(setImmediate);
    if (existsSync("/proc/self/fd")) {
      const links = await Promise.all(
        (await readdir("/proc/self/fd")).map((name) => readlink(`/proc/self/fd/${name}`).catch(() => "")),
      );
      expect(links.filter((link) => link.startsWith(folder))).toEqual([]);
    }
    await rm(path);
    await symlink("../blobs/b", path);
    expect(Buffer.from(present(files.model())).toString()).toBe("first");
    files.checkUnchanged();
  });

  it("that were replaced are noticed", async () => {
    const path = join(folder, "onnx/model.onnx");
    const files = opened();
    const bytes = files.model();
    await put("onnx/other", "ledom");
    await utimes(join(folder, "onnx/other"), 5, 5);
    await rename(join(folder, "onnx/other"), path);
    expect(() => files.checkUnchanged()).toThrow(/changed/);
    expect(() => present(bytes)).toThrow(/changed/);
  });

  it("that were copied, with their times, and put back are the same", async () => {
    const path = join(folder, "onnx/model.onnx");
    await utimes(path, 5, 5);
    const files = opened();
    const bytes = files.model();
    await new Promise(setImmediate);
    await put("onnx/other", "model");
    await utimes(join(folder, "onnx/other"), 5, 5);
    await rename(join(folder, "onnx/other"), path);
    files.checkUnchanged();
    expect(Buffer.from(present(bytes)).toString()).toBe("model");
  });

  it("that are gone are named", async () => {
    const files = opened();
    const bytes = files.model();
    await new Promise(setImmediate);
    await rm(join(folder, "onnx/model.onnx"));
    expect(() => present(bytes)).toThrow(/model.onnx cannot be read/);
  });
});

describe("a file's hash", () => {
  const abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

  async function dated(): Promise<DatedFile> {
    const path = join(folder, "abc");
    const { size, mtimeMs } = await stat(path);
    return { path, bytes: size, modified: mtimeMs };
  }

  it("is SHA-256, and is remembered", async () => {
    await put("abc", "abc");
    const file = await dated();
    expect(await fileHash(file)).toBe(abc);
    await rm(file.path);
    expect(await fileHash(file)).toBe(abc);
  });

  it("is not that of another file in its place", async () => {
    await put("abc", "abc");
    const file = await dated();
    await put("abc", "abcd");
    await expect(fileHash(file)).rejects.toThrow(/changed/);
  });
});
