import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { processesWith } from "../support/processes";
import { until } from "../support/until";
import { programs } from "./bundles";
import { run, start } from "./commandLine";
import { isAlive, root, sentiment } from "./support";

const onWindows = process.platform === "win32";
const bundled = ["--model", sentiment.directory];
/** A first line that is explained soon, and a second one that is not. */
const slowly = ["--samples", "1000000", "--sampling", "plain"];
const program = programs.commandLine;
let folder = "";
let lines = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "cli-interrupt-"));
  lines = join(folder, "lines.jsonl");
  const long = "a long and winding film that never ends, though one would wish that it did, at every turn it takes.";
  await writeFile(lines, `no JSON\n${JSON.stringify({ text: long })}\n`);
});

afterAll(() => rm(folder, { recursive: true }));

/** The engines that a command line has started and that run. */
function enginesOf({ pid }: ChildProcess): { pid: number }[] {
  return processesWith(`--host=${pid}`);
}

/** The engine of a command line that is under way. */
async function engineOf(child: ChildProcess): Promise<number> {
  return (await until(() => enginesOf(child)[0], "an engine")).pid;
}

function isAsleep(pid: number): boolean {
  return / S$/.test(readFileSync(`/proc/${pid}/stat`, "utf8").match(/^.*\) \w/s)?.[0] ?? "");
}

describe("an interrupted command line", () => {
  it.skipIf(onWindows).each(["SIGINT", "SIGTERM", "SIGHUP"] as const)(
    "ends with 130 on %s in the middle of a run, leaves no engine and whole lines",
    async (signal) => {
      const { child, ended, printed } = start(program, ["--input", lines, ...slowly, ...bundled]);
      await until(() => printed().includes("\n"), "the first line");
      const engine = await engineOf(child);
      child.kill(signal);
      const { status, out, err } = await ended;
      expect({ status, err }).toEqual({ status: 130, err: "" });
      expect(out.endsWith("\n")).toBe(true);
      expect(
        out
          .trimEnd()
          .split("\n")
          .map((line) => JSON.parse(line).line),
      ).toEqual([1]);
      await until(() => !isAlive(engine), "the engine's end");
    },
  );

  it.skipIf(onWindows)("says nothing when the whole group is interrupted, as a terminal does it", async () => {
    const { child, ended } = start(program, ["--input", lines, ...slowly, ...bundled], { detached: true });
    const engine = await engineOf(child);
    process.kill(-(child.pid ?? 0), "SIGINT");
    expect(await ended).toMatchObject({ status: 130, err: "" });
    await until(() => !isAlive(engine), "the engine's end");
  });

  it.skipIf(onWindows)("leaves no half page, and not what it was made of", async () => {
    const place = join(folder, "pages");
    await mkdir(place);
    await writeFile(join(folder, "pages.txt"), `good\n${"a long and winding film that never ends ".repeat(4)}\n`);
    const page = ["--format", "html", "--output", join(place, "page.html")];
    const { child, ended } = start(program, ["--input", join(folder, "pages.txt"), ...page, ...slowly, ...bundled]);
    await until(async () => (await readdir(place)).length > 0, "the page to be begun");
    child.kill("SIGINT");
    expect((await ended).status).toBe(130);
    expect(await readdir(place)).toEqual([]);
  });

  it.skipIf(onWindows).each([
    ["SIGINT", "SIGTERM"],
    ["SIGTERM", "SIGHUP"],
    ["SIGHUP", "SIGINT"],
  ] as const)("leaves nothing beside its output when %s is followed at once by %s", async (first, second) => {
    const place = await mkdtemp(join(folder, "twice-"));
    const args = (format: string) => ["--input", lines, "--format", format, "--output", join(place, `out.${format}`)];
    for (const format of ["html", "json"]) {
      const { child, ended } = start(program, [...args(format), ...slowly, ...bundled]);
      await until(
        async () => (await readdir(place)).some((name) => /^\.explain-.*(lock|tmp)$/.test(name)),
        "its begin",
      );
      await engineOf(child);
      child.kill(first);
      child.kill(second);
      expect((await ended).status).toBe(130);
      expect((await readdir(place)).filter((name) => name.startsWith("."))).toEqual([]);
    }
  });

  it.skipIf(!existsSync("/proc/self/stat"))("ends while nobody reads what it writes", async () => {
    await writeFile(join(folder, "many.jsonl"), "no JSON\n".repeat(50_000));
    const child = spawn(process.execPath, [program, "--input", join(folder, "many.jsonl"), ...bundled], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    const ended = new Promise((resolve) => child.once("exit", resolve));
    // From here on nothing is taken out of the pipe.
    await new Promise((resolve) => child.stdout.once("readable", resolve));
    let asleep = 0;
    await until(() => {
      asleep = isAsleep(child.pid ?? 0) ? asleep + 1 : 0;
      return asleep > 10;
    }, "the program to wait for a reader");
    child.kill("SIGINT");
    expect(await ended).toBe(130);
    child.stdout.destroy();
  });

  it("ends while it waits for standard input", async () => {
    const { child, ended } = start(program, [...bundled, "-"]);
    // More than a pipe holds: it is through once the program reads.
    await new Promise<void>((resolve) => child.stdin?.write("good ".repeat(200_000), () => resolve()));
    child.kill("SIGINT");
    expect((await ended).status).toBe(onWindows ? null : 130);
  });

  it("ends quietly when its reader has had enough, and leaves no engine", async () => {
    await writeFile(join(folder, "enough.txt"), "good\n".repeat(5000));
    const { child, ended } = start(program, ["--input", join(folder, "enough.txt"), "--method", "random", ...bundled]);
    child.stdout?.once("data", () => child.stdout?.destroy());
    expect(await ended).toMatchObject({ status: 0, err: "" });
    await until(() => enginesOf(child).length === 0, "the engine's end");
  });
});

describe("the engine of a command line", () => {
  const started = () => join(folder, "started");
  let wrapped = "";

  beforeAll(async () => {
    const place = join(root, "out/wrapped");
    await mkdir(place, { recursive: true });
    wrapped = join(place, "explain.mjs");
    await copyFile(program, wrapped);
    // The real one, but it prints, leaves a trace of its start, and dies of a certain word once it has answered something.
    const source = `
require("node:fs").writeFileSync(${JSON.stringify(started())}, "");
console.log("noise"), console.error("noise");
let answered = () => undefined;
const hasAnswered = new Promise((resolve) => { answered = resolve; });
const send = process.send.bind(process);
process.send = (...args) => send(...args.slice(0, -1), (error) => { if ("result" in args[0]) answered(); args.at(-1)(error); });
process.on("message", async (message) => {
  if (JSON.stringify(message).includes("boom")) {
    await hasAnswered;
    process.exit(3);
  }
});
require("../engine.cjs");
`;
    await writeFile(join(place, "engine.cjs"), source);
  });

  it.each([[["--help"]], [["--version"]], [["models"]], [[" ", ...bundled]]])("is not started for %j", async (args) => {
    await run(wrapped, args);
    expect(existsSync(started())).toBe(false);
  });

  it("dies of one line alone, and what it prints is in no result", async () => {
    await writeFile(join(folder, "boom.txt"), "good\nboom\nfine\n");
    const args = ["--input", join(folder, "boom.txt"), "--method", "random", ...bundled];
    const { status, out, err } = await run(wrapped, args);
    const results = out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(results.map(({ text, error }) => text ?? error.reason)).toEqual(["good", "engine-crashed", "fine"]);
    expect({ status, err }).toEqual({ status: 1, err: "1 of 3 lines failed.\n" });
    expect(existsSync(started())).toBe(true);
  });

  it("dies of a single text in one sentence", async () => {
    const { status, out, err } = await run(wrapped, ["boom", "--method", "random", ...bundled]);
    expect({ status, out }).toEqual({ status: 1, out: "" });
    expect(err).toMatch(/^error: engine-crashed: [^\n]+\n$/);
  });
});
