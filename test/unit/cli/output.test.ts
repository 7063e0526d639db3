import { execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { link, mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, symlink, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Output } from "../../../src/cli/output";
import { refuseSameFile } from "../../../src/cli/outputPlace";
import { FileSink, type OpenFile } from "../../../src/cli/sink";
import { UsageError } from "../../../src/cli/usageError";

const onWindows = process.platform === "win32";
const never = new AbortController().signal;
let folder = "";

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "cli-output-"));
});

afterEach(() => rm(folder, { recursive: true }));

function place(name: string): string {
  return join(folder, name);
}

function outputTo(file: string, whole: boolean): Promise<Output> {
  return Output.at({ file, whole, signal: never });
}

describe("a result that is whole or absent", () => {
  it("is there when it is complete, and nothing else is", async () => {
    const output = await outputTo(place("page.html"), true);
    await output.write("first, ");
    expect(existsSync(place("page.html"))).toBe(false);
    await output.write("second");
    await output.close();
    expect(await readFile(place("page.html"), "utf8")).toBe("first, second");
    expect(await readdir(folder)).toEqual(["page.html"]);
  });

  it("leaves the file of that name as it was when it is given up", async () => {
    await writeFile(place("page.html"), "before");
    const output = await outputTo(place("page.html"), true);
    await output.write("half");
    await output.abandon();
    expect(await readFile(place("page.html"), "utf8")).toBe("before");
    expect(await readdir(folder)).toEqual(["page.html"]);
  });

  it.skipIf(onWindows)("keeps the permissions of the file it takes the place of", async () => {
    await writeFile(place("page.html"), "before", { mode: 0o600 });
    const output = await outputTo(place("page.html"), true);
    await output.write("after");
    await output.close();
    expect((await stat(place("page.html"))).mode & 0o777).toBe(0o600);
  });

  it.skipIf(onWindows)("goes where links lead, and the links stay, also to a file that is not there yet", async () => {
    await mkdir(place("far"));
    for (const name of ["known", "new"]) {
      await symlink(join("far", name), place(`to-${name}`));
      await symlink(`to-${name}`, place(name));
    }
    await writeFile(place("far/known"), "before");
    for (const name of ["known", "new"]) {
      const output = await outputTo(place(name), true);
      await output.write("after");
      await output.close();
      expect(await readFile(place(`far/${name}`), "utf8")).toBe("after");
      expect(await readlink(place(name))).toBe(`to-${name}`);
    }
    expect((await readdir(place("far"))).sort()).toEqual(["known", "new"]);
    await symlink("round", place("round"));
    await expect(outputTo(place("round"), true)).rejects.toMatchObject({ reason: "output-unwritable" });
  });
});

describe("results one after the other", () => {
  it("are in the file as soon as they are written; an earlier file is replaced by the first", async () => {
    await writeFile(place("lines.jsonl"), "before");
    const output = await outputTo(place("lines.jsonl"), false);
    expect(await readFile(place("lines.jsonl"), "utf8")).toBe("before");
    await output.write("one\n");
    expect(await readFile(place("lines.jsonl"), "utf8")).toBe("one\n");
    await output.write("two\n");
    await output.abandon();
    expect(await readFile(place("lines.jsonl"), "utf8")).toBe("one\ntwo\n");
  });

  it("are cut where the last whole one ends when the disk is full", async () => {
    const disk = new SmallDisk(16, "others\n");
    const sink = new FileSink(disk, "lines.jsonl", { whole: false });
    await sink.write("zwölf\n");
    await expect(sink.write("thirteen\n")).rejects.toMatchObject({
      reason: "output-unwritable",
      message: "lines.jsonl cannot be written: the disk is full. Free some space and try again.",
    });
    expect(disk.content).toBe("others\nzwölf\n");
  });

  it("are not cut where somebody else has written meanwhile", async () => {
    const disk = new SmallDisk(16, "");
    const sink = new FileSink(disk, "lines.jsonl", { whole: false });
    disk.beforeItIsFull = () => disk.add("theirs\n");
    await expect(sink.write("seventeen letters\n")).rejects.toMatchObject({ reason: "output-unwritable" });
    expect(disk.content).toContain("theirs\n");
  });

  it("of one page are taken back altogether, also when the page is given up, and nothing before them is", async () => {
    for (const parts of [["<p>", "</p>\n"], ["<p>"], ["<p>", "much more than fits"]]) {
      const disk = new SmallDisk(16, "before\n");
      const sink = new FileSink(disk, "Standard output", { whole: true });
      for (const part of parts) {
        await sink.write(part).catch(() => undefined);
      }
      await sink.abandon();
      expect(disk.content).toBe("before\n");
    }
  });

  it("of two command lines do not mix: the second is refused while the first runs, and nothing is lost", async () => {
    await writeFile(place("lines.jsonl"), "before");
    const first = await outputTo(place("lines.jsonl"), false);
    await expect(outputTo(place("lines.jsonl"), false)).rejects.toMatchObject({
      reason: "output-unwritable",
      message: expect.stringMatching(/another command line is writing it\. Wait for it .* delete [^\n]+\.lock\.$/),
    });
    await first.write("one\n");
    await first.close();
    expect(await readFile(place("lines.jsonl"), "utf8")).toBe("one\n");
    const next = await outputTo(place("lines.jsonl"), false);
    await next.abandon();
    expect(await readdir(folder)).toEqual(["lines.jsonl"]);
  });

  it("are written where one was killed before, and not where another machine may still write", async () => {
    const gone = spawnSync(process.execPath, ["-e", ""]).pid;
    const first = await outputTo(place("lines.jsonl"), false);
    const [lock = ""] = await readdir(folder);
    await first.abandon();
    await writeFile(place(lock), JSON.stringify({ process: gone, machine: hostname() }));
    const next = await outputTo(place("lines.jsonl"), false);
    await next.abandon();
    await writeFile(place(lock), JSON.stringify({ process: gone, machine: `not ${hostname()}` }));
    await expect(outputTo(place("lines.jsonl"), false)).rejects.toMatchObject({ reason: "output-unwritable" });
    expect(await readdir(folder)).toEqual([lock]);
  });
});

/** A file on a disk with room for so many bytes. */
class SmallDisk implements OpenFile {
  readonly #room: number;
  #bytes: Buffer;
  beforeItIsFull = () => undefined;

  constructor(room: number, content: string) {
    this.#room = room;
    this.#bytes = Buffer.from(content);
  }

  get content(): string {
    return this.#bytes.toString();
  }

  add(text: string): undefined {
    this.#bytes = Buffer.concat([this.#bytes, Buffer.from(text)]);
  }

  async write(bytes: Uint8Array): Promise<number> {
    const fits = bytes.subarray(0, Math.max(0, this.#room - this.#bytes.length));
    if (fits.length === 0) {
      this.beforeItIsFull();
      throw Object.assign(new Error("no space"), { code: "ENOSPC" });
    }
    this.#bytes = Buffer.concat([this.#bytes, fits]);
    return fits.length;
  }

  async size(): Promise<number> {
    return this.#bytes.length;
  }

  async truncate(length: number): Promise<void> {
    this.#bytes = this.#bytes.subarray(0, length);
  }

  async close(): Promise<void> {
    // There is nothing to close.
  }
}

describe("places that will not do", () => {
  it.each([true, false])("are refused in one sentence before anything is computed (whole: %s)", async (whole) => {
    await writeFile(place("file"), "");
    for (const name of ["", "no/such/place.json", "file/place.json"]) {
      await expect(outputTo(place(name), whole)).rejects.toMatchObject({
        reason: "output-unwritable",
        message: expect.stringMatching(/^[^\n]* cannot be written: [^\n]+\.$/),
      });
    }
    expect(await readdir(folder)).toEqual(["file"]);
  });

  it.skipIf(!existsSync("/dev/full"))("a device that is full says so when it is written to", async () => {
    const output = await outputTo("/dev/full", true);
    await expect(output.write("x")).rejects.toMatchObject({
      reason: "output-unwritable",
      message: "/dev/full cannot be written: the disk is full. Free some space and try again.",
    });
  });
});

describe("devices and pipes", () => {
  it.skipIf(onWindows)("are written to, not replaced", async () => {
    const before = await stat("/dev/null");
    const output = await outputTo("/dev/null", true);
    await output.write("x");
    await output.close();
    expect((await stat("/dev/null")).ino).toBe(before.ino);
    execFileSync("mkfifo", [place("pipe")]);
    const piped = await outputTo(place("pipe"), true);
    const reader = spawn("cat", [place("pipe")]);
    let read = "";
    reader.stdout.on("data", (bytes) => {
      read += bytes;
    });
    const ended = new Promise((resolve) => reader.once("close", resolve));
    await piped.write("through\n");
    await piped.close();
    await ended;
    expect(read).toBe("through\n");
    expect((await stat(place("pipe"))).isFIFO()).toBe(true);
  });

  it.skipIf(onWindows)("waiting for a reader ends with an interruption", async () => {
    execFileSync("mkfifo", [place("pipe")]);
    const controller = new AbortController();
    const output = await Output.at({ file: place("pipe"), whole: false, signal: controller.signal });
    const written = output.write("x");
    controller.abort();
    await expect(written).rejects.toMatchObject({ reason: "cancelled" });
  });
});

describe("input and output that are the same file", () => {
  it("are told by what they are, not by their names", async () => {
    await writeFile(place("lines.txt"), "a");
    await writeFile(place("other.txt"), "a");
    await link(place("lines.txt"), place("hard"));
    const names = ["lines.txt", "hard", "../".concat(relative(join(folder, ".."), place("lines.txt")))];
    if (!onWindows) {
      await symlink("lines.txt", place("soft"));
      names.push("soft");
    }
    for (const name of names) {
      await expect(refuseSameFile(place("lines.txt"), join(folder, name))).rejects.toBeInstanceOf(UsageError);
    }
    await refuseSameFile(place("lines.txt"), place("other.txt"));
    await refuseSameFile(place("lines.txt"), place("new.txt"));
    await refuseSameFile(place("lines.txt"), null);
  });
});
