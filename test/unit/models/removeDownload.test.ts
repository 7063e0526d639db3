import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { removeDownload } from "../../../src/models/removeDownload";

let home: string;
let model: string;

/** Makes a revision whose files link to blobs, as the hub's own tools do. */
function revision(name: string, files: Readonly<Record<string, string>>): string {
  const folder = path.join(model, "snapshots", name);
  for (const [file, blob] of Object.entries(files)) {
    const place = path.join(folder, file);
    mkdirSync(path.dirname(place), { recursive: true });
    writeFileSync(path.join(model, "blobs", blob), blob);
    symlinkSync(path.relative(path.dirname(place), path.join(model, "blobs", blob)), place);
  }
  return folder;
}

beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), "explain-remove-"));
  vi.stubEnv("HF_HOME", home);
  vi.stubEnv("HF_HUB_CACHE", "");
  model = path.join(home, "hub", "models--some--name");
  mkdirSync(path.join(model, "blobs"), { recursive: true });
  mkdirSync(path.join(model, "refs", "pr"), { recursive: true });
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(home, { recursive: true, force: true });
});

describe("a download that is deleted", () => {
  it("goes with all that is only its own, and leaves other revisions whole", async () => {
    const old = revision("old", { "config.json": "shared", "onnx/model.onnx": "first" });
    const now = revision("new", { "config.json": "shared", "onnx/model.onnx": "second" });
    writeFileSync(path.join(model, "refs", "main"), "new");
    writeFileSync(path.join(model, "refs", "pr", "1"), "old\n");
    await removeDownload(old);
    expect(existsSync(old)).toBe(false);
    expect(readdirSync(path.join(model, "blobs")).sort()).toEqual(["second", "shared"]);
    expect(existsSync(path.join(now, "config.json")) && existsSync(path.join(now, "onnx/model.onnx"))).toBe(true);
    expect([existsSync(path.join(model, "refs/main")), existsSync(path.join(model, "refs/pr/1"))]).toEqual([
      true,
      false,
    ]);
    await removeDownload(now);
    expect(readdirSync(path.join(home, "hub"))).toEqual([]);
  });

  it("is never another folder, nor what a link of a stranger points to", async () => {
    const own = path.join(home, "own");
    mkdirSync(own);
    writeFileSync(path.join(own, "kept"), "x");
    const snapshot = revision("one", { "config.json": "blob" });
    revision("two", { "config.json": "blob" });
    symlinkSync(path.join(own, "kept"), path.join(snapshot, "outside"));
    for (const folder of [own, model, path.join(model, "snapshots"), path.join(snapshot, ".."), ""]) {
      await expect(removeDownload(folder)).rejects.toMatchObject({ reason: "model-missing" });
    }
    await removeDownload(snapshot);
    expect(existsSync(path.join(own, "kept"))).toBe(true);
  });
});
