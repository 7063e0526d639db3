import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { changesLookOf } from "../../src/common/changesLook";
import type { ExplainRequest, Explanation } from "../../src/common/explanation";
import { lookSource } from "../../src/common/look";
import { watchedOf } from "../../src/common/prediction/registry";
import { createEngine } from "../../src/engine/engine";
import { RowInside } from "../../src/engine/insideTarget";
import { loadModel } from "../../src/engine/loadedModel";
import { Memory } from "../../src/engine/memory";
import { changedAttention } from "../../src/methods/changedAttention";
import { openModelFolder } from "../../src/models/folder";
import { never, reasonOf, requestFor, root } from "./support";

const golden = join(root, "test/golden");
const place = mkdtempSync(join(tmpdir(), "explain-test-"));
const engine = createEngine({ threads: 1, memoryMegabytes: 512 });
afterAll(async () => {
  await engine.dispose();
  rmSync(place, { recursive: true, force: true });
});

/** A folder with unpacked files: their names, and where each is among the golden files. */
function folderOf(files: Readonly<Record<string, string>>): string {
  const directory = mkdtempSync(join(place, "model-"));
  for (const [name, from] of Object.entries(files)) {
    if (from.endsWith(".gz")) {
      writeFileSync(join(directory, name), gunzipSync(readFileSync(join(golden, from))));
    } else {
      copyFileSync(join(golden, from), join(directory, name));
    }
  }
  return directory;
}

const decoder = folderOf({
  "model.onnx": "generation/models/gpt2.past.onnx.gz",
  "config.json": "generation/models/gpt2.config.json",
  "tokenizer.json": `generation/models/${JSON.parse(gunzipSync(readFileSync(join(golden, "generation/generated.json.gz"))).toString()).gpt2.tokenizer}.tokenizer.json.gz`,
});
const entities = folderOf({
  "model.onnx": "entities/wordPiece/model.onnx.gz",
  ...Object.fromEntries(
    ["config.json", "tokenizer.json", "tokenizer_config.json"].map((name) => [name, `entities/wordPiece/${name}`]),
  ),
});

const explained = (directory: string, text: string, changes: Partial<ExplainRequest> = {}) =>
  engine.explain(requestFor(text, { model: { directory, file: null }, methods: ["attention"], ...changes }), never);

const changesOf = (explanation: Explanation, change: object = {}) =>
  engine.look(lookSource(explanation, 0), { ...changesLookOf(explanation, 0), ...change }, never);

/** Softmax in double precision. */
function shares(logits: readonly number[]): number[] {
  const sum = logits.reduce((total, logit) => total + Math.exp(logit), 0);
  return logits.map((logit) => Math.exp(logit) / sum);
}

/** The same text run with its own attention and with other attention, its probabilities read off here. */
async function byHand(directory: string, explanation: Explanation) {
  const opened = await openModelFolder({ directory, file: null });
  const share = { memory: new Memory(2 ** 30, () => []), makeRoom: async () => undefined, reserve: () => undefined };
  const model = await loadModel(opened, 1, share);
  try {
    const watched = watchedOf(explanation);
    const at = watched.map(({ token }) => token);
    const ids = Int32Array.from(explanation.tokens, ({ id }) => id);
    const row = { ids, segments: new Int32Array(ids.length), at };
    const inside = new RowInside(row, { model, signal: never, target: { reads: [] } });
    const probability = (outputs: ArrayLike<number>) => {
      const all = Array.from(outputs);
      const width = all.length / at.length;
      const each = watched.map(({ output }, slot) => shares(all.slice(slot * width, (slot + 1) * width))[output] ?? 0);
      return each.reduce((total, one) => total + one / each.length, 0);
    };
    const maps = await inside.maps();
    const own = probability(await inside.withMaps(maps.map(({ values }) => values)));
    const content = explanation.tokens.filter(({ special }) => !special).map(({ index }) => index);
    const asked = { query: at, content, probability, seed: explanation.seed, signal: never };
    return { own, changes: await changedAttention(inside, asked) };
  } finally {
    await model.release();
  }
}

const cases: readonly (readonly [string, string, string, Partial<ExplainRequest>])[] = [
  ["a blank", join(golden, "blanks/wordpiece"), "The small cat [MASK] on the old mat.", {}],
  ["an entity of several tokens", entities, "Angela Merkel visited Paris.", {}],
  ["a token that was written", decoder, "The small cat sat on the", { generate: 4, position: 2 }],
  ["a token that a language model reads", decoder, "The small cat sat on the mat", { task: "surprise" }],
];

describe("what other attention does to a prediction at tokens", () => {
  it.each(cases)("is what it does there to %s", async (_, directory, text, changes) => {
    const explanation = await explained(directory, text, changes);
    expect(watchedOf(explanation).length > 1).toBe(explanation.prediction.kind === "entities");
    const found = await changesOf(explanation);
    const { own, changes: expected } = await byHand(directory, explanation);
    expect(found.shuffledAll).toBeGreaterThan(0);
    expect(found.shuffledAll).toBeCloseTo(expected.shuffledAll, 9);
    expect(found.shuffledLast).toBeCloseTo(expected.shuffledLast, 9);
    expect(found.divergence).toBeCloseTo(expected.divergence, 9);
    expect(found.movedByOther).toBeLessThanOrEqual(0.01);
    expect(await changesOf(explanation)).toEqual(found);
    // What is watched is what the prediction says.
    const { prediction, target } = explanation;
    const said =
      prediction.kind === "entities"
        ? prediction.tokens.filter(({ token }) => watchedOf(explanation).some((one) => one.token === token))
        : prediction.kind === "fill"
          ? prediction.words.slice(0, 1)
          : prediction.kind === "generated"
            ? [{ probability: Math.exp(prediction.steps[prediction.step]?.logProbability ?? 0) }]
            : prediction.kind === "surprise"
              ? prediction.tokens
                  .filter(({ token }) => token === prediction.position)
                  .map(({ bits }) => ({ probability: 2 ** -bits }))
              : [];
    expect(said.length).toBeGreaterThan(0);
    const mean = said.reduce((sum, { probability }) => sum + probability / said.length, 0);
    expect(own).toBeCloseTo(mean, 5);
    expect(watchedOf(explanation)[0]?.token).toBe(target.position);
  });

  it("is nothing to what is behind the place where a decoder is read", async () => {
    const text = "The small cat sat on the mat";
    const whole = await explained(decoder, text, { task: "surprise", position: 4 });
    const place = watchedOf(whole)[0]?.token ?? 0;
    const cut = { ...whole, tokens: whole.tokens.slice(0, place + 1), windows: [] };
    const [all, before] = [await changesOf(whole), await changesOf(cut)];
    expect(place).toBeLessThan(whole.tokens.length - 2);
    expect(all.shuffledAll).toBeCloseTo(before.shuffledAll, 6);
    expect(all.shuffledLast).toBeCloseTo(before.shuffledLast, 6);
  });

  it("is refused where no place, or none of the text, or no output of the model is named", async () => {
    const explanation = await explained(entities, "Angela Merkel visited Paris.");
    const refused = (places: object) => reasonOf(changesOf(explanation, { places }));
    expect(await refused([])).toBe("method-unavailable");
    expect(await refused([{ position: 99, output: 1 }])).toBe("method-unavailable");
    expect(await refused([{ position: 1, output: 99 }])).toBe("method-unavailable");
  });
});
