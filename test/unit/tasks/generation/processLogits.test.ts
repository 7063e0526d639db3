import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { readGenerationConfig } from "../../../../src/models/generationConfig";
import { likeliestTokens, logSumExp, rankOf } from "../../../../src/tasks/generation/logProbabilities";
import { draw, likeliest, processLogits, warpLogits } from "../../../../src/tasks/generation/processLogits";

interface Golden {
  readonly longest: number;
  readonly end: number;
  readonly cases: readonly {
    readonly asked: Readonly<Record<string, unknown>>;
    readonly ids: readonly number[];
    readonly given: number;
    readonly logits: readonly number[];
    /** `null` for −∞. */
    readonly scores: readonly (number | null)[];
  }[];
}

const file = new URL("../../../golden/generation/processors.json.gz", import.meta.url);
const { longest, end, cases } = JSON.parse(gunzipSync(readFileSync(file)).toString()) as Golden;

describe("the rules for the next token", () => {
  it.each(cases)("are those of transformers for $asked behind $ids", ({ asked, ids, given, logits, scores }) => {
    const { rules, notes } = readGenerationConfig({ eos_token_id: end, ...asked }, {});
    expect(notes).toEqual([]);
    const own = Float32Array.from(logits);
    processLogits(own, { ids, given, longest }, rules);
    if (rules.sample) {
      warpLogits(own, rules);
    }
    const forbidden = scores.map((score) => score === null);
    expect([...own].map((score) => score === Number.NEGATIVE_INFINITY)).toEqual(forbidden);
    for (const [id, score] of scores.entries()) {
      expect(own[id] ?? 0).toBeCloseTo(score ?? Number.NEGATIVE_INFINITY, 5);
    }
  });

  it("are refused with values that cannot be, and what is not done is said", () => {
    const reasons = [{ top_k: -1 }, { temperature: "hot" }, { eos_token_id: [1.5] }, { bad_words_ids: [[]] }];
    for (const wrong of reasons) {
      expect(() => readGenerationConfig(wrong, {})).toThrow(expect.objectContaining({ reason: "model-file-corrupt" }));
    }
    expect(readGenerationConfig({ num_beam_groups: 4, typical_p: 1 }, {}).notes.map(({ args }) => args)).toEqual([
      ["num_beam_groups"],
    ]);
    expect(readGenerationConfig(undefined, { eos_token_id: 7, top_k: 3 }).rules).toMatchObject({ stop: [7], topK: 3 });
    expect(readGenerationConfig({ eos_token_id: [8] }, { eos_token_id: 7 }).rules.stop).toEqual([8]);
  });
});

describe("tokens of logits", () => {
  const logits = Float32Array.of(1, 3, -2, 3, 0.5, Number.NEGATIVE_INFINITY);

  it("are drawn as often as their probabilities say", () => {
    const counts = new Array<number>(logits.length).fill(0);
    const draws = 20_000;
    for (let index = 0; index < draws; index++) {
      const id = draw(logits, (index + 0.5) / draws);
      counts[id] = (counts[id] ?? 0) + 1;
    }
    const total = logSumExp(logits);
    for (const [id, count] of counts.entries()) {
      expect(Math.abs(count / draws - Math.exp((logits[id] ?? 0) - total))).toBeLessThan(2 / draws);
    }
    expect(draw(logits, 1)).toBe(4);
  });

  it("have ranks and a likeliest one, the first of those that are equal", () => {
    expect(likeliest(logits)).toBe(1);
    expect([0, 1, 2, 3, 4, 5].map((id) => rankOf(logits, id))).toEqual([3, 1, 5, 2, 4, 6]);
    const tokens = likeliestTokens(logits, 3, logSumExp(logits));
    expect(tokens.map(({ id }) => id)).toEqual([1, 3, 0]);
    expect(tokens[0]?.logProbability).toBeCloseTo(3 - logSumExp(logits), 12);
  });
});
