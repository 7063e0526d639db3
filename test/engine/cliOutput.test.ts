import { execFileSync, spawnSync } from "node:child_process";
import { closeSync, existsSync, mkdtempSync, openSync, rmdirSync, statSync } from "node:fs";
import { chmod, link, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { until } from "../support/until";
import { programs } from "./bundles";
import { type Outcome, run, start, startProgram } from "./commandLine";
import { small } from "./support";

const onWindows = process.platform === "win32";
const quick = ["--method", "random", "--model", small.directory];
const program = programs.commandLine;
let folder = "";

beforeAll(async () => {});

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "cli-output-"));
});

afterEach(() => rm(folder, { recursive: true }));

function place(name: string): string {
  return join(folder, name);
}

/** Runs the command line where files may have a few KB at most: beyond that each write fails, as on a full disk. */
function runWithLittleRoom(args: readonly string[]): Promise<Outcome> {
  const limited = ["-c", 'ulimit -f 8; exec "$0" "$@"', process.execPath, program, ...args];
  return startProgram("sh", limited, { stdio: ["ignore", "pipe", "pipe"] }).ended;
}

const oneSentence = /^error: output-unwritable: [^\n]+ cannot be written: [^\n]+\.\n$/;

describe.skipIf(onWindows)("where there is no room", () => {
  it("one result: one sentence, the file of that name as it was, nothing beside it", async () => {
    await writeFile(place("result.json"), "before");
    const args = ["so good ".repeat(150), "--format", "json", "--output", place("result.json"), ...quick];
    const { status, out, err } = await runWithLittleRoom(args);
    expect({ status, out }).toEqual({ status: 1, out: "" });
    expect(err).toMatch(oneSentence);
    expect(await readFile(place("result.json"), "utf8")).toBe("before");
    expect(await readdir(folder)).toEqual(["result.json"]);
  });

  it("a line for each text: one sentence, and the lines that are there are whole", async () => {
    await writeFile(place("lines.txt"), "a good film\n".repeat(50));
    const args = ["--input", place("lines.txt"), "--output", place("out.jsonl"), ...quick];
    const { status, err } = await runWithLittleRoom(args);
    expect(status).toBe(1);
    expect(err).toMatch(oneSentence);
    const written = await readFile(place("out.jsonl"), "utf8");
    expect(written.endsWith("\n")).toBe(true);
    const lines = written.trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line).line)).toEqual(lines.map((_, index) => index + 1));
  });
});

/** Runs the command line with its standard output appended to a file, as `>>` does. */
async function runInto(file: string, program: string, args: readonly string[]): Promise<Outcome> {
  const descriptor = openSync(file, "a");
  const { ended } = startProgram(program, args, { stdio: ["ignore", descriptor, "pipe"] });
  closeSync(descriptor);
  return await ended;
}

describe.skipIf(onWindows)("standard output that is a file where there is no room", () => {
  const before = "somebody else's\n";
  const many = () => ["--input", place("lines.txt"), ...quick];
  const limited = (args: readonly string[]) => [
    "-c",
    'ulimit -f 8; exec "$0" "$@"',
    process.execPath,
    program,
    ...args,
  ];

  beforeEach(async () => {
    await writeFile(place("lines.txt"), "a good film\n".repeat(50));
    await writeFile(place("out"), before);
  });

  async function expectWholeLines(file: string): Promise<void> {
    const written = await readFile(file, "utf8");
    expect(written.startsWith(before) && written.endsWith("\n")).toBe(true);
    const lines = written.slice(before.length).trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line).line)).toEqual(lines.map((_, index) => index + 1));
  }

  it("ends with the last whole line", async () => {
    const { status, err } = await runInto(place("out"), "sh", limited(many()));
    expect(status).toBe(1);
    expect(err).toMatch(oneSentence);
    await expectWholeLines(place("out"));
  });

  it.each([
    ["one text as JSON", () => ["so good ".repeat(150), "--format", "json", ...quick]],
    ["a page of many texts", () => [...many(), "--format", "html"]],
  ])("has nothing of a result that is one: %s", async (_, args) => {
    const { status, err } = await runInto(place("out"), "sh", limited(args()));
    expect(status).toBe(1);
    expect(err).toMatch(oneSentence);
    expect(await readFile(place("out"), "utf8")).toBe(before);
  });

  // Mounting is for the superuser; elsewhere the limit above stands in for the disk.
  it.skipIf(!mayMount())("ends with the last whole line on a disk that is full", async () => {
    await mkdir(place("disk"));
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=8k", "tmpfs", place("disk")]);
    try {
      await writeFile(place("disk/out"), before);
      const { status, err } = await runInto(place("disk/out"), process.execPath, [program, ...many()]);
      expect(status).toBe(1);
      expect(err).toBe(
        "error: output-unwritable: Standard output cannot be written: the disk is full. Free some space and try again.\n",
      );
      await expectWholeLines(place("disk/out"));
    } finally {
      execFileSync("umount", [place("disk")]);
    }
  });
});

function mayMount(): boolean {
  const here = mkdtempSync(join(tmpdir(), "cli-mount-"));
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=8k", "tmpfs", here]).status === 0;
  if (mounted) {
    execFileSync("umount", [here]);
  }
  rmdirSync(here);
  return mounted;
}

describe.skipIf(onWindows)("a file in a folder that takes no new ones", () => {
  it.each(["json", "html"])("is refused before a model is loaded: %s", async (format) => {
    await mkdir(place("closed"));
    await writeFile(place("closed/out"), "before");
    await chmod(place("closed/out"), 0o666);
    await writeFile(place("lines.txt"), "good\n");
    await chmod(place("closed"), 0o555);
    await chmod(folder, 0o755);
    // The superuser may write anywhere.
    const someone = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
    const args = ["--input", place("lines.txt"), "--format", format, "--output", place("closed/out")];
    // A model there is not: whoever comes to it says so.
    const { status, out, err } = await start(program, [...args, "--model", place("none")], someone).ended;
    expect({ status, out }).toEqual({ status: 1, out: "" });
    expect(err).toMatch(
      /^error: output-unwritable: [^\n]+ cannot be written: its folder takes no new files\. [^\n]+\n$/,
    );
    expect(await readFile(place("closed/out"), "utf8")).toBe("before");
  });
});

describe("two command lines with one --output", () => {
  it.skipIf(onWindows).each(["other.jsonl", "inner/other.jsonl"])(
    "that has two names do not mix their lines: %s",
    async (other) => {
      await writeFile(place("lines.txt"), "a good film\n".repeat(200));
      await mkdir(place("inner"));
      await writeFile(place("out.jsonl"), "");
      await link(place("out.jsonl"), place(other));
      const writing = (name: string) =>
        run(program, ["--input", place("lines.txt"), "--output", place(name), ...quick]);
      const outcomes = await Promise.all([writing("out.jsonl"), writing(other)]);
      expect(outcomes.map(({ status }) => status).sort()).toEqual([0, 1]);
      expect(outcomes.map(({ err }) => err).join("")).toMatch(
        /^error: output-unwritable: [^\n]+ is writing it\. [^\n]+\n$/,
      );
      expect((await readFile(place(other), "utf8")).trimEnd().split("\n")).toHaveLength(200);
      expect((await readdir(folder)).sort()).toEqual(
        ["inner", "lines.txt", "other.jsonl", "out.jsonl"].filter((name) => name !== "other.jsonl" || name === other),
      );
    },
  );

  it.skipIf(onWindows)("that got a second name while it was written do not mix their lines", async () => {
    await writeFile(place("lines.txt"), "a good film\n".repeat(2000));
    const args = (name: string) => ["--input", place("lines.txt"), "--output", place(name), ...quick];
    const first = start(program, args("out.jsonl"));
    await until(() => existsSync(place("out.jsonl")) && statSync(place("out.jsonl")).size > 0, "the first line");
    await link(place("out.jsonl"), place("other.jsonl"));
    const second = await run(program, args("other.jsonl"));
    expect(second).toMatchObject({ status: 1, err: expect.stringContaining("another command line is writing it") });
    first.child.kill("SIGINT");
    expect((await first.ended).status).toBe(130);
  });

  it("do not mix their lines: one of them says that the other is writing", async () => {
    await writeFile(place("lines.txt"), "a good film\n".repeat(200));
    const args = ["--input", place("lines.txt"), "--output", place("out.jsonl"), ...quick];
    const outcomes = await Promise.all([run(program, args), run(program, args)]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual([0, 1]);
    expect(outcomes.map(({ err }) => err).join("")).toMatch(
      /^error: output-unwritable: [^\n]+ is writing it\. [^\n]+\n$/,
    );
    const lines = (await readFile(place("out.jsonl"), "utf8")).trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line).line)).toEqual(Array.from({ length: 200 }, (_, index) => index + 1));
    expect((await readdir(folder)).sort()).toEqual(["lines.txt", "out.jsonl"]);
  });
});

describe.skipIf(!existsSync("/dev/full"))("full standard output", () => {
  it.each([["one text"], ["a file of texts"], ["help"]])("ends in one sentence: %s", async (what) => {
    await writeFile(place("lines.txt"), "good\nbad\n");
    const args = what === "help" ? ["--help"] : what === "one text" ? ["good"] : ["--input", place("lines.txt")];
    const full = openSync("/dev/full", "w");
    const { ended } = start(program, [...args, ...quick], { stdio: ["ignore", full, "pipe"] });
    closeSync(full);
    const { status, err } = await ended;
    expect(status).toBe(1);
    expect(err).toBe(
      "error: output-unwritable: Standard output cannot be written: the disk is full. Free some space and try again.\n",
    );
  });
});

describe("the file that is read", () => {
  it("is not written, whatever it is called", async () => {
    await writeFile(place("lines.txt"), "good\nbad\n");
    await link(place("lines.txt"), place("hard.jsonl"));
    const names = ["lines.txt", "./../".concat(folder.split(/[\\/]/).at(-1) ?? "", "/lines.txt"), "hard.jsonl"];
    if (!onWindows) {
      await symlink("hard.jsonl", place("soft.jsonl"));
      names.push("soft.jsonl");
    }
    for (const name of names) {
      const outcome = await run(program, ["--input", place("lines.txt"), "--output", `${folder}/${name}`, ...quick]);
      expect(outcome).toMatchObject({ status: 2, out: "" });
      expect(outcome.err).toMatch(/^error: usage: --output [^\n]+ is the file that --input reads\. [^\n]+\n$/);
    }
    expect(await readFile(place("lines.txt"), "utf8")).toBe("good\nbad\n");
  });

  it.skipIf(onWindows)("not through standard output either, which would never end", async () => {
    await writeFile(place("lines.txt"), "good\nbad\n");
    const appended = openSync(place("lines.txt"), "a");
    const { ended } = start(program, ["--input", place("lines.txt"), ...quick], {
      stdio: ["ignore", appended, "pipe"],
    });
    closeSync(appended);
    expect(await ended).toMatchObject({ status: 2 });
    expect(await readFile(place("lines.txt"), "utf8")).toBe("good\nbad\n");
  });
});

describe("a file with a fault at its end", () => {
  it("is refused before the first text is explained", async () => {
    await writeFile(place("open.csv"), `text\n${"good\n".repeat(1000)}"never closed\n`);
    await writeFile(place("bytes.txt"), Buffer.concat([Buffer.from("good\n".repeat(1000)), Buffer.from([0xff])]));
    for (const name of ["open.csv", "bytes.txt"]) {
      const { status, out, err } = await run(program, ["--input", place(name), ...quick]);
      expect({ status, out }).toEqual({ status: 1, out: "" });
      expect(err).toMatch(/^error: input-unreadable: [^\n]+\n$/);
    }
  });
});

describe.skipIf(onWindows || spawnSync("bash", ["-c", ":"]).status !== 0)("texts that come through a pipe", () => {
  const inBash = (script: string) =>
    startProgram("bash", ["-c", script, process.execPath, program, ...quick], { stdio: ["ignore", "pipe", "pipe"] });

  it.each([
    ["a shell's substitution", `exec "$0" "$@" --input <(printf 'good\\nbad\\n')`],
    ["standard input", `printf 'good\\nbad\\n' | "$0" "$@" --input /dev/stdin`],
    ["a column of it", `printf 'id,text\\n1,good\\n2,bad\\n' | "$0" "$@" --input /dev/stdin --column text`],
  ])("are explained one after the other: %s", async (_, script) => {
    const { status, out, err } = await inBash(script).ended;
    expect({ status, err }).toEqual({ status: 0, err: "" });
    const results = out.trimEnd().split("\n");
    expect(results.map((line) => JSON.parse(line).text)).toEqual(["good", "bad"]);
  });

  it("end with an interruption where they have no end", async () => {
    const { child, ended, printed } = inBash('exec "$0" "$@" --input <(exec yes good)');
    await until(() => printed().includes("\n"), "the first line");
    child.kill("SIGINT");
    const { status, out } = await ended;
    expect({ status, whole: out.endsWith("\n") }).toEqual({ status: 130, whole: true });
  });
});

describe("a page of many texts", () => {
  it("is the same in a file as on standard output, and complete where lines fail", async () => {
    await writeFile(place("lines.jsonl"), '{"text":"good"}\nno JSON\n{"text":"bad"}\n');
    const args = ["--input", place("lines.jsonl"), "--format", "html", ...quick];
    const { status, out } = await run(program, args);
    expect(status).toBe(1);
    expect((await run(program, [...args, "--output", place("page.html")])).out).toBe("");
    expect(await readFile(place("page.html"), "utf8")).toBe(out);
    expect(out.match(/<article>/g)).toHaveLength(2);
    expect(out.match(/<hr>/g)).toHaveLength(1);
    expect(out).toMatch(/^<!doctype html>.*<\/html>\n$/s);
  });
});
