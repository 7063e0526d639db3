import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { cancelledError, ExplainError } from "../../../src/common/errors";
import { WholeFolder } from "../../../src/models/saving/wholeFolder";

const root = mkdtempSync(join(tmpdir(), "whole-folder-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const place = () => mkdtempSync(join(root, "place-"));
const reasonOf = (work: Promise<unknown>) =>
  work.then(
    () => "none",
    (error: unknown) => ExplainError.from(error).reason,
  );
const words = (text: string) => [Buffer.from(text)];

async function save(path: string, text: string, isReplacing: boolean): Promise<void> {
  const folder = await WholeFolder.begin(path, 100, isReplacing);
  await folder.write("onnx/model.onnx", words(text));
  await folder.write("config.json", words("{}"));
  await folder.close();
}

describe("a folder that is there as a whole or not at all", () => {
  it("is made with the folders in it, and nothing is left beside it", async () => {
    const parent = place();
    await save(join(parent, "saved"), "new", false);
    expect(readFileSync(join(parent, "saved", "onnx", "model.onnx"), "utf8")).toBe("new");
    expect(readdirSync(parent)).toEqual(["saved"]);
  });

  it("takes the place of a saved model only where that was agreed to, and of nothing else", async () => {
    const parent = place();
    const path = join(parent, "saved");
    await save(path, "old", false);
    expect(await reasonOf(save(path, "new", false))).toBe("output-unwritable");
    expect(readFileSync(join(path, "onnx", "model.onnx"), "utf8")).toBe("old");
    await save(path, "new", true);
    expect(readFileSync(join(path, "onnx", "model.onnx"), "utf8")).toBe("new");
    for (const own of ["model.safetensors", "notes.txt", "src"]) {
      const other = join(parent, own);
      mkdirSync(other);
      writeFileSync(join(other, own), "mine");
      expect(await reasonOf(save(other, "new", true))).toBe("output-unwritable");
      expect(readFileSync(join(other, own), "utf8")).toBe("mine");
    }
    expect(readdirSync(parent).sort()).toEqual(["model.safetensors", "notes.txt", "saved", "src"]);
  });

  it("is not there after an error in the midst, nor is anything else; what was there stays", async () => {
    const parent = place();
    const path = join(parent, "saved");
    await save(path, "old", false);
    const folder = await WholeFolder.begin(path, 100, true);
    const cut = function* () {
      yield Buffer.from("half");
      throw cancelledError();
    };
    expect(await reasonOf(folder.write("onnx/model.onnx", cut()))).toBe("cancelled");
    await folder.abandon();
    expect(readdirSync(parent)).toEqual(["saved"]);
    expect(readFileSync(join(path, "onnx", "model.onnx"), "utf8")).toBe("old");
  });

  it("does not take the place of what came while it was written", async () => {
    const path = join(place(), "saved");
    const folder = await WholeFolder.begin(path, 100, true);
    mkdirSync(path);
    writeFileSync(join(path, "notes.txt"), "mine");
    expect(await reasonOf(folder.close())).toBe("output-unwritable");
    await folder.abandon();
    expect(readFileSync(join(path, "notes.txt"), "utf8")).toBe("mine");
  });

  it("is refused before anything is written where there is no room, or no folder to put it into", async () => {
    const parent = place();
    expect(await reasonOf(WholeFolder.begin(join(parent, "saved"), Number.MAX_SAFE_INTEGER, false))).toBe("disk-full");
    expect(await reasonOf(WholeFolder.begin(join(parent, "none", "saved"), 100, false))).toBe("output-unwritable");
    expect(readdirSync(parent)).toEqual([]);
  });
});
