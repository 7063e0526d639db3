import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { cached } from "../../../scripts/lib/cache.mjs";

let home: string;

beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), "cache-test-"));
  vi.stubEnv("XDG_CACHE_HOME", home);
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(home, { recursive: true, force: true });
});

describe("the cache", () => {
  it("fills once, also for two at the same time", async () => {
    let fills = 0;
    let go = () => {};
    const both = new Promise<void>((resolve) => {
      go = resolve;
    });
    const fill = async (folder: string) => {
      fills++;
      await both;
      writeFileSync(path.join(folder, "file"), "content");
    };
    const asked = [cached("thing-1", fill), cached("thing-1", fill)];
    go();
    const places = await Promise.all(asked);
    expect(fills).toBe(1);
    expect(places[0]).toBe(places[1]);
    expect(readFileSync(path.join(places[0], "file"), "utf8")).toBe("content");
  });

  it("leaves nothing behind when filling fails, and tries again next time", async () => {
    await expect(cached("thing-2", () => Promise.reject(new Error("no network")))).rejects.toThrow("no network");
    expect(readdirSync(path.join(home, "explain-with-transformer"))).toEqual([]);
    const place = await cached("thing-2", async (folder: string) => writeFileSync(path.join(folder, "file"), ""));
    expect(existsSync(path.join(place, "file"))).toBe(true);
  });

  it("takes over from a run that died", async () => {
    const lock = path.join(home, "explain-with-transformer/thing-3.lock");
    mkdirSync(lock, { recursive: true });
    writeFileSync(path.join(lock, "pid"), "999999999");
    const place = await cached("thing-3", async () => undefined);
    expect(existsSync(place)).toBe(true);
    expect(existsSync(lock)).toBe(false);
  });
});
