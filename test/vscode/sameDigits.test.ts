import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root } from "../../scripts/lib/paths.mjs";
import { type MethodId, methodIds } from "../../src/common/method";
import { json } from "../../src/exports/json";
import { run } from "../engine/commandLine";
import { Workbench } from "../support/workbench";

const texts = [
  "dull",
  "A gorgeous, witty and seductive movie.",
  '{"id": 7, "review": "An odd but moving film.", "label": "positive"}',
  "这部电影非常好看，演员也很棒。",
  "The camera lingers on the harbour while two brothers argue about a debt, and the film seems content to let them talk; then the storm arrives.",
  "Loved it 🙂👍🏽\r\nthough the ending drags.",
] as const;
/** Those that are also the first of an engine. */
const startsFresh: readonly string[] = [texts[1], texts[3], texts[5]];
/** Little, so that the test does not take long; all else is as it comes. */
const effort = 0.1;
const tolerance = 1;
const steps = 16;
/** Each case explains six texts up to four times. */
const minutes = 10 * 60_000;
const program = path.join(root, "dist/explain.mjs");

let workbench: Workbench;
let folder: string;
/** What was found first of each text: its prediction and all that belongs to the text, and each method's scores. */
const wanted = new Map<string, string>();

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "explain-test-"));
  workbench = await Workbench.open();
  await set("effort", effort);
  await set("lime.tolerance", tolerance);
  await set("gradients.steps", steps);
  await set("attention.show", false);
});

afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  expect(await workbench?.close()).toEqual([]);
});

function set(name: string, value: unknown): Promise<null> {
  return workbench.companion.ask("setting", { name: `explainWithTransformer.${name}`, value });
}

/** Expects every byte of a result to be what others gave for the text, times apart, and places where line ends are not one character everywhere. */
function compare(text: string, result: Record<string, unknown>, asked: readonly MethodId[], where: string): void {
  const { attributions, warnings, reading, ...rest } = result;
  const hasLineEnds = text.includes("\r");
  const bytes = (value: unknown) =>
    JSON.stringify(value, (key, inner: unknown) =>
      key === "milliseconds" || (hasLineEnds && ["start", "end", "inText"].includes(key)) ? undefined : inner,
    );
  expect(attributions, where).toHaveLength(asked.length);
  const parts = [
    ["text", rest] as const,
    ...(attributions as { method: string }[]).map((one) => [one.method, one] as const),
  ];
  for (const [part, value] of parts) {
    const found = bytes(value);
    const key = `${part} of ${text}`;
    expect(found, `${key}, ${where}`).toBe(wanted.get(key) ?? found);
    wanted.set(key, found);
  }
}

async function inEditor(asked: readonly MethodId[], where: string): Promise<void> {
  for (const text of texts) {
    const isFresh = startsFresh.includes(text);
    if (isFresh) {
      await workbench.companion.ask("endEngine", null);
    }
    for (const session of isFresh ? ["fresh", "used"] : ["used"]) {
      const explanation = await workbench.companion.ask("explain", { text });
      const result = JSON.parse(json.one({ explanation, matrices: null, line: null, reading: null }, 0));
      compare(text, JSON.parse(JSON.stringify(result)), asked, `editor, ${where}, ${session}`);
    }
  }
}

async function onCommandLine(asked: readonly MethodId[], threads: number, where: string): Promise<void> {
  const numbers = {
    threads,
    effort,
    // The flag is also that of methods that have no setting for it.
    ...(asked.includes("lime") ? { tolerance } : {}),
    ...(asked.includes("integratedGradients") ? { steps } : {}),
  };
  const options = Object.entries(numbers).flatMap(([name, value]) => [`--${name}`, String(value)]);
  options.push("--method", asked.join(), "--format", "json");
  for (const text of startsFresh) {
    const { out, err } = await run(program, [...options, "--", text]);
    expect(err).toBe("");
    compare(text, JSON.parse(out), asked, `command line, ${where}, fresh`);
  }
  const file = path.join(folder, "texts.jsonl");
  // The first one is only there to use the session.
  writeFileSync(file, [texts[1], ...texts].map((text) => `${JSON.stringify({ text })}\n`).join(""));
  const { out } = await run(program, [...options, "--input", file, "--field", "text"]);
  const results = out
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  for (const [index, text] of texts.entries()) {
    const { line, ...result } = results[index + 1];
    expect(line).toBe(index + 2);
    compare(text, result, asked, `command line, ${where}, used`);
  }
}

describe.sequential.each([
  [1, "alone", ["partitionShap"]],
  [2, "LIME", ["lime"]],
  [2, "all other methods", methodIds.filter((id) => id !== "lime")],
] as const)("threads: %d, %s", (threads, name, asked) => {
  it("editor and command line give the same bytes, in new sessions and used ones", { timeout: minutes }, async () => {
    await set("methods", asked);
    // The method of the colours is always run.
    await set("importance.method", asked.length === 1 ? asked[0] : null);
    await set("engine.threads", threads);
    const where = `threads: ${threads}, ${name}`;
    await Promise.all([inEditor(asked, where), onCommandLine(asked, threads, where)]);
  });
});
