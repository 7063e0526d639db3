import { describe, expect, it } from "vitest";
import type { Token } from "../../../src/common/explanation";
import { defaultOptions } from "../../../src/common/options";
import { Batcher, type Row } from "../../../src/engine/batcher";
import type { PreparedText } from "../../../src/engine/preparedText";
import { readOutputs } from "../../../src/engine/readText";
import { logSumExp, rankOf } from "../../../src/tasks/generation/logProbabilities";
import { likeliestWords } from "../../../src/tasks/likeliestWords";
import { openTask } from "../../../src/tasks/registry";
import type { Vocabulary } from "../../../src/tasks/vocabulary";
import { randomNumbers } from "../graph/build";

const width = 120_000;
const idOf = (index: number) => (index * 7919) % width;
const vocabulary = {
  specials: { mask: null, unknown: null },
  idToPiece: (id: number) => `piece ${id}`,
  pieceToId: () => null,
  decode: (ids: readonly number[]) => ids.map((id) => ` ${id}`).join(""),
  continues: () => false,
} as unknown as Vocabulary;

/** The logits that a model of the test gives behind a token: a few that stand out, and one of two behind every third token the same as another. */
function logitsBehind(index: number): Float32Array {
  const next = randomNumbers(index);
  const logits = new Float32Array(width).fill(-3);
  for (let place = 0; place < 40; place++) {
    logits[Math.floor(next() * width)] = 4 * next();
  }
  logits[idOf(index + 1)] = index % 3 === 0 ? -3 : 2 * next();
  return logits;
}

/** A text of so many tokens in one window, as far as reading it goes. */
function textOf(count: number): PreparedText {
  const tokens = Array.from({ length: count }, (_, index): Token => {
    const text = ` word${index}`;
    const [start, end] = [index * 10, index * 10 + 5];
    return { index, id: idOf(index), piece: text, text, start, end, special: false, segment: 0 };
  });
  const ids = Int32Array.from(tokens, ({ id }) => id);
  const input = {
    positions: tokens.map(({ index }) => index),
    row: { ids, segments: new Int32Array(count) },
    share: 1,
    weights: new Float64Array(count).fill(1),
  };
  return { text: "", tokens, inputs: [input], windows: [] } as unknown as PreparedText;
}

describe("surprise of a long text under a large vocabulary", () => {
  it("never has the logits of the whole text, and is what they say", async () => {
    // One place more than what is read at once.
    const count = Math.floor(2 ** 25 / width) + 2;
    const read: number[] = [];
    const batcher = new Batcher(async (rows: readonly Row[]) =>
      rows.map(({ at = [] }) => {
        read.push(at.length);
        const outputs = new Float32Array(at.length * width);
        for (const [slot, position] of at.entries()) {
          outputs.set(logitsBehind(position), slot * width);
        }
        return outputs;
      }),
    );
    const task = openTask("surprise", { width, gives: "softmax", vocabulary, labels: () => [] });
    const model = { task, batcher } as unknown as Parameters<typeof readOutputs>[0];
    const text = textOf(count);
    const found = await readOutputs(model, text, { ...defaultOptions, pair: null }, new AbortController().signal);
    expect(Math.max(...read) * width).toBeLessThanOrEqual(2 ** 25);
    expect(Math.min(...read)).toBeGreaterThan(1);
    expect(read.reduce((sum, places) => sum + places, 0)).toBe(count - 1);
    const prediction = task.predict(found, defaultOptions);
    const tokens = prediction.kind === "surprise" ? prediction.tokens : [];
    expect(tokens.map(({ token }) => token)).toEqual(Array.from({ length: count - 1 }, (_, at) => at + 1));
    for (const { token, id, bits, rank, alternatives } of tokens) {
      const logits = logitsBehind(token - 1);
      const total = logSumExp(logits);
      expect(id).toBe(idOf(token));
      expect(bits).toBe(-((logits[id] ?? 0) - total) / Math.LN2);
      expect(rank).toBe(rankOf(logits, id));
      const likeliest = likeliestWords(logits, vocabulary, total);
      expect(alternatives.slice(0, likeliest.length)).toEqual(likeliest);
      expect(alternatives.some((other) => other.id === id)).toBe(true);
    }
  });
});
