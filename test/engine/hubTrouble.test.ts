import { existsSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { HubRequest, HubResponse, Send } from "../../src/hub/access";
import { proxySend } from "../../src/hub/proxySend";
import type { TreeEntry } from "../support/hubServer";
import { programs } from "./bundles";
import { commit, filesCalled, HubRig, refusal } from "./hubRig";

let rig: HubRig;
let name: string;
const files = { ...filesCalled("config.json"), "model.onnx": Buffer.alloc(200_000, "weights ") };

beforeEach(async () => {
  rig = await HubRig.start();
  name = rig.serve(files);
});

afterEach(async () => {
  vi.restoreAllMocks();
  await rig.end();
});

/** The sizes of files that are not complete. */
function partials(): number[] {
  const blobs = readdirSync(rig.in(name, "blobs")).filter((file) => file.endsWith(".incomplete"));
  return blobs.map((file) => statSync(rig.in(name, "blobs", file)).size);
}

/** Lets writes to files fail with the system's `code` once `room` bytes have been written. */
async function failWrites(code: string, room: number): Promise<void> {
  const handle = await open(programs.engine, "r");
  const prototype = Object.getPrototypeOf(handle) as typeof handle;
  await handle.close();
  const write = prototype.write;
  let left = room;
  const spy = vi.spyOn(prototype, "write") as unknown as {
    mockImplementation(as: (...args: unknown[]) => unknown): void;
  };
  spy.mockImplementation(function (this: typeof handle, ...args) {
    const bytes = Number(args[2] ?? 0);
    left -= bytes;
    return left < 0
      ? Promise.reject(Object.assign(new Error(`${code}: write`), { code }))
      : Reflect.apply(write, this, args);
  });
}

describe("a disk", () => {
  it.each([
    ["ENOSPC", /^disk-full: The disk of .* is full\. Free some space and download again: what came is kept\.$/],
    ["EDQUOT", /^disk-full: The disk of .* is full\./],
    ["EROFS", /^output-unwritable: The folder .* cannot be written \(EROFS\)\. Set HF_HUB_CACHE to another\.$/],
  ])("that says %s in the middle of writing ends a download that is gone on with later", async (code, said) => {
    await failWrites(code, 150_000);
    const access = await rig.access();
    expect(await refusal(rig.download(access, name))).toMatch(said);
    const [size = 0] = partials();
    expect(size).toBeGreaterThan(0);
    expect(size).toBeLessThanOrEqual(150_000);
    // The folder is there and empty: without it the hub's own tools take the model for damaged.
    expect(readdirSync(rig.in(name, "snapshots"))).toEqual([]);
    vi.restoreAllMocks();
    rig.server.asked.length = 0;
    expect(await rig.download(access, name)).toMatchObject({ fetched: 200_000 - size });
    expect(rig.server.asked.at(-1)?.range).toBe(`bytes=${size}-`);
    expect(rig.read(name, "model.onnx").equals(files["model.onnx"])).toBe(true);
  });
});

describe("what stands where a download goes on", () => {
  it("is no link that is followed out of the cache", async () => {
    const access = await rig.access();
    await failWrites("ENOSPC", 150_000);
    await refusal(rig.download(access, name));
    vi.restoreAllMocks();
    const [partial = ""] = readdirSync(rig.in(name, "blobs")).filter((file) => file.endsWith(".incomplete"));
    const elsewhere = join(rig.cache, "elsewhere.txt");
    writeFileSync(elsewhere, "precious");
    rmSync(rig.in(name, "blobs", partial));
    symlinkSync(elsewhere, rig.in(name, "blobs", partial));
    expect(await rig.download(access, name)).toMatchObject({ fetched: 200_000 });
    expect(readFileSync(elsewhere, "utf8")).toBe("precious");
    expect(rig.read(name, "model.onnx").equals(files["model.onnx"])).toBe(true);
  });
});

/** A way to the hub on which what comes back for large files is changed. */
function changed(change: (response: HubResponse, request: HubRequest) => HubResponse): Send {
  const hub = proxySend();
  return async (address, request) => {
    const response = await hub(address, request);
    return address.startsWith(rig.server.largeHost) ? change(response, request) : response;
  };
}

/** An answer of these bytes whose length is not said. */
function withoutLength(pieces: Iterable<Uint8Array>, status = 200, headers: Record<string, string> = {}): HubResponse {
  async function* body() {
    yield* pieces;
  }
  return { status, headers: new Headers(headers), body: body() };
}

describe("a file of another length", () => {
  it.each([
    ["longer", 5],
    ["shorter", -5],
  ])("than the list says is refused: %s", async (_, more) => {
    const lie = (entries: TreeEntry[]) =>
      entries.map((entry) => (entry.lfs ? { ...entry, lfs: { ...entry.lfs, size: entry.lfs.size + more } } : entry));
    rig.serve(files, { lie });
    expect(await refusal(rig.download(await rig.access(), name))).toMatch(
      /^download-damaged: What 127\.0\.0\.1:\d+ sent for model\.onnx is not the file that the hub names/,
    );
    expect(partials()).toEqual([]);
    expect(existsSync(rig.in(name, "snapshots", commit))).toBe(false);
  });

  it("is refused as soon as too much has come, where its length was not said", async () => {
    let more = 0;
    function* tooMuch() {
      yield files["model.onnx"];
      for (; more < 100; more++) {
        yield Buffer.from("more");
      }
    }
    const send = changed(() => withoutLength(tooMuch()));
    expect(await refusal(rig.download(await rig.access({}, { send }), name))).toMatch(/^download-damaged/);
    expect(more).toBe(0);
    expect(partials()).toEqual([]);
  });

  it("is asked for again where too little has come, and given up where nothing more comes", async () => {
    const ranges: (string | undefined)[] = [];
    const short = files["model.onnx"].subarray(0, 70_000);
    const send = changed((_, { headers }) => {
      ranges.push(headers.range);
      return withoutLength([short]);
    });
    expect(await refusal(rig.download(await rig.access({}, { send }), name))).toMatch(
      /^hub-unreachable: 127.* cannot be reached/,
    );
    expect(ranges).toEqual([undefined, "bytes=70000-"]);
    expect(partials()).toEqual([70_000]);
  });

  it.each([
    ["other bytes than asked for", "bytes 0-199999/200000", "hub-unreachable"],
    ["a file of another length", "bytes 70000-299999/300000", "download-damaged"],
    ["no place", "", "hub-unreachable"],
  ])("is not put together from parts that say they are %s", async (_, range, reason) => {
    const send = changed((_response, { headers }) =>
      headers.range === undefined
        ? withoutLength([files["model.onnx"].subarray(0, 70_000)])
        : withoutLength([files["model.onnx"].subarray(70_000)], 206, range ? { "content-range": range } : {}),
    );
    expect(await refusal(rig.download(await rig.access({}, { send }), name))).toMatch(new RegExp(`^${reason}:`));
    expect(existsSync(rig.in(name, "snapshots", commit))).toBe(false);
  });
});
