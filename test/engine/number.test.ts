import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { attributionOf, type ExplainRequest, type Explanation } from "../../src/common/explanation";
import type { MethodId } from "../../src/common/method";
import { defaultOptions } from "../../src/common/options";
import { outcomesOf } from "../../src/common/prediction/registry";
import { createEngine, type Engine } from "../../src/engine/engine";
import { fixtureFolder } from "../support/tinyModel";
import { programs } from "./bundles";
import { run } from "./commandLine";
import { errorOf, never, requestFor, root } from "./support";

/** What torch and `lime` computed; see `test/golden/number/make.py`. */
interface Case {
  readonly text: string;
  readonly pair: string | null;
  readonly ids: readonly number[];
  readonly value: number;
  readonly baseline: number;
  readonly hidden: readonly number[];
  readonly saliency: readonly number[];
  readonly gradientXInput: readonly number[];
  readonly integratedGradients: readonly number[];
  readonly lime: { readonly intercept: number; readonly coefficients: readonly number[]; readonly r2: number };
}

const cases: readonly Case[] = JSON.parse(readFileSync(join(root, "test/golden/number/cases.json"), "utf8"));
let folder: string;
let engine: Engine;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "explain-test-"));
  // As re-rankers are published: one label without a name, and a sigmoid that is not part of the model.
  fixtureFolder(folder, join(root, "test/golden/number/model.onnx"), undefined, {
    num_labels: undefined,
    id2label: { "0": "LABEL_0" },
    sentence_transformers: { activation_fn: "torch.nn.modules.activation.Sigmoid" },
  });
  engine = createEngine({ threads: 1, memoryMegabytes: 512 });
});

afterAll(async () => {
  await engine.dispose();
  rmSync(folder, { recursive: true, force: true });
});

const explain = (text: string, changes: Partial<ExplainRequest> = {}) =>
  engine.explain(requestFor(text, { model: { directory: folder, file: null }, ...changes }), never);

/** The scores of content tokens, in order. */
function contentScores(explanation: Explanation, method: MethodId): number[] {
  const { scores = [] } = attributionOf(explanation, method) ?? {};
  return scores.filter((_, at) => explanation.tokens[at]?.special === false);
}

/** The largest difference, relative to the largest expected number. */
function difference(actual: readonly number[], expected: readonly number[]): number {
  expect(actual).toHaveLength(expected.length);
  const largest = Math.max(...expected.map(Math.abs));
  return Math.max(...actual.map((score, index) => Math.abs(score - (expected[index] ?? Number.NaN)))) / largest;
}

describe.each(cases)("a model that gives one number: $text, $pair", (golden) => {
  const content = (values: readonly number[]) => values.filter((_, at) => (golden.ids[at] ?? 0) >= 5);

  it("is explained by that number, as torch and lime have it", async () => {
    const methods = [
      "lime",
      "occlusion",
      "partitionShap",
      "saliency",
      "gradientXInput",
      "integratedGradients",
    ] as const;
    const lime = { ...defaultOptions.lime, samples: 4000 };
    const explanation = await explain(golden.text, { pair: golden.pair, methods, lime });
    expect(explanation.tokens.map(({ id }) => id)).toEqual(golden.ids);
    const [first, ...rest] = outcomesOf(explanation.prediction);
    expect({ ...first, logit: 0, rest }).toEqual({ index: 0, label: "score", logit: 0, probability: null, rest: [] });
    expect(first?.logit).toBeCloseTo(golden.value, 4);
    const { value, baselineValue, ...target } = explanation.target;
    expect(target).toEqual({ label: "score", versus: null, position: null, kind: "number" });
    expect(value).toBe(first?.logit);
    expect(baselineValue).toBeCloseTo(golden.baseline, 4);
    expect(explanation.attributions.map(({ method, scale }) => [method, scale])).toEqual(
      methods.map((method) => [method, method === "saliency" ? "none" : "number"]),
    );
    expect(difference(contentScores(explanation, "lime"), golden.lime.coefficients)).toBeLessThan(1e-4);
    const fitted = attributionOf(explanation, "lime");
    expect(fitted?.baseValue).toBeCloseTo(golden.lime.intercept, 4);
    expect(fitted?.quality.r2).toBeCloseTo(golden.lime.r2, 4);
    expect(fitted?.fullValue).toBeCloseTo(golden.value, 4);
    expect(fitted?.notes[0]?.template).toContain("LIME fits the number itself");
    const left = golden.hidden.map((hidden) => golden.value - hidden);
    expect(difference(contentScores(explanation, "occlusion"), left)).toBeLessThan(1e-4);
    for (const method of ["saliency", "gradientXInput"] as const) {
      expect(difference(contentScores(explanation, method), content(golden[method])), method).toBeLessThan(1e-4);
    }
    const integrated = contentScores(explanation, "integratedGradients");
    expect(difference(integrated, content(golden.integratedGradients))).toBeLessThan(0.02);
    const owen = attributionOf(explanation, "partitionShap");
    expect(owen?.scores.reduce((sum, score) => sum + score, owen.baseValue ?? 0)).toBeCloseTo(golden.value, 4);
  });

  it("is a label with a probability of its own where the problem is multi-label, as the pipeline has it", async () => {
    const directory = mkdtempSync(join(tmpdir(), "explain-test-"));
    try {
      fixtureFolder(directory, join(root, "test/golden/number/model.onnx"), undefined, {
        num_labels: undefined,
        id2label: { "0": "toxic" },
        problem_type: "multi_label_classification",
      });
      const changes = {
        pair: golden.pair,
        model: { directory, file: null },
        methods: ["lime"],
        target: "toxic",
      } as const;
      const { prediction, target, attributions } = await explain(golden.text, changes);
      const [first, ...rest] = outcomesOf(prediction);
      expect([prediction.kind, first?.label, rest]).toEqual(["classes", "toxic", []]);
      expect(first?.probability).toBeCloseTo(1 / (1 + Math.exp(-golden.value)), 5);
      expect(target).toMatchObject({ label: "toxic", kind: "logit" });
      expect(target.value).toBeCloseTo(golden.value, 4);
      expect(attributions[0]?.scale).toBe("probability");
      expect((await errorOf(explain(golden.text, { ...changes, target: "kind" }))).message).toContain(
        "Choose one of: toxic.",
      );
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });

  it("is a class where it is asked for as one, unless the model says that it is a number", async () => {
    const directory = mkdtempSync(join(tmpdir(), "explain-test-"));
    try {
      const write = (problem?: string) =>
        fixtureFolder(directory, join(root, "test/golden/number/model.onnx"), undefined, {
          num_labels: undefined,
          id2label: { "0": "toxic" },
          problem_type: problem,
        });
      const asked = { pair: golden.pair, model: { directory, file: null }, methods: ["occlusion"] } as const;
      write();
      expect((await explain(golden.text, asked)).prediction.kind).toBe("number");
      const { prediction } = await explain(golden.text, { ...asked, task: "text-classification" });
      expect(prediction.kind).toBe("classes");
      expect(outcomesOf(prediction)[0]?.probability).toBeCloseTo(1 / (1 + Math.exp(-golden.value)), 5);
      write("regression");
      const refused = await errorOf(explain(golden.text, { ...asked, task: "text-classification" }));
      expect(refused.message).toMatch(/fits it: text-regression \([a-z ]+\)\.$/);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });

  it("is fitted as a number from drawn rows too", async () => {
    const adaptive = { ...defaultOptions.lime, samples: 2 ** contentCount(golden) - 1, tolerance: 0.001 };
    const drawn = await explain(golden.text, { pair: golden.pair, methods: ["lime"], lime: adaptive });
    expect(difference(contentScores(drawn, "lime"), golden.lime.coefficients)).toBeLessThan(0.25);
    const plain = { ...defaultOptions.lime, mode: "plain", samples: 4000 } as const;
    const sampled = await explain(golden.text, { pair: golden.pair, methods: ["lime"], lime: plain });
    expect(difference(contentScores(sampled, "lime"), golden.lime.coefficients)).toBeLessThan(0.12);
  });
});

function contentCount({ ids }: Case): number {
  return ids.filter((id) => id >= 5).length;
}

describe("a question that one number has no answer to", () => {
  it("is refused in words", async () => {
    const compared = await errorOf(explain("one two", { versus: "score" }));
    expect(compared.toData()).toMatchObject({ reason: "label-unknown" });
    expect(compared.message).toBe(
      "The model gives numbers, not classes that could be compared. Leave out what to compare with.",
    );
    const named = await errorOf(explain("one two", { target: "positive" }));
    expect(named.message).toBe("The model gives one number and has no labels to choose from. Leave the label out.");
  });
});

describe("one number on a command line", () => {
  it("is there in every format, without a probability", async () => {
    const program = programs.commandLine;
    const [, , { text, pair, value }] = cases as readonly [Case, Case, Case];
    const shown = value.toFixed(3).replace("-", "−");
    const printed = async (format: string) => {
      const args = [text, "--pair", pair ?? "", "--model", folder, "--method", "occlusion", "--format", format];
      const { status, out, err } = await run(program, args);
      expect({ status, err }).toEqual({ status: 0, err: "" });
      return out;
    };
    expect((await printed("text")).split("\n").slice(1, 3)).toEqual([`Second text: ${pair}`, `score ${shown}`]);
    const { prediction, target, attributions } = JSON.parse(await printed("json"));
    const one = expect.closeTo(value, 4);
    expect(prediction).toEqual({
      kind: "number",
      value: one,
      numbers: [{ index: 0, label: "score", logit: one, probability: null }],
    });
    expect([target.kind, attributions[0].scale]).toEqual(["number", "number"]);
    const [header = "", row = ""] = (await printed("csv")).split("\n");
    const cell = (name: string) => row.split(",")[header.split(",").indexOf(name)];
    expect([cell("prediction"), cell("probability"), Number(cell("logit"))]).toEqual([
      "score",
      "",
      expect.closeTo(value, 4),
    ]);
    const html = await printed("html");
    expect(html).toContain(`<h1><bdi>score</bdi> ${shown}</h1>`);
    expect(html).toContain("lowers <bdi>score</bdi>");
    expect(html).not.toContain("%</td>");
    const markdown = await printed("md");
    expect(markdown).toContain(`| score | ${shown} |`);
    expect(markdown).toContain("Leave one out (per token, number)");
    const { out } = await run(program, ["inspect", "--model", folder]);
    expect(out).toMatch(/^Gives +plain numbers: score$/m);
  });

  it("is no probability that other attention could move: the analysis leaves that out with the reason", async () => {
    const { status, out } = await run(programs.commandLine, ["analyse", cases[0]?.text ?? "", "--model", folder]);
    expect(status).toBe(0);
    expect(out).toContain("(texts: 1 of 1): The model's prediction has no probability that could be watched.");
    expect(out).not.toContain("Other attention");
  });
});
