import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import type { ExplainProgress } from "../../src/common/engineProtocol";
import {
  attributionOf,
  type ExplainRequest,
  type Explanation,
  specialTotal,
  windowTokens,
} from "../../src/common/explanation";
import { methodIds } from "../../src/common/method";
import { defaultOptions } from "../../src/common/options";
import { outcomesOf } from "../../src/common/prediction/registry";
import { createEngine, type Engine } from "../../src/engine/engine";
import { ModelSession } from "../../src/engine/session";
import { adaptiveLime } from "../../src/methods/lime/adaptiveLime";
import { probabilityLink } from "../../src/methods/link";
import { fixtureFolder } from "../support/tinyModel";
import { errorOf, never, reasonOf, requestFor, review, root, sentiment } from "./support";

let engine: Engine;

beforeAll(() => {
  engine = createEngine({ threads: 1, memoryMegabytes: 1024 });
});

afterAll(() => engine.dispose());

const explain = (text: string, changes: Partial<ExplainRequest> = {}) =>
  engine.explain(requestFor(text, changes), never);

function scores(explanation: Explanation, method: "lime" | "occlusion" | "rollout" | "attention" | "random") {
  const attribution = attributionOf(explanation, method);
  if (!attribution) {
    throw new Error(`no ${method}`);
  }
  return attribution;
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

/** The text without what differs between equal runs: times. */
function timeless(explanation: Explanation): string {
  return JSON.stringify(explanation, (key, value: unknown) => (key === "milliseconds" ? 0 : value));
}

describe("an explanation of the bundled model", () => {
  it("has prediction, target, tokens and ranges that fit together", async () => {
    const explanation = await explain(review);
    const { prediction, target, tokens } = explanation;
    expect(outcomesOf(prediction)[0]?.label).toBe("positive");
    expect(sum(outcomesOf(prediction).map(({ probability }) => probability ?? 0))).toBeCloseTo(1, 12);
    expect(target).toMatchObject({
      label: "positive",
      versus: null,
      kind: "logit",
      value: outcomesOf(prediction)[0]?.logit,
    });
    for (const token of tokens) {
      expect(token.text).toBe(token.special ? "" : review.slice(token.start, token.end));
    }
    expect(tokens.filter(({ special }) => special).map(({ piece }) => piece)).toEqual(["[CLS]", "[SEP]"]);
    expect(explanation.model.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(explanation.windows).toEqual([{ start: 0, end: review.length, firstToken: 1, endToken: tokens.length - 1 }]);
    expect(explanation.attributions.map(({ method }) => method)).toEqual(["partitionShap", "lrp", "rollout"]);
  });

  it("is the same for the same seed, on a fresh engine too", async () => {
    const other = createEngine({ threads: 2, memoryMegabytes: 1024 });
    const request = requestFor("An odd but moving film.", { methods: ["lime", "occlusion", "rollout", "random"] });
    const [first, second, third] = [
      await engine.explain(request, never),
      await engine.explain(request, never),
      await other.explain(request, never),
    ];
    await other.dispose();
    expect(timeless(second)).toBe(timeless(first));
    expect(timeless(third)).toBe(timeless(first));
  });

  it("leaves one out exactly as masking that token and predicting again does", async () => {
    const request = requestFor("A dull, lifeless mess", { methods: ["occlusion"] });
    const explanation = await engine.explain(request, never);
    const occlusion = scores(explanation, "occlusion");
    for (const { index, special } of explanation.tokens) {
      if (!special) {
        const { prediction } = await engine.predictMasked(request, [index], never);
        const masked =
          outcomesOf(prediction).find(({ label }) => label === explanation.target.label)?.logit ?? Number.NaN;
        expect(occlusion.scores[index]).toBeCloseTo(explanation.target.value - masked, 10);
      }
    }
    const everything = explanation.tokens.filter(({ special }) => !special).map(({ index }) => index);
    const { prediction } = await engine.predictMasked(request, everything, never);
    expect(outcomesOf(prediction).find(({ label }) => label === explanation.target.label)?.logit).toBeCloseTo(
      explanation.target.baselineValue ?? Number.NaN,
      10,
    );
  });

  it("predicts with exactly the tokens masked that are asked for, whatever the explanation masks", async () => {
    const whole = await explain(review, { methods: [] });
    const request = requestFor(review, { methods: [], masked: [2, 4] });
    const { prediction } = await engine.predictMasked(request, [], never);
    expect(outcomesOf(prediction)[0]?.label).toBe(outcomesOf(whole.prediction)[0]?.label);
    expect(outcomesOf(prediction)[0]?.logit).toBeCloseTo(outcomesOf(whole.prediction)[0]?.logit ?? Number.NaN, 10);
  });

  it("enumerates short texts: LIME is exact and special tokens get nothing", async () => {
    const explanation = await explain("not bad", { methods: ["lime"] });
    const lime = scores(explanation, "lime");
    expect(lime).toMatchObject({ converged: true, evaluations: 4, scale: "probability", partial: false });
    expect(lime.scores[0]).toBe(0);
    expect(lime.scores.at(-1)).toBe(0);
    expect(lime.fullValue).toBeCloseTo(outcomesOf(explanation.prediction)[0]?.probability ?? 0, 6);
    expect(lime.notes[0]?.template).toMatch(/^Exact/);
  });

  it("shows the coefficient of a word at each of its places, and says that this is no sum", async () => {
    const lime = { ...defaultOptions.lime, features: "bag", samples: 64, tolerance: 0.05 } as const;
    const text = "good but not good";
    const explanation = await explain(text, { methods: ["lime"], units: "word", lime, target: "positive" });
    const { scores: found, baseValue, fullValue, notes } = scores(explanation, "lime");
    expect(found[3]).toBe(found[0]);
    expect({ baseValue, fullValue }).toEqual({ baseValue: null, fullValue: null });
    expect(notes.at(-1)?.template).toContain("shows it at each");
    // LIME's limit on three word types, from the probabilities of all eight ways to hide them.
    const value = async (hidden: readonly number[]) => {
      const { prediction } = await engine.predictMasked(requestFor(text), hidden, never);
      return outcomesOf(prediction).find(({ label }) => label === "positive")?.probability ?? Number.NaN;
    };
    const types = [[1, 4], [2], [3]];
    const probabilities: number[] = [];
    for (let subset = 0; subset < 8; subset++) {
      probabilities.push(await value(types.flatMap((tokens, i) => ((subset >> i) & 1 ? tokens : []))));
    }
    const truth = await adaptiveLime(
      {
        features: 3,
        link: probabilityLink,
        evaluate: async () => {
          const logOdds = Float64Array.from(probabilities, (p) => Math.log(p / (1 - p)));
          return { logit: logOdds, logOdds };
        },
      },
      { keep: null, samples: 64, tolerance: 0.05 },
      { seed: 0, signal: never },
    );
    expect(found[0]).toBeCloseTo(truth.coefficients[0] ?? Number.NaN, 4);
  });

  it("says where a fit has fewer rows than it has numbers, and refuses what is too few to say anything", async () => {
    const lime = { ...defaultOptions.lime, mode: "plain", features: "token", samples: 2 } as const;
    const plain = scores(await explain(review, { methods: ["lime"], lime }), "lime");
    expect(plain.evaluations).toBe(2);
    expect(plain.notes[0]).toMatchObject({ args: [2, 26, 28] });
    const enough = await explain(review, { methods: ["lime"], lime: { ...lime, samples: 28 } });
    expect(scores(enough, "lime").notes).toEqual([]);
    const short = scores(await explain("not bad", { methods: ["lime"], lime: { ...lime, samples: 100 } }), "lime");
    expect(short.notes.map(({ template }) => template)).toEqual([expect.stringContaining("ridge")]);
    const few = explain("not bad film", { methods: ["lime"], lime: { ...lime, mode: "adaptive" } });
    expect((await errorOf(few)).message).toContain("at least 8 evaluations for this text; 2 were asked for");
  });

  it("colours the words that a person would name", async () => {
    const lime160 = { ...defaultOptions.lime, samples: 160 };
    const explanation = await explain(review, { methods: ["lime"], units: "word", lime: lime160 });
    const lime = scores(explanation, "lime");
    const word = (text: string) =>
      lime.scores[explanation.words.findIndex((unit) => review.slice(unit.start, unit.end) === text)] ?? 0;
    expect(lime.scores).toHaveLength(explanation.words.length);
    for (const strong of ["gorgeous", "witty"]) {
      expect(word(strong)).toBeGreaterThan(0.03);
    }
    expect(word("gorgeous")).toBeGreaterThan(word("asks"));
    expect(word("never")).toBeLessThan(0);
  });

  it("adds token scores up to words and sentences", async () => {
    const text = "Unsubtle but witty. I liked it.";
    const methods = ["occlusion", "lime"] as const;
    const lime = { ...defaultOptions.lime, features: "token" } as const;
    const tokens = await explain(text, { methods: ["lime"], lime });
    const words = await explain(text, { methods, units: "word", lime });
    const sentences = await explain(text, { methods, units: "sentence", lime });
    expect(sentences.sentences).toHaveLength(2);
    const perToken = scores(tokens, "lime").scores;
    for (const [index, unit] of words.words.entries()) {
      const total = sum(unit.tokens.map((token) => perToken[token] ?? 0));
      expect(scores(words, "lime").scores[index]).toBeCloseTo(total, 10);
    }
    expect(sum([...scores(sentences, "lime").scores])).toBeCloseTo(sum([...perToken]), 10);
    const [first] = sentences.sentences;
    const request = requestFor(text, { methods: [] });
    const { prediction } = await engine.predictMasked(request, first?.tokens ?? [], never);
    const masked = outcomesOf(prediction).find(({ label }) => label === sentences.target.label)?.logit ?? Number.NaN;
    expect(scores(sentences, "occlusion").scores[0]).toBeCloseTo(sentences.target.value - masked, 10);
  });

  it("answers why one label rather than another with log-odds", async () => {
    const one = await explain("A quiet triumph.", { methods: ["lime", "occlusion"] });
    const two = await explain("A quiet triumph.", { methods: ["lime", "occlusion"], target: "1", versus: "NEGATIVE" });
    const logit = (label: string) =>
      outcomesOf(one.prediction).find((score) => score.label === label)?.logit ?? Number.NaN;
    expect(two.target).toMatchObject({ label: "positive", versus: "negative", kind: "log-odds" });
    expect(two.target.value).toBeCloseTo(logit("positive") - logit("negative"), 10);
    expect(scores(two, "occlusion").scale).toBe("log-odds");
    // With two classes the probability of one given that it is one of the two is its probability.
    for (const [index, score] of scores(one, "lime").scores.entries()) {
      expect(scores(two, "lime").scores[index]).toBeCloseTo(score, 8);
    }
  });

  it("deletes tokens when asked, as if they had not been written", async () => {
    const both = await explain("good film", { methods: ["occlusion"], baseline: "delete", target: "positive" });
    const film = await explain("film", { methods: [], target: "positive" });
    expect(scores(both, "occlusion").scores[1]).toBeCloseTo(both.target.value - film.target.value, 10);
  });

  it("claims no sum where every token is masked and nothing can be left out", async () => {
    const masked = await explain("A dull mess", { methods: ["lime"], masked: [1, 2, 3] });
    expect(scores(masked, "lime")).toMatchObject({ baseValue: null, fullValue: null, evaluations: 0 });
    expect(scores(masked, "lime").scores).toEqual([0, 0, 0, 0, 0]);
  });

  it("reads masked tokens as the mask, and says which", async () => {
    const plain = await explain("A dull mess", { methods: ["random"] });
    const masked = await explain("A dull mess", { methods: ["lime"], masked: [2, 2, 0, 99] });
    expect(masked.masked).toEqual([2]);
    expect(masked.tokens[2]).toMatchObject({ piece: "[MASK]", text: "dull", id: 103 });
    expect(scores(masked, "lime").scores[2]).toBe(0);
    const { prediction } = await engine.predictMasked(requestFor("A dull mess"), [2], never);
    expect(masked.prediction).toEqual(prediction);
    expect(outcomesOf(masked.prediction)[0]?.probability).not.toBe(outcomesOf(plain.prediction)[0]?.probability);
  });

  it("explains a pair of texts", async () => {
    const explanation = await explain("A dull film.", { pair: "But I laughed!", methods: ["lime"] });
    expect(explanation.tokens.filter(({ special }) => special)).toHaveLength(3);
    const second = explanation.tokens.filter(({ segment, special }) => segment === 1 && !special);
    expect(second.map(({ text }) => text)).toEqual(["But", "I", "laughed", "!"]);
    expect(explanation.words.some(({ segment }) => segment === 1)).toBe(true);
  });
});

describe("attention", () => {
  it("can be changed, to the same end each time for a seed, until that is cancelled", async () => {
    const { tokens } = await explain("A gorgeous, dull film", { methods: ["attention"] });
    const source = {
      model: sentiment,
      ids: tokens.map(({ id }) => id),
      segments: tokens.map(() => 0),
      special: tokens.map(({ special }) => special),
    };
    const look = { kind: "changes", index: 1, seed: 3, places: [] } as const;
    const found = await engine.look(source, look, never);
    expect(found.shuffledAll).toBeGreaterThan(0);
    expect(found.movedByOther).toBeLessThanOrEqual(0.01);
    expect(await engine.look(source, look, never)).toEqual(found);
    const cancel = new AbortController();
    const running = engine.look(source, { ...look, seed: 4 }, cancel.signal);
    setImmediate(() => cancel.abort());
    expect(await reasonOf(running)).toBe("cancelled");
  });

  it("of an explanation agrees with the matrices that are pulled", async () => {
    const explanation = await explain("A gorgeous film", { methods: ["attention", "rollout"] });
    const { tokens, attention } = explanation;
    expect(attention).toMatchObject({ layers: 6, heads: 12, kind: "self" });
    const source = {
      model: sentiment,
      ids: tokens.map(({ id }) => id),
      segments: tokens.map(() => 0),
      special: tokens.map(({ special }) => special),
    };
    const mean = await engine.look(source, { kind: "aggregate", by: "mean", layer: 5 }, never);
    const rollout = await engine.look(source, { kind: "rollout" }, never);
    for (const { index, special } of tokens) {
      expect(scores(explanation, "attention").scores[index]).toBeCloseTo(special ? 0 : (mean.values[index] ?? 0), 6);
      expect(scores(explanation, "rollout").scores[index]).toBeCloseTo(special ? 0 : (rollout.values[index] ?? 0), 6);
    }
    expect(sum([...scores(explanation, "rollout").scores])).toBeCloseTo(
      1 - specialTotal(scores(explanation, "rollout")),
      5,
    );
    const words = await explain("A gorgeous, unsubtle film", { methods: ["attention", "rollout"], units: "word" });
    const pieces = await explain("A gorgeous, unsubtle film", { methods: ["attention", "rollout"] });
    for (const method of ["attention", "rollout"] as const) {
      for (const [index, word] of words.words.entries()) {
        const total = sum(word.tokens.map((token) => scores(pieces, method).scores[token] ?? 0));
        expect(scores(words, method).scores[index]).toBeCloseTo(total, 9);
      }
    }
    for (const [key, lookers] of (attention?.lookers ?? []).entries()) {
      for (const { layer, head, query, weight } of lookers) {
        const matrix = await engine.look(source, { kind: "head", layer, head }, never);
        expect(matrix.values[query * matrix.keys + key]).toBeCloseTo(weight, 6);
      }
    }
    expect(attention?.lookers[2]).toHaveLength(3);
  });

  it("has rows that add up to 1 and an overview of all heads", async () => {
    const ids = [101, 1037, 9882, 2143, 102];
    const source = { model: sentiment, ids, segments: ids.map(() => 0), special: [true, false, false, false, true] };
    const overview = await engine.look(source, { kind: "overview" }, never);
    expect(overview).toMatchObject({ layers: 6, heads: 12, side: 5 });
    expect(overview.figures).toHaveLength(72);
    const matrix = await engine.look(source, { kind: "head", layer: 3, head: 7 }, never);
    for (let query = 0; query < 5; query++) {
      expect(sum([...matrix.values.subarray(query * 5, query * 5 + 5)])).toBeCloseTo(1, 5);
    }
    expect(await reasonOf(engine.look(source, { kind: "head", layer: 6, head: 0 }, never))).toBe("method-unavailable");
    expect(await reasonOf(engine.look(source, { kind: "head", layer: 0, head: 12 }, never))).toBe("method-unavailable");
    const head = { kind: "head", layer: 0, head: 0 } as const;
    expect(await reasonOf(engine.look({ ...source, segments: [] }, head, never))).toBe("text-too-long");
    expect(await reasonOf(engine.look(source, { ...head, layer: -1 }, never))).toBe("request-invalid");
  });
});

describe("a text longer than the model's window", () => {
  const sentence = "The plot wanders, the jokes fall flat, yet the cast is charming and the music soars. ";
  /** Each sentence left out is a run of a whole window: a few long ones say as much as many. */
  const text = `${sentence.slice(0, -2).concat(", ").repeat(2)}${sentence}`.repeat(12);

  it("is read in overlapping windows whose predictions are averaged by content", async () => {
    const explanation = await explain(text, { methods: ["rollout", "occlusion"], units: "sentence" });
    expect(explanation.windows.length).toBeGreaterThan(1);
    expect(explanation.warnings.some(({ template }) => template.includes("overlapping windows"))).toBe(true);
    let probability = 0;
    let content = 0;
    for (const [index, window] of explanation.windows.entries()) {
      const alone = await explain(text.slice(window.start, window.end), { methods: [], target: "positive" });
      expect(windowTokens(explanation, index).map((token) => explanation.tokens[token]?.id)).toEqual(
        alone.tokens.map(({ id }) => id),
      );
      const own = outcomesOf(alone.prediction).find(({ label }) => label === "positive")?.probability ?? Number.NaN;
      probability += own * (window.endToken - window.firstToken);
      content += window.endToken - window.firstToken;
    }
    const positive = outcomesOf(explanation.prediction).find(({ label }) => label === "positive");
    expect(positive?.probability).toBeCloseTo(probability / content, 5);
    expect(scores(explanation, "occlusion").scores).toHaveLength(explanation.sentences.length);
  });

  it("has scores that say what changes in the value that is shown: the mean of the windows", async () => {
    const explanation = await explain(text, { methods: ["occlusion"], units: "sentence", target: "positive" });
    const occlusion = scores(explanation, "occlusion").scores;
    const [first, second] = explanation.windows;
    const held = (window: typeof first, tokens: readonly number[]) =>
      tokens.every((token) => window && token >= window.firstToken && token < window.endToken);
    const shared = explanation.sentences.findIndex(({ tokens }) => held(first, tokens) && held(second, tokens));
    expect(shared).toBeGreaterThan(0);
    for (const unit of [0, shared]) {
      const hidden = explanation.sentences[unit]?.tokens ?? [];
      const { prediction } = await engine.predictMasked(requestFor(text), hidden, never);
      const masked = outcomesOf(prediction).find(({ label }) => label === "positive")?.logit ?? Number.NaN;
      expect(occlusion[unit]).toBeCloseTo(explanation.target.value - masked, 5);
    }
  });

  it("has attention on one scale: all tokens together hold all of it", async () => {
    const explanation = await explain(text, { methods: ["attention", "rollout"] });
    for (const attribution of explanation.attributions) {
      expect(sum(attribution.scores) + specialTotal(attribution)).toBeCloseTo(1, 5);
    }
  });

  it("shares LIME's evaluations between the windows and colours every token", async () => {
    const directory = mkdtempSync(join(tmpdir(), "explain-test-"));
    onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
    fixtureFolder(directory, join(root, "test/fixtures/graph/bert-eager-ts17.onnx"));
    const explanation = await explain("two nine five seven nine two ".repeat(4), {
      model: { directory, file: null },
      methods: ["lime"],
      lime: { ...defaultOptions.lime, features: "word", samples: 130, tolerance: 0.5 },
    });
    expect(explanation.windows).toHaveLength(2);
    const lime = scores(explanation, "lime");
    const local = (lime.baseValue ?? Number.NaN) + sum(lime.scores);
    expect(lime.fullValue).toBeCloseTo(outcomesOf(explanation.prediction)[0]?.probability ?? Number.NaN, 5);
    expect(Math.abs(local - (lime.fullValue ?? 0))).toBeLessThan(0.5);
    expect(lime.evaluations).toBeLessThanOrEqual(130);
    const silent = explanation.tokens.filter(({ special, index }) => !special && lime.scores[index] === 0);
    expect(silent).toEqual([]);
  });

  it("is refused beyond sixteen windows, saying how long it may be", async () => {
    const error = await errorOf(explain("a ".repeat(9_000)));
    expect(error.reason).toBe("text-too-long");
    expect(error.message).toContain("at most 6,255");
  });

  it("of 200,000 characters is refused before its model is looked for", async () => {
    const nowhere = { directory: "/nowhere", file: null };
    expect(await reasonOf(explain(sentence.repeat(2400), { model: nowhere }))).toBe("text-too-long");
  });
});

describe("what LIME hides together", () => {
  const text = "A gorgeous film. Its unsubtle ending never quite earns the tears.";
  const limeOf = async (changes: Partial<ExplainRequest>) => {
    const lime = { ...defaultOptions.lime, samples: 64 };
    const { evaluations, parameters } = scores(await explain(text, { methods: ["lime"], lime, ...changes }), "lime");
    return { evaluations, features: parameters.features };
  };

  it("is what gets the score, at its cost, unless the request says otherwise", async () => {
    expect(await limeOf({ units: "sentence" })).toEqual({ evaluations: 4, features: "sentence" });
    expect((await limeOf({ units: "word" })).features).toBe("word");
    expect((await limeOf({})).features).toBe("token");
    const lime = { ...defaultOptions.lime, features: "sentence", samples: 64 } as const;
    expect(await limeOf({ units: "word", lime })).toEqual({ evaluations: 4, features: "sentence" });
  });
});

describe("a text that the model's vocabulary hardly covers", () => {
  const warningsOf = async (text: string) => (await explain(text, { methods: [] })).warnings;

  it("is said to be unknown or to fall apart", async () => {
    const [chinese] = await warningsOf("这部电影非常精彩，演员的表演令人难忘，我强烈推荐给大家。");
    expect(chinese?.template).toMatch(/tokens are unknown to the model/);
    const russian = await warningsOf("Великолепный, остроумный и соблазнительный фильм.");
    expect(russian.map(({ template }) => template)).toEqual([expect.stringContaining("hardly covers the script")]);
  });

  it("is not said of English, nor of a foreign name in it", async () => {
    expect(await warningsOf(review)).toEqual([]);
    expect(await warningsOf(`${review} It was filmed in Санкт-Петербург, which nobody in it can pronounce.`)).toEqual(
      [],
    );
  });
});

describe("odd texts", () => {
  it.each([
    ["only emoji", "👩‍👩‍👧‍👦🏳️‍🌈😀"],
    ["right to left", "هذا فيلم جميل جدا"],
    ["special tokens written out", "good [SEP] bad [CLS] [MASK]"],
    ["one letter", "x"],
    ["an unpaired surrogate", "good \ud83d film"],
    ["combining accents", "cafe\u0301 naïve"],
    ["CRLF and tabs", "good\r\n\tfilm\r\n"],
    ["a very long word", "x".repeat(5000)],
  ])("of %s are explained with ranges inside the text", async (_, text) => {
    const explanation = await explain(text, { methods: ["lime", "occlusion", "rollout"] });
    for (const { start, end } of [...explanation.tokens, ...explanation.words, ...explanation.sentences]) {
      expect(start).toBeGreaterThanOrEqual(0);
      expect(end).toBeLessThanOrEqual(text.length);
    }
    for (const { scores } of explanation.attributions) {
      expect(scores.every(Number.isFinite)).toBe(true);
    }
  });

  it("keep a written [SEP] as the person's own token", async () => {
    const { tokens } = await explain("good [SEP] bad", { methods: ["occlusion"] });
    expect(tokens.find(({ text }) => text === "[SEP]")).toMatchObject({ id: 102, special: false });
  });

  it.each([
    ["text-empty", ""],
    ["text-empty", " \n "],
    ["text-empty", "\u0001\u0002\u0003"],
    ["text-binary", "\u007fELF\0\0\0"],
  ] as const)("end with %s: %j", async (reason, text) => {
    expect(await reasonOf(explain(text))).toBe(reason);
  });

  it("and wrong questions are refused", async () => {
    expect(await reasonOf(explain("good", { target: "happy" }))).toBe("label-unknown");
    expect(await reasonOf(explain("good", { methods: ["attention"], layer: 6 }))).toBe("method-unavailable");
  });
});

describe("a run", () => {
  it("shows prediction and rollout before LIME begins, then snapshots of LIME", async () => {
    const news: ExplainProgress[] = [];
    // A clock by which a snapshot is due whenever one may be sent.
    let looks = 0;
    const clock = vi.spyOn(performance, "now").mockImplementation(() => 300 * looks++);
    const lime = { ...defaultOptions.lime, mode: "plain", features: "token", samples: 300 } as const;
    await engine.explain(
      requestFor(`${review} Truly.`, { methods: ["lime", "rollout"], lime, seed: 7 }),
      never,
      (progress) => news.push(progress),
    );
    clock.mockRestore();
    const partials = news.flatMap(({ phase, partial }) => (partial ? [{ phase, ...partial }] : []));
    const [first] = partials;
    expect(first?.phase).toBe("predicting");
    expect(first?.attributions.map(({ method }) => method)).toEqual(["rollout"]);
    expect(first && outcomesOf(first.prediction)[0]?.label).toBe("positive");
    const [coloured] = partials.flatMap(({ attributions }) => attributions.filter(({ method }) => method === "lime"));
    expect(coloured?.partial).toBe(true);
    const counted = news.filter(({ phase }) => phase === "lime");
    expect(counted.every(({ total }) => total === 300)).toBe(true);
    expect(counted.map(({ done }) => done)).toEqual([...counted.map(({ done }) => done)].sort((a, b) => a - b));
  });

  it("begins no forward more when cancelled, whenever that is", async () => {
    const lime = { ...defaultOptions.lime, mode: "plain", features: "token", samples: 20_000 } as const;
    const { logits } = ModelSession.prototype;
    const forwards = vi.spyOn(ModelSession.prototype, "logits");
    for (const [text, last] of [
      [review, 1],
      [review, 7],
      [`${review} `.repeat(16), 3],
    ] as const) {
      const controller = new AbortController();
      forwards.mockClear().mockImplementation(function (this: ModelSession, rows) {
        if (forwards.mock.calls.length === last) {
          controller.abort();
        }
        return logits.call(this, rows);
      });
      const running = engine.explain(requestFor(text, { methods: ["lime"], lime, seed: last }), controller.signal);
      expect(await reasonOf(running)).toBe("cancelled");
      expect(forwards).toHaveBeenCalledTimes(last);
    }
    forwards.mockRestore();
  });
});

describe("a model's description", () => {
  it("says what the graph offers", async () => {
    const description = await engine.describeModel(sentiment, never);
    expect(description).toMatchObject({
      id: "sentiment",
      file: "onnx/model.onnx",
      task: "text-classification",
      labels: ["negative", "positive"],
      inputs: ["input_ids", "attention_mask", "token_type_ids"],
      layers: 6,
      heads: 12,
      attentionKind: "self",
      maxTokens: 512,
    });
    const available = description.methods.filter((method) => method.available).map(({ id }) => id);
    expect(available).toEqual(methodIds);
    expect(description.methods.every(({ available, why }) => available || why)).toBe(true);
  });
});
