import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Attribution, attributionOf, type ExplainRequest } from "../../src/common/explanation";
import type { MethodId } from "../../src/common/method";
import { defaultOptions } from "../../src/common/options";
import { createEngine, type Engine } from "../../src/engine/engine";
import { never, reasonOf, requestFor, review, small } from "./support";

interface Case {
  readonly text: string;
  readonly versus: boolean;
  readonly value: number;
  readonly saliency: readonly number[];
  readonly gradientXInput: readonly number[];
  readonly integratedGradients: readonly number[];
  readonly integratedGradientsFromZero: readonly number[];
  readonly lrp: readonly number[];
  readonly cpLrp: readonly number[];
  readonly deepLift: readonly number[];
}

const cases: readonly Case[] = JSON.parse(
  readFileSync(new URL("../golden/gradients/cases.json", import.meta.url), "utf8"),
);

let engine: Engine;

beforeAll(() => {
  engine = createEngine({ threads: 1, memoryMegabytes: 1024 });
});

afterAll(() => engine.dispose());

async function explain(text: string, versus: boolean, methods: readonly MethodId[]) {
  const target = { target: "positive", versus: versus ? "negative" : null };
  return await engine.explain(requestFor(text, { ...target, methods }), never);
}

/** The largest difference, relative to the largest score. */
function difference(actual: readonly number[], expected: readonly number[]): number {
  const largest = Math.max(...expected.map(Math.abs));
  return Math.max(...actual.map((score, index) => Math.abs(score - (expected[index] ?? Number.NaN)))) / largest;
}

/** All scores by token, those of special tokens in their places. */
function withSpecials(attribution: Attribution | undefined): number[] {
  const scores = [...(attribution?.scores ?? [])];
  for (const { token, score } of attribution?.specials ?? []) {
    scores[token] = score;
  }
  return scores;
}

describe.each(cases)("gradients on the bundled model: $text, versus $versus", (golden) => {
  it("are those of torch, integrated ones near those of captum", async () => {
    const explanation = await explain(golden.text, golden.versus, [
      "saliency",
      "gradientXInput",
      "integratedGradients",
    ]);
    const content = (scores: readonly number[]) => scores.map((s, at) => (explanation.tokens[at]?.special ? 0 : s));
    const scoresOf = (method: MethodId) => attributionOf(explanation, method)?.scores ?? [];
    expect(explanation.target.value).toBeCloseTo(golden.value, 4);
    for (const method of ["saliency", "gradientXInput"] as const) {
      expect(difference(scoresOf(method), content(golden[method]))).toBeLessThan(1e-4);
      expect(difference(withSpecials(attributionOf(explanation, method)), golden[method])).toBeLessThan(1e-4);
    }
    const integrated = attributionOf(explanation, "integratedGradients");
    expect(integrated?.converged).toBe(true);
    // The golden integral has 256 nodes, ours stops when scores move by less than 1 %.
    expect(difference(integrated?.scores ?? [], golden.integratedGradients)).toBeLessThan(0.01);
    const sum = (integrated?.scores ?? []).reduce((total, score) => total + score, integrated?.baseValue ?? 0);
    const largest = Math.max(...(integrated?.scores ?? []).map(Math.abs));
    expect(Math.abs(sum - (integrated?.fullValue ?? 0))).toBeLessThanOrEqual(0.01 * largest + 1e-6);
  });
});

/** Each text, with one class and with one rather than another, but not each with both: the way from zero is long. */
const fromZero = cases.filter(({ text, versus }) => text === "dull" || versus === text.startsWith("It's"));

describe.each(fromZero)(
  "integrated gradients from zero vectors on the bundled model: $text, versus $versus",
  (golden) => {
    it("are near those of captum, and zeros stand where tokens are replaced too", async () => {
      const target = { target: "positive", versus: golden.versus ? "negative" : null };
      const methods = ["integratedGradients", "occlusion"] as const;
      const explanation = await engine.explain(
        requestFor(golden.text, { ...target, methods, baseline: "zero" }),
        never,
      );
      const integrated = attributionOf(explanation, "integratedGradients");
      expect(integrated?.parameters.baseline).toBe("zero");
      expect(integrated?.baseValue).toBeCloseTo(explanation.target.baselineValue ?? Number.NaN, 4);
      expect(difference(integrated?.scores ?? [], golden.integratedGradientsFromZero)).toBeLessThan(0.01);
      expect(attributionOf(explanation, "occlusion")?.parameters.baseline).toBe("zero");
      expect(explanation.warnings).toEqual([]);
    });
  },
);

describe("a text of several windows", () => {
  it("has scores that add up to the value that is shown, the mean of the windows", async () => {
    const request = requestFor("The plot wanders. ".repeat(20), { model: small, methods: ["deepLift"] });
    const long = await engine.explain(request, never);
    expect(long.windows.length).toBeGreaterThan(1);
    const [deepLift] = long.attributions;
    const total = (deepLift?.scores ?? []).reduce((sum, score) => sum + score, deepLift?.baseValue ?? Number.NaN);
    expect(deepLift?.baseValue).toBeCloseTo(long.target.baselineValue ?? Number.NaN, 3);
    expect(deepLift?.fullValue).toBeCloseTo(long.target.value, 3);
    expect(total).toBeCloseTo(deepLift?.fullValue ?? Number.NaN, 2);
    expect(deepLift?.quality.completenessGap).toBeLessThan(0.01);
  });
});

describe.each(cases)("decompositions on the bundled model: $text, versus $versus", (golden) => {
  it("are those of torch, and say how far they add up", async () => {
    const explanation = await explain(golden.text, golden.versus, ["deepLift", "lrp", "cpLrp"]);
    const content = (scores: readonly number[]) => scores.map((s, at) => (explanation.tokens[at]?.special ? 0 : s));
    const total = (scores: readonly number[] = []) => scores.reduce((sum, score) => sum + score, 0);
    const deepLift = attributionOf(explanation, "deepLift");
    expect(difference(deepLift?.scores ?? [], golden.deepLift)).toBeLessThan(1e-4);
    expect((deepLift?.baseValue ?? 0) + total(deepLift?.scores)).toBeCloseTo(deepLift?.fullValue ?? Number.NaN, 3);
    expect(deepLift?.fullValue).toBeCloseTo(golden.value, 4);
    expect(deepLift?.quality.completenessGap).toBeLessThan(1e-3);
    for (const method of ["lrp", "cpLrp"] as const) {
      const found = attributionOf(explanation, method);
      expect(difference(found?.scores ?? [], content(golden[method])), method).toBeLessThan(1e-4);
      expect(difference(withSpecials(found), golden[method]), method).toBeLessThan(1e-4);
      const missing = Math.abs(total(golden[method]) - golden.value) / Math.abs(golden.value);
      expect(found?.quality.conservationGap).toBeCloseTo(missing, 3);
      expect(found?.baseValue).toBe(0);
      expect(found?.fullValue).toBeCloseTo(golden.value, 3);
    }
  });
});

interface Shares {
  readonly text: string;
  readonly lrp: Readonly<Record<"biases" | "places" | "softmax", number>>;
  readonly cpLrp: Readonly<Record<"biases" | "places" | "softmax", number>>;
}

const shares: readonly Shares[] = JSON.parse(
  readFileSync(new URL("../golden/gradients/shares.json", import.meta.url), "utf8"),
);

describe.each(shares)("what no word gets of relevance on the bundled model: $text", (golden) => {
  it("is told apart as torch tells it, and adds up to the target with what the words get", async () => {
    const explanation = await explain(golden.text, false, ["lrp", "cpLrp"]);
    for (const method of ["lrp", "cpLrp"] as const) {
      const found = attributionOf(explanation, method);
      const words = withSpecials(found).reduce((sum, score) => sum + score, 0);
      const { biases = 0, places = 0, softmax = 0 } = found?.quality ?? {};
      for (const share of ["biases", "places", "softmax"] as const) {
        expect(found?.quality[share], `${method} ${share}`).toBeCloseTo(golden[method][share], 4);
      }
      expect(words + biases + places + softmax).toBeCloseTo(explanation.target.value, 4);
    }
    // Constant probabilities leave Softmax nothing: the sum holds.
    expect(attributionOf(explanation, "cpLrp")?.quality.softmax).toBeCloseTo(0, 4);
  });
});

describe("gradient methods", () => {
  it("give the same scores again, and SmoothGrad others for another seed", async () => {
    const scores = async (seed: number) =>
      (await engine.explain(requestFor("a dull film", { methods: ["smoothGrad"], seed }), never)).attributions[0]
        ?.scores;
    const first = await scores(1);
    expect(await scores(1)).toEqual(first);
    expect(await scores(2)).not.toEqual(first);
  });

  it("say what SmoothGrad's samples leave open, the same whatever the baseline", async () => {
    const smooth = async (changes: Partial<ExplainRequest>) =>
      (await engine.explain(requestFor("a dull [MASK] film", { methods: ["smoothGrad"], ...changes }), never))
        .attributions[0];
    const plain = await smooth({});
    const spread = plain?.quality.spread ?? Number.NaN;
    expect(spread).toBeGreaterThan(0);
    expect(spread).toBeLessThan(0.5);
    expect(plain?.notes).toHaveLength(1);
    expect((await smooth({ baseline: "pad" }))?.scores).toEqual(plain?.scores);
    const more = await smooth({ gradients: { ...defaultOptions.gradients, samples: 200 } });
    expect(more?.parameters.samples).toBe(200);
    expect(more?.quality.spread).toBeLessThan(spread);
  });

  it("are cancelled in the middle", async () => {
    const control = new AbortController();
    const run = engine.explain(
      requestFor(review.repeat(12), { methods: ["smoothGrad"] }),
      control.signal,
      ({ phase, done }) => {
        if (phase === "smoothGrad" && done > 0) {
          control.abort();
        }
      },
    );
    expect(await reasonOf(run)).toBe("cancelled");
  });

  it("add words up where their scores add up", async () => {
    const request = { methods: ["integratedGradients"] as const };
    const text = "Unsubtle, but witty!";
    const [tokens] = (await engine.explain(requestFor(text, request), never)).attributions;
    const [words] = (await engine.explain(requestFor(text, { ...request, units: "word" }), never)).attributions;
    expect(tokens?.scores.length).toBeGreaterThan(2 + (words?.scores.length ?? 0));
    const sum = (scores: readonly number[] = []) => scores.reduce((total, score) => total + score, 0);
    expect(sum(words?.scores)).toBeCloseTo(sum(tokens?.scores), 9);
  });
});
