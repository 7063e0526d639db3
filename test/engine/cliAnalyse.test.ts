import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { kendallTau } from "../../src/common/kendall";
import { programs } from "./bundles";
import { run as runProgram } from "./commandLine";
import { sentiment } from "./support";

const program = programs.commandLine;
let folder = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "analyse-"));
});

afterAll(() => rm(folder, { recursive: true }));

const run = (args: readonly string[]) => runProgram(program, [...args, "--model", sentiment.directory], "");
const texts = ["A gorgeous, witty film.", "The plot is dull and goes nowhere.", "I loved every minute of it."];

describe("the analysis of attention", () => {
  it("says for a file what each text's explanation says, once, and which lines failed", async () => {
    const file = join(folder, "texts.csv");
    await writeFile(file, `text\n${texts.map((text) => `"${text}"`).join("\n")}\n"  "\n`);
    const found = await run(["analyse", "--input", file, "--format", "json"]);
    expect(found.err).toContain("1 of 4 lines failed");
    const report = JSON.parse(found.out);
    expect(report).toMatchObject({ schema: 1, texts: 3 });
    const labels = report.classes.map(({ label, texts: count }: { label: string; texts: number }) => [label, count]);
    expect(labels).toEqual([
      ["positive", 2],
      ["negative", 1],
    ]);
    const taus: number[] = [];
    for (const text of texts) {
      const { out } = await run([text, "--method", "rollout,occlusion", "--format", "json"]);
      const { attributions, tokens } = JSON.parse(out);
      const sizes = (at: number) =>
        tokens.flatMap(({ special, index }: { special: boolean; index: number }) =>
          special ? [] : [Math.abs(attributions[at].scores[index])],
        );
      taus.push(kendallTau(sizes(0), sizes(1))?.tau ?? Number.NaN);
    }
    const pair = report.pairs.find(
      ({ first, second }: { first: string; second: string }) => first === "rollout" && second === "occlusion",
    );
    expect(pair.mean).toBeCloseTo(
      taus.reduce((sum, tau) => sum + tau / 3, 0),
      9,
    );
    const { shuffledLast, shuffledAll, divergence, movedByOther, ...counts } = report.changes;
    expect(counts).toMatchObject({ shuffles: 20, texts: 3 });
    expect(counts.evaluations).toBeGreaterThan(3 * 41);
    expect(shuffledLast).toBeGreaterThan(0);
    expect(shuffledAll).toBeGreaterThan(0);
    expect(divergence).toBeGreaterThan(0);
    expect(divergence).toBeLessThan(Math.log(2));
    expect(movedByOther).toBeLessThanOrEqual(0.01);
    expect(report.verdict.some((words: string) => words.startsWith("Shuffling attention among the words"))).toBe(true);
    expect(report.profile.heads).toHaveLength(72);
    for (const { byDistance, byWeight } of report.profile.heads) {
      for (const shares of [byDistance, byWeight]) {
        expect(shares.reduce((sum: number, share: number) => sum + share, 0)).toBeCloseTo(1, 4);
      }
    }
  });

  it("is for people too, of one text", async () => {
    const { out, status } = await run(["analyse", texts[0] ?? ""]);
    expect(status).toBe(0);
    expect(out).toMatch(/^Attention .*τ-b/);
    expect(out).toContain("positive (1 text)");
    expect(out).toContain("layer 5 head 11");
  });

  it("takes no methods, and needs a text", async () => {
    expect(await run(["analyse", "A text", "--method", "lime"])).toMatchObject({ status: 2, out: "" });
    expect(await run(["analyse", "A text", "--input", "f.txt"])).toMatchObject({ status: 2, out: "" });
  });
});

describe("what people marked", () => {
  it("is held against the scores of each line; what cannot be read is that line's error", async () => {
    const file = join(folder, "marked.jsonl");
    await writeFile(
      file,
      `{"text":"A gorgeous film.","why":"gorgeous"}\n{"text":"A dull film.","why":"no such words"}\n`,
    );
    const found = await run(["--input", file, "--rationale", "why", "--method", "occlusion"]);
    const [first, second] = found.out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(first.plausibility).toEqual([{ method: "occlusion", tokenF1: 1, iouF1: 1, auprc: 1, marked: 0.25 }]);
    expect(second.error.reason).toBe("input-unreadable");
    expect((await run(["A film.", "--rationale", "why"])).status).toBe(2);
  });
});
