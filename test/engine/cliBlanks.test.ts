import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { programs } from "./bundles";
import { run } from "./commandLine";
import { root } from "./support";

const golden = join(root, "test/golden");
const blanks = join(golden, "blanks/wordpiece");
const sentences = join(golden, "sentences/model");
const readCases = (name: string) => JSON.parse(readFileSync(join(golden, name, "cases.json"), "utf8"));

const printed = async (...args: readonly string[]) => {
  const { status, out, err } = await run(programs.commandLine, [...args, "--quiet", "--format", "json"]);
  return { status, err, found: status === 0 ? JSON.parse(out) : null };
};

describe("the command line", () => {
  it("fills a blank as transformers does, and explains one word rather than another", async () => {
    const [{ text, words, rather, position }] = readCases("blanks");
    const [first, second] = words.map((word: { readonly text: string }) => word.text);
    const asked = ["--target", first, "--versus", second, "--method", "occlusion"];
    const { found } = await printed(text, "--model", blanks, ...asked);
    expect(found.prediction.kind).toBe("fill");
    expect(found.prediction.words.map(({ word }: { readonly word: string }) => word)).toEqual(
      words.map((word: { readonly text: string }) => word.text),
    );
    expect(found.target).toMatchObject({ label: first, versus: second, position, kind: "log-odds" });
    expect(found.target.value).toBeCloseTo(rather.value, 4);
  });

  it("makes a blank of the word at a position", async () => {
    const { found } = await printed("She was reading", "--model", blanks, "--position", "2", "--method", "occlusion");
    expect(found.prediction).toMatchObject({ kind: "fill", position: 2 });
    const last = await printed("She was reading", "--model", blanks, "--position", "last", "--method", "occlusion");
    const beforeEnd = last.found.tokens.length - 2;
    expect(last.found.prediction).toMatchObject({ kind: "fill", position: beforeEnd });
    expect(last.found.tokens[beforeEnd].piece).toBe("[MASK]");
    expect(found.tokens[2]).toMatchObject({ piece: "[MASK]" });
  });

  it("compares two texts as sentence-transformers does", async () => {
    const [{ text, pair, cosine }] = readCases("sentences");
    const { found } = await printed(text, "--pair", pair, "--model", sentences, "--method", "occlusion");
    expect(found.prediction).toEqual({ kind: "similarity", cosine: expect.closeTo(cosine, 5) });
    expect(found.target).toMatchObject({ kind: "cosine", value: expect.closeTo(cosine, 5) });
    const words = found.attributions[0].scores.reduce((sum: number, score: number) => sum + Math.abs(score), 0);
    expect(words).toBeGreaterThan(0);
  });

  it("shows attention alone where that is asked for", async () => {
    const { found } = await printed(
      "two nine",
      "--model",
      sentences,
      "--task",
      "feature-extraction",
      "--method",
      "rollout",
    );
    expect(found.prediction).toEqual({ kind: "none" });
  });

  const onlyBlanks = "Choose a task that fits it: fill-mask (filling blanks).";
  it.each([
    [[blanks, "The small cat"], "question-missing", "[MASK]"],
    [[blanks, "The [MASK] cat", "--task", "sentence-similarity", "--pair", "x"], "task-unsupported", onlyBlanks],
    [[blanks, "The [MASK] cat", "--task", "question-answering"], "task-unsupported", onlyBlanks],
    [[sentences, "two nine"], "question-missing", "second text"],
    [[sentences, "two nine", "--pair", "one", "--position", "1"], "request-invalid", "position"],
    [[sentences, "two nine", "--pair", "one", "--position", "last"], "request-invalid", "position"],
  ] as const)("refuses what does not fit the model: %j", async ([model, ...args], reason, words) => {
    const { status, err } = await printed(...args, "--model", model);
    expect(status).toBe(1);
    expect(err).toContain(`error: ${reason}: `);
    expect(err).toContain(words);
  });
});
