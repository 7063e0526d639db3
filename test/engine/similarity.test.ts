import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { attributionOf, type ExplainRequest, type Explanation } from "../../src/common/explanation";
import { formatMessage } from "../../src/common/message";
import type { MethodId } from "../../src/common/method";
import { createEngine, type Engine } from "../../src/engine/engine";
import { programs } from "./bundles";
import { run } from "./commandLine";
import { errorOf, never, requestFor, root } from "./support";

/** What sentence-transformers and torch computed; see `test/golden/sentences/make.py`. */
interface Side {
  readonly ids: readonly number[];
  readonly baseline: number;
  readonly hidden: readonly number[];
  readonly saliency: readonly number[];
  readonly gradientXInput: readonly number[];
  readonly integratedGradients: readonly number[];
}
interface Case {
  readonly modes: readonly string[];
  readonly text: string;
  readonly pair: string;
  readonly cosine: number;
  readonly sides: readonly [Side, Side];
}

const golden = join(root, "test/golden/sentences");
const cases: readonly Case[] = JSON.parse(readFileSync(join(golden, "cases.json"), "utf8"));
const methods = ["saliency", "gradientXInput", "integratedGradients", "occlusion", "partitionShap"] as const;
let engine: Engine;
let folder: string;

beforeAll(() => {
  engine = createEngine({ threads: 1, memoryMegabytes: 512 });
  folder = mkdtempSync(join(tmpdir(), "explain-test-"));
});

afterAll(async () => {
  await engine.dispose();
  rmSync(folder, { recursive: true, force: true });
});

/** A folder of the model that pools otherwise. */
function pooledBy(modes: readonly string[]): string {
  const directory = join(folder, modes.join("+"));
  cpSync(join(golden, "model"), directory, { recursive: true });
  writeFileSync(join(directory, "1_Pooling/config.json"), JSON.stringify({ pooling_mode: modes }));
  return directory;
}

const explain = (directory: string, text: string, changes: Partial<ExplainRequest> = {}) =>
  engine.explain(requestFor(text, { model: { directory, file: null }, ...changes }), never);

/** The scores of the tokens of one text, special ones among them, as they are for the cosine alone: each text counts one half. */
function scoresOf(explanation: Explanation, method: MethodId, segment: 0 | 1): number[] {
  const { scores = [], specials = [] } = attributionOf(explanation, method) ?? {};
  return explanation.tokens.flatMap((token) =>
    token.segment === segment
      ? [2 * (specials.find((special) => special.token === token.index)?.score ?? scores[token.index] ?? 0)]
      : [],
  );
}

function difference(actual: readonly number[], expected: readonly number[]): number {
  expect(actual).toHaveLength(expected.length);
  const largest = Math.max(...expected.map(Math.abs));
  return Math.max(...actual.map((score, at) => Math.abs(score - (expected[at] ?? Number.NaN)))) / largest;
}

describe.each(cases)("two texts compared by $modes: $text", ({ modes, text, pair, cosine, sides }) => {
  it("are as alike, and for the same words, as sentence-transformers and torch have it", async () => {
    const explanation = await explain(pooledBy(modes), text, { pair, methods });
    const { prediction, target, tokens } = explanation;
    expect(prediction).toEqual({ kind: "similarity", cosine: expect.closeTo(cosine, 5) });
    expect(target).toMatchObject({ label: "similarity", versus: null, position: null, kind: "cosine" });
    expect(target.value).toBeCloseTo(cosine, 5);
    expect(target.baselineValue).toBeCloseTo((sides[0].baseline + sides[1].baseline) / 2, 5);
    expect(tokens.map(({ id }) => id)).toEqual(sides.flatMap(({ ids }) => ids));
    for (const segment of [0, 1] as const) {
      const side = sides[segment];
      for (const method of ["saliency", "gradientXInput", "integratedGradients"] as const) {
        // A path through maxima has corners, which no rule of quadrature meets.
        const tolerance = method === "integratedGradients" && modes.includes("max") ? 1e-2 : 1e-4;
        expect(difference(scoresOf(explanation, method, segment), side[method])).toBeLessThan(tolerance);
      }
      const content = side.ids.map((id) => id >= 5);
      const left = scoresOf(explanation, "occlusion", segment).filter((_, at) => content[at]);
      expect(
        difference(
          left,
          side.hidden.map((value) => cosine - value),
        ),
      ).toBeLessThan(1e-4);
    }
    // All words together: from nothing but masks in either text to both texts.
    const owen = attributionOf(explanation, "partitionShap");
    const sum = (owen?.scores ?? []).reduce((total, score) => total + score, owen?.baseValue ?? Number.NaN);
    expect(sum).toBeCloseTo(cosine, 5);
  });
});

describe("a sentence encoder", () => {
  const model = join(golden, "model");
  const [{ text, pair }] = cases as readonly [Case];

  it("is read again when how it pools was changed", async () => {
    const directory = join(folder, "changed");
    cpSync(pooledBy(["mean"]), directory, { recursive: true });
    const before = (await explain(directory, text, { pair })).prediction;
    writeFileSync(join(directory, "1_Pooling/config.json"), JSON.stringify({ pooling_mode: ["cls"] }));
    const after = (await explain(directory, text, { pair })).prediction;
    expect(after).not.toEqual(before);
    expect(after).toEqual((await explain(pooledBy(["cls"]), text, { pair })).prediction);
  });

  it("is asked for two texts, without labels", async () => {
    const refused = async (changes: Partial<ExplainRequest>) => (await errorOf(explain(model, text, changes))).reason;
    expect(await refused({})).toBe("question-missing");
    expect(await refused({ pair, target: "positive" })).toBe("request-invalid");
  });

  it("reads of a text as many tokens as sentence-transformers does, and says what is left out", async () => {
    const words = "one two three four five six seven eight nine ten".split(" ");
    const long = Array.from({ length: 30 }, (_, at) => words[(at * 7) % 10]);
    const [whole, start] = [long.join(" "), long.slice(0, 18).join(" ")];
    const methods = ["occlusion", "gradientXInput"] as const;
    const cut = await explain(model, whole, { pair: ` ${whole}`, methods });
    const read = await explain(model, start, { pair: ` ${start}`, methods });
    expect(cut.prediction).toEqual(read.prediction);
    expect(cut.tokens).toEqual(read.tokens);
    expect(cut.tokens.filter(({ segment }) => segment === 0).map(({ id }) => id)).toEqual([
      0,
      ...long.slice(0, 18).map((word) => 5 + words.indexOf(word ?? "")),
      2,
    ]);
    for (const [at, { scores, specials }] of cut.attributions.entries()) {
      expect([scores, specials]).toEqual([read.attributions[at]?.scores, read.attributions[at]?.specials]);
    }
    expect(cut.words.at(-1)).toEqual(read.words.at(-1));
    expect(cut.windows).toEqual([
      expect.objectContaining({ start: 0, end: start.length, segment: 0 }),
      expect.objectContaining({ start: 0, end: start.length + 1, segment: 1 }),
    ]);
    const said = cut.warnings.map(formatMessage).filter((one) => one.includes("left out"));
    expect(said.map((one) => one.slice(0, 80))).toEqual([
      "The first text has 30 tokens, of which the model reads the first 18: the other 1",
      "The second text has 30 tokens, of which the model reads the first 18: the other ",
    ]);
    expect(read.warnings.map(formatMessage).some((one) => one.includes("left out"))).toBe(false);
  });

  it("reads the end where the tokenizer says so, and as many tokens as the encoder's own file says", async () => {
    const directory = join(folder, "cut");
    cpSync(model, directory, { recursive: true });
    const file = (name: string) => join(directory, name);
    const settings = JSON.parse(readFileSync(file("tokenizer_config.json"), "utf8"));
    writeFileSync(
      file("tokenizer_config.json"),
      JSON.stringify({ ...settings, truncation_side: "left", model_max_length: 10 }),
    );
    writeFileSync(file("sentence_bert_config.json"), JSON.stringify({ max_seq_length: 16 }));
    const words = "one two three four five six seven eight nine ten".split(" ");
    const long = Array.from({ length: 30 }, (_, at) => words[(at * 7) % 10]);
    const [whole, end] = [long.join(" "), long.slice(-14).join(" ")];
    const cut = await explain(directory, whole, { pair: whole, methods: ["occlusion"] });
    const read = await explain(directory, end, { pair: end, methods: ["occlusion"] });
    expect(cut.prediction).toEqual(read.prediction);
    const content = cut.tokens.filter(({ special, segment }) => !special && segment === 0);
    expect(content.map(({ start, text: own }) => whole.slice(start, start + own.length))).toEqual(long.slice(-14));
    const said = cut.warnings.map(formatMessage).filter((one) => one.includes("left out"));
    expect(said[0]).toMatch(/^The first text has 30 tokens, of which the model reads the last 14: the other 16 at it/);
  });

  it("holds one text against each of several, a line of a file each", async () => {
    const texts = cases.slice(0, 5).map(({ text }) => text);
    const file = join(folder, "several.txt");
    writeFileSync(file, `${texts.map((text) => text.replaceAll("\n", " ")).join("\n")}\n`);
    const ends = ["--model", model, "--pair", pair, "--method", "occlusion", "--format", "json"];
    const { status, out } = await run(programs.commandLine, ["--input", file, ...ends]);
    expect(status).toBe(0);
    const lines = out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines).toHaveLength(texts.length);
    for (const { text, prediction, attributions } of lines) {
      const alone = await run(programs.commandLine, [text, ...ends]);
      const { prediction: expected, attributions: scores } = JSON.parse(alone.out);
      expect(prediction).toEqual(expected);
      expect(attributions[0].scores).toEqual(scores[0].scores);
    }
    expect(new Set(lines.map(({ prediction }) => prediction.cosine)).size).toBeGreaterThan(1);
  });

  it("sees a masked word move the cosine", async () => {
    const request = requestFor(text, { model: { directory: model, file: null }, pair });
    const { prediction } = await engine.predictMasked(request, [1], never);
    const [side] = cases[0]?.sides ?? [];
    expect(prediction).toEqual({ kind: "similarity", cosine: expect.closeTo(side?.hidden[0] ?? Number.NaN, 5) });
  });

  it("reads texts in small letters and says what its texts begin with, where its files say so", async () => {
    const directory = pooledBy(["mean"]);
    const capitals = (file: string, change: (json: Record<string, unknown>) => object) =>
      writeFileSync(
        join(directory, file),
        JSON.stringify(change(JSON.parse(readFileSync(join(directory, file), "utf8")))),
      );
    capitals("tokenizer.json", (json) => ({ ...json, normalizer: null }));
    const changes = { pair: pair.toUpperCase(), methods: ["rollout"] as const };
    const unknown = await explain(directory, text, changes);
    capitals("sentence_bert_config.json", (json) => ({ ...json, do_lower_case: true }));
    capitals("config_sentence_transformers.json", (json) => ({
      ...json,
      prompts: { query: "query: " },
      default_prompt_name: "query",
    }));
    const other = join(folder, "lower");
    cpSync(directory, other, { recursive: true });
    const { prediction, tokens, warnings } = await explain(other, text, changes);
    expect(prediction).toEqual({ kind: "similarity", cosine: expect.closeTo(cases[0]?.cosine ?? Number.NaN, 5) });
    expect(unknown.prediction).not.toEqual(prediction);
    expect(tokens.at(-2)?.text).toBe(pair.toUpperCase().split(" ").at(-1));
    expect(warnings.some(({ args }) => args.includes("query: "))).toBe(true);
  });

  it("shows the attention inside each text", async () => {
    const { windows, attention, tokens } = await explain(model, text, { pair, methods: ["rollout"] });
    expect(windows.map(({ segment, start, end }) => ({ segment, start, end }))).toEqual([
      { segment: 0, start: 0, end: text.length },
      { segment: 1, start: 0, end: pair.length },
    ]);
    for (const [token, lookers] of (attention?.lookers ?? []).entries()) {
      expect(lookers.every(({ query }) => tokens[query]?.segment === tokens[token]?.segment)).toBe(true);
    }
  });

  it("can be looked at by itself: attention alone", async () => {
    const task = "feature-extraction";
    const explanation = await explain(model, text, { task, methods: ["rollout", "lime"] });
    expect(explanation.prediction).toEqual({ kind: "none" });
    expect(explanation.attributions.map(({ method }) => method)).toEqual(["rollout"]);
    expect(explanation.warnings.map(({ args }) => args.join()).join()).toContain("says nothing of a text");
  });

  it("shows attention by itself where no method was asked for that it has, and measures nothing", async () => {
    const task = "feature-extraction";
    const explanation = await explain(model, text, { task, methods: ["occlusion"], measures: ["comprehensiveness"] });
    expect(explanation.attributions.map(({ method }) => method)).toEqual(["attention"]);
    expect(explanation.measures).toEqual([]);
    const warnings = explanation.warnings.map(formatMessage);
    expect(warnings.some((one) => one.startsWith("Left out: Leave one out"))).toBe(true);
    expect(warnings.some((one) => one.startsWith("Not measured: "))).toBe(true);
  });

  it("reads texts without what is blank around them, as sentence-transformers does, at their own places", async () => {
    const plain = await explain(model, text, { pair });
    const spaced = await explain(model, `  ${text}\n `, { pair: `${pair}  ` });
    expect(spaced.prediction).toEqual(plain.prediction);
    const contentOf = ({ tokens }: typeof plain) => tokens.filter(({ special, segment }) => !special && segment === 0);
    expect(contentOf(spaced).map(({ start, text: own }) => [start - 2, own])).toEqual(
      contentOf(plain).map(({ start, text: own }) => [start, own]),
    );
  });

  it("is refused for a task that it does not fit, with those that it does", async () => {
    const error = await errorOf(explain(model, text, { task: "text-classification" }));
    expect(error.reason).toBe("task-unsupported");
    expect(error.message).toContain("sentence-similarity");
    expect(error.message).toContain("feature-extraction");
  });
});
