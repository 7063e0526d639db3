import { describe, expect, it } from "vitest";
import { studiedMethods, studyText, summarise } from "../../../src/common/attentionStudy";
import { attentionVerdict } from "../../../src/common/attentionVerdict";
import type { Attribution } from "../../../src/common/explanation";
import type { AttentionProfile } from "../../../src/common/look";
import { formatMessage, message } from "../../../src/common/message";
import type { MethodId } from "../../../src/common/method";
import { averageProfile } from "../../../src/common/profileMean";
import { reasonOf } from "../../support/reasonOf";
import { attribution, sampleExplanation } from "../editor/fixture";

const profile = (distances: readonly number[], byDistance: readonly number[], entropy = 1): AttentionProfile => ({
  distances,
  weights: [0, 0.5],
  heads: [{ layer: 0, head: 0, entropy, meanDistance: 2, specialMass: 0.5, byDistance, byWeight: [0.25, 0.75] }],
});
const flat = profile([0, 1], [0.5, 0.5]);

const rising = [0, 1, 2, 3, 4, 5, 6, 7, 0];
const falling = [0, 7, 6, 5, 4, 3, 2, 1, 0];

/** The attributions of a text whose attention has words in one order, and what matters in another. */
function attributionsOf(attention: readonly number[], importance: readonly number[]): Attribution[] {
  const weights = (method: MethodId): Attribution => ({
    ...attribution(method, attention),
    scale: "attention",
    specials: [
      { token: 0, score: 20 },
      { token: 8, score: 8 },
    ],
  });
  return [
    weights("attention"),
    weights("rollout"),
    attribution("gradientXInput", importance),
    attribution(
      "occlusion",
      importance.map((score) => -score),
    ),
  ];
}

const changes = {
  shuffles: 20,
  shuffledLast: 0.0301,
  shuffledAll: 0.0002,
  divergence: 0.5,
  movedByOther: 0.004,
  evaluations: 60,
};

const study = (attention: readonly number[], importance: readonly number[]) =>
  studyText(sampleExplanation({ attributions: attributionsOf(attention, importance) }), flat, changes);

describe("whether attention explains a text", () => {
  it("is told by orders of sizes of the text's own tokens, and by what special tokens get", () => {
    const found = study(rising, falling);
    expect(studiedMethods).toEqual(["attention", "gradientXInput", "occlusion", "rollout"]);
    expect(found.label).toBe("positive");
    expect(found.pairs.map(({ first, second, tau }) => [first, second, tau])).toEqual([
      ["attention", "gradientXInput", -1],
      ["attention", "occlusion", -1],
      ["rollout", "gradientXInput", -1],
      ["rollout", "occlusion", -1],
      ["gradientXInput", "occlusion", 1],
    ]);
    expect(found.specials).toEqual([
      { method: "attention", share: 0.5 },
      { method: "rollout", share: 0.5 },
    ]);
  });

  it("cannot be told without attention or gradients", () => {
    expect(reasonOf(() => studyText(sampleExplanation(), flat, changes))).toBe("method-unavailable");
  });

  it("is put together for all texts and for each class", () => {
    const other = { ...study(rising, falling), label: "negative" };
    const found = summarise([study(rising, rising), other, study(rising, falling)]);
    expect(found.texts).toBe(3);
    expect(found.classes.map(({ label, texts }) => [label, texts])).toEqual([
      ["positive", 2],
      ["negative", 1],
    ]);
    const [all] = found.pairs;
    expect(all?.mean).toBeCloseTo(-1 / 3, 12);
    expect(all?.deviation).toBeCloseTo(Math.sqrt(4 / 3), 12);
    expect(all?.significant).toBe(1);
    expect(found.classes[0]?.pairs[0]?.mean).toBe(0);
    expect(found.classes[1]?.pairs[0]?.deviation).toBe(0);
  });

  it("ends in a verdict that has its figures", () => {
    const verdictOf = (...studies: ReturnType<typeof study>[]) =>
      attentionVerdict(summarise(studies)).map(formatMessage);
    expect(verdictOf(study(rising, rising))[0]).toMatch(/^Attention largely is .*τ-b 1\.00/);
    const [against, ...figures] = verdictOf(study(rising, falling));
    expect(against).toMatch(/^Attention is hardly .*τ-b −1\.00/);
    expect(figures[0]).toBe("Attention and Gradient × input agree at τ-b −1.00; that is not chance (p ≤ .05).");
    expect(figures[4]).toBe("As a yardstick, Gradient × input and Leave one out agree with each other at 1.00.");
    expect(figures[5]).toBe("Attention puts 50.0 % of its weight on special tokens, which are no words of the text.");
    const partly = [0, 2, 1, 3, 5, 4, 7, 6, 0].map((score, at) => (at === 1 ? 6.5 : score));
    expect(verdictOf(study(rising, partly), study(rising, rising), study(rising, falling))[1]).toMatch(
      /^Attention and Gradient × input agree at τ-b 0\.\d\d ± \d\.\d\d over 3 texts; in 66\.7 % of them/,
    );
    const constant = study([0, 1, 1, 1, 1, 1, 1, 1, 0], rising);
    expect(verdictOf({ ...constant, pairs: [] })).toHaveLength(1);
    // An order that chance might give is no verdict for attention, however high.
    const lucky = { ...study(rising, rising) };
    expect(verdictOf({ ...lucky, pairs: lucky.pairs.map((pair) => ({ ...pair, p: 0.2 })) })[0]).toMatch(/hardly/);
  });
});

describe("what other attention does", () => {
  const one = study(rising, falling);
  const why = message("No {0} here.", "maps");
  const said = (found: ReturnType<typeof summarise>) => attentionVerdict(found).map(formatMessage).slice(-3);

  it("is the median over the texts, with all runs", () => {
    const others = [0.01, 0.2].map((shuffledLast) => ({ ...one, changes: { ...changes, shuffledLast } }));
    const found = summarise([one, ...others]);
    expect(found.changes).toEqual({ ...changes, texts: 3, evaluations: 180 });
    const [, shuffled, other] = said(found);
    expect(shuffled).toContain(
      "by 3.0 percentage points on the median in the last layer, and by under 0.1 in all layers",
    );
    expect(other).toContain("differs by 0.50 (Jensen–Shannon");
    expect(said(summarise([{ ...one, changes: { ...changes, divergence: 0 } }]))[2]).toContain("No other attention");
  });

  it("is left out with the reason where it is not known", () => {
    const none = summarise([{ ...one, changes: why }]);
    expect(none.changes).toBeNull();
    expect(said(none)[2]).toBe(
      "What shuffled attention does to the prediction is not known everywhere (texts: 1 of 1): No maps here.",
    );
    const some = summarise([one, { ...one, changes: why }]);
    expect(some.changes?.texts).toBe(1);
    expect(said(some)[2]).toContain("(texts: 1 of 2)");
  });
});

describe("the mean of profiles", () => {
  it("has steps of distance that only longer texts have", () => {
    const found = averageProfile([profile([0, 1], [0.5, 0.5], 1), profile([0, 1, 2], [0.25, 0.25, 0.5], 3)]);
    expect(found.distances).toEqual([0, 1, 2]);
    expect(found.heads).toEqual([
      {
        layer: 0,
        head: 0,
        entropy: 2,
        meanDistance: 2,
        specialMass: 0.5,
        byDistance: [0.375, 0.375, 0.25],
        byWeight: [0.25, 0.75],
      },
    ]);
    expect(averageProfile([flat])).toBe(flat);
  });
});
