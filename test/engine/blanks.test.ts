import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { attributionOf, type ExplainRequest, type Explanation } from "../../src/common/explanation";
import type { MethodId } from "../../src/common/method";
import type { FillPrediction } from "../../src/common/prediction/fill";
import { createEngine, type Engine } from "../../src/engine/engine";
import { errorOf, never, requestFor, root } from "./support";

/** What transformers and torch computed; see `test/golden/blanks/make.py`. */
interface TargetNumbers {
  readonly value: number;
  readonly baseline: number;
  readonly saliency: readonly number[];
  readonly gradientXInput: readonly number[];
  readonly integratedGradients: readonly number[];
}
interface Case {
  readonly model: string;
  readonly text: string;
  readonly ids: readonly number[];
  readonly position: number;
  readonly words: readonly {
    readonly id: number;
    readonly text: string;
    readonly probability: number;
    readonly logit: number;
  }[];
  readonly likeliest: TargetNumbers;
  readonly rather: TargetNumbers;
}

const folder = join(root, "test/golden/blanks");
const cases: readonly Case[] = JSON.parse(readFileSync(join(folder, "cases.json"), "utf8"));
const gradientMethods = ["saliency", "gradientXInput", "integratedGradients"] as const;
let engine: Engine;

beforeAll(() => {
  engine = createEngine({ threads: 1, memoryMegabytes: 512 });
});

afterAll(() => engine.dispose());

const explain = (model: string, text: string, changes: Partial<ExplainRequest> = {}) =>
  engine.explain(requestFor(text, { model: { directory: join(folder, model), file: null }, ...changes }), never);

function filled({ prediction }: Pick<Explanation, "prediction">): FillPrediction {
  if (prediction.kind !== "fill") {
    throw new Error(`The prediction is of the kind ${prediction.kind}.`);
  }
  return prediction;
}

/** The scores of all tokens, special ones among them. */
function allScores({ ...explanation }: Explanation, method: MethodId): number[] {
  const { scores = [], specials = [] } = attributionOf(explanation, method) ?? {};
  return scores.map((score, at) => specials.find(({ token }) => token === at)?.score ?? score);
}

/** The largest difference, relative to the largest expected number, or to that of `scale`. */
function difference(actual: readonly number[], expected: readonly number[], scale = expected): number {
  expect(actual).toHaveLength(expected.length);
  const largest = Math.max(...scale.map(Math.abs));
  return Math.max(...actual.map((score, at) => Math.abs(score - (expected[at] ?? Number.NaN)))) / largest;
}

describe.each(cases)("a blank, $model: $text", (golden) => {
  it("is filled with the words of transformers' pipeline", async () => {
    const explanation = await explain(golden.model, golden.text, { methods: ["rollout"] });
    expect(explanation.tokens.map(({ id }) => id)).toEqual(golden.ids);
    const { position, words } = filled(explanation);
    expect(position).toBe(golden.position);
    // The pipeline has one sign for whatever is part of a character; here its bytes are shown.
    const shown = words.map(({ id, word }) => ({ id, text: word.replaceAll(/(<0x[89A-F][0-9A-F]>)+/g, "\uFFFD") }));
    expect(shown).toEqual(golden.words.map(({ id, text }) => ({ id, text })));
    for (const figure of ["probability", "logit"] as const) {
      const expected = golden.words.map((word) => word[figure]);
      expect(
        difference(
          words.map((word) => word[figure]),
          expected,
        ),
      ).toBeLessThan(1e-4);
    }
    const { target } = explanation;
    expect(target).toMatchObject({
      label: expect.stringContaining(words[0]?.word.trim() ?? ""),
      versus: null,
      position,
      kind: "logit",
    });
    expect(target.value).toBeCloseTo(golden.likeliest.value, 4);
    expect(target.baselineValue).toBeCloseTo(golden.likeliest.baseline, 4);
  });

  it.each(["likeliest", "rather"] as const)("is explained as torch has it: %s", async (question) => {
    const listed = filled(await explain(golden.model, golden.text, { methods: [] }));
    const [first, second] = listed.words.map(({ word }) => word);
    const asked = question === "rather" ? { target: first ?? null, versus: second ?? null } : {};
    const explanation = await explain(golden.model, golden.text, { methods: gradientMethods, ...asked });
    expect(explanation.target.value).toBeCloseTo(golden[question].value, 4);
    const expected = golden[question];
    for (const method of gradientMethods) {
      // A model that normalises each embedding has no gradient along it.
      const scale = method === "gradientXInput" ? [...expected.saliency, ...expected.gradientXInput] : expected[method];
      expect(difference(allScores(explanation, method), expected[method], scale)).toBeLessThan(1e-4);
    }
  });
});

describe("a word that becomes a blank", () => {
  const text = "She was reading a long letter";
  const methods = ["occlusion"] as const;

  it("is one blank, however many tokens it has", async () => {
    const plain = await explain("wordpiece", `${text} [MASK]`, { methods: ["rollout"] });
    const word = plain.words.find(({ start, end }) => text.slice(start, end) === "reading");
    const position = word?.tokens.at(-1) ?? 0;
    expect(word?.tokens.length).toBeGreaterThan(1);
    const chosen = await explain("wordpiece", text, { position, methods });
    const written = await explain("wordpiece", text.replace("reading", "[MASK]"), { methods });
    expect(filled(chosen)).toEqual(filled(written));
    expect(chosen.target).toEqual(written.target);
    expect(chosen.attributions[0]?.scores).toEqual(written.attributions[0]?.scores);
    expect(chosen.tokens[chosen.target.position ?? -1]).toMatchObject({
      piece: "[MASK]",
      text: "reading",
      start: 8,
      end: 15,
    });
    expect(chosen.warnings.map(({ template }) => template).join()).toContain("one blank stands for all");
    // The blank's own position asks for the same.
    const again = await explain("wordpiece", text, { position: chosen.target.position, methods });
    expect(again.target).toEqual(chosen.target);
  });

  it("is never hidden or taken out", async () => {
    for (const baseline of ["mask", "delete"] as const) {
      const { tokens, target, attributions } = await explain("wordpiece", "She was [MASK] a long letter", {
        methods,
        baseline,
      });
      const own = target.position ?? -1;
      expect(attributions[0]?.scores[own]).toBe(0);
      const others = attributions[0]?.scores.filter((_, at) => at !== own && tokens[at]?.special === false);
      expect(others?.every((score) => score !== 0)).toBe(true);
    }
  });

  it("is the one that is chosen among several", async () => {
    const two = "She was [MASK] a long [MASK]";
    const first = await explain("wordpiece", two, { methods });
    const last = await explain("wordpiece", two, { methods, position: first.tokens.length - 2 });
    expect(first.target.position).toBe(first.tokens.find(({ piece }) => piece === "[MASK]")?.index);
    expect(last.target.position).toBe(first.tokens.length - 2);
    expect((await explain("wordpiece", two, { methods, position: "last" })).target).toEqual(last.target);
    expect(first.warnings.map(({ template }) => template).join()).toContain("blanks");
  });
});

describe("what is asked about a blank", () => {
  const text = "The small cat [MASK] on the mat";

  it.each([
    ["wordpiece", "old", "old"],
    ["wordpiece", "OLD", "old"],
    ["wordpiece", "##er", "##er"],
    ["wordpiece", "[UNK]", "[UNK]"],
    ["bytewise", "the", "the"],
    ["bytewise", "Ġthe", "the"],
    ["bytewise", " the", "the"],
    ["unigram", "the", "the"],
  ])("is any word of the vocabulary: %s, %s", async (model, target, label) => {
    const blank = text.replace("[MASK]", model === "bytewise" ? "<mask>" : "[MASK]");
    expect((await explain(model, blank, { target, methods: ["rollout"] })).target.label).toBe(label);
  });

  it.each([
    [{ target: "archaeologist" }, "label-unknown", "pieces"],
    [{ target: "漢" }, "label-unknown", "no word"],
    [{ target: "" }, "label-unknown", "no word"],
    [{ target: "old", versus: "old" }, "label-unknown", "itself"],
    [{ pair: "Another text" }, "request-invalid", "second text"],
    [{ position: 0 }, "request-invalid", "position 0"],
    [{ position: 99 }, "request-invalid", "position 99"],
    [{ text: "The small cat" }, "question-missing", "[MASK]"],
  ] as const)("is refused where it cannot be: %j", async (changes, reason, words) => {
    const error = await errorOf(explain("wordpiece", text, { methods: ["rollout"], ...changes }));
    expect(error.reason).toBe(reason);
    expect(error.message).toContain(words);
  });
});

describe("the token at an offset of a text", () => {
  it("is that which the model's tokenizer makes of what stands there, or ends there", async () => {
    const request = requestFor("The small cat sat.", { model: { directory: join(folder, "wordpiece"), file: null } });
    const at = async (offset: number) => (await engine.tokenAt(request, offset)).token;
    expect([await at(0), await at(5), await at(9), await at(12), await at(400)]).toEqual([1, 2, 2, 3, null]);
    // The word there becomes the blank.
    const explanation = await engine.explain({ ...request, position: await at(5), methods: ["saliency"] }, never);
    expect(explanation.tokens[filled(explanation).position]?.text).toBe("small");
  });
});

describe("a word of several tokens in a text of several windows", () => {
  it("becomes one blank, and is read in a window of what is left", async () => {
    const [model, word, plain] = ["wordpiece", "readers", "The small cat was on the old mat in the rain."];
    const around = Array.from({ length: 5 }, () => plain).join(" ");
    const long = `${around} ${around} a ${word}`;
    const whole = await explain(model, long, { methods: ["attention"], position: 1 });
    const start = long.indexOf(word);
    const own = whole.words.find((unit) => unit.start === start)?.tokens ?? [];
    expect(own.length).toBeGreaterThan(1);
    expect(whole.windows[0]?.endToken).toBeLessThan(whole.tokens.length - 1);
    const { tokens, windows, prediction } = await explain(model, long, {
      methods: ["attention"],
      position: own[0] ?? 0,
    });
    expect(tokens.length).toBe(whole.tokens.length - own.length + 1);
    const blank = filled({ prediction }).position;
    expect(long.slice(tokens[blank]?.start, tokens[blank]?.end)).toBe(word);
    const [window] = windows;
    const content = tokens.filter(({ special }) => !special).map(({ index }) => index);
    expect(content).toContain(window?.firstToken);
    expect(content).toContain((window?.endToken ?? 0) - 1);
    expect(blank).toBeGreaterThanOrEqual(window?.firstToken ?? 0);
    expect(blank).toBeLessThan(window?.endToken ?? 0);
    // A blank that is written there is read in the same windows.
    const masked = long.replace(word, "[MASK]");
    const written = await explain(model, masked, { methods: ["attention"] });
    expect(filled(written).words.map(({ id }) => id)).toEqual(filled({ prediction }).words.map(({ id }) => id));
    filled(written).words.forEach(({ logit }, at) => {
      expect(logit).toBeCloseTo(filled({ prediction }).words[at]?.logit ?? 0, 4);
    });
  });
});
