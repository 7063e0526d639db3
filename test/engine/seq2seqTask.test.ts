import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { attributionOf, type ExplainRequest, type Explanation } from "../../src/common/explanation";
import type { MethodId } from "../../src/common/method";
import type { GeneratedPrediction } from "../../src/common/prediction/generated";
import { createEngine, type Engine } from "../../src/engine/engine";
import { corpusFiles, corpusFolder, corpusModel } from "../support/corpus";
import { rowsIn } from "../support/fed";
import { streamDecoders, streamGolden, streamModels, writeStreamFolder } from "../support/seq2seq";
import { errorOf, never, requestFor } from "./support";

const architectures: Readonly<Record<string, string>> = {
  bart: "BartForConditionalGeneration",
  marian: "MarianMTModel",
  mbart: "MBartForConditionalGeneration",
  t5: "T5ForConditionalGeneration",
  t5untied: "T5ForConditionalGeneration",
};
const root = mkdtempSync(path.join(tmpdir(), "explain-seq2seq-"));
let engine: Engine;

beforeAll(() => {
  engine = createEngine({ threads: 1, memoryMegabytes: 512 });
});

afterAll(async () => {
  await engine.dispose();
  rmSync(root, { recursive: true, force: true });
});

function written({ prediction }: Pick<Explanation, "prediction">): GeneratedPrediction {
  if (prediction.kind !== "generated") {
    throw new Error(`The prediction is of the kind ${prediction.kind}.`);
  }
  return prediction;
}

/** The text of a model's golden values, and a folder of the model. */
function opened(name: string, decoder: string) {
  const directory = mkdtempSync(path.join(root, `${name}-`));
  writeStreamFolder(directory, name, decoder, architectures[name] ?? "");
  const { single } = streamGolden(name);
  const ids = rowsIn(single, "input_ids")[0] ?? [];
  const text = ids.map((id) => `t${id}`).join(" ");
  const explain = (changes: Partial<ExplainRequest> = {}) =>
    engine.explain(requestFor(text, { model: { directory, file: null }, generate: 6, ...changes }), never);
  return { directory, ids, golden: single.written, explain };
}

/** The scores of all tokens, special ones among them. */
function allScores(explanation: Explanation, method: MethodId): number[] {
  const { scores = [], specials = [] } = attributionOf(explanation, method) ?? {};
  return scores.map((score, at) => specials.find(({ token }) => token === at)?.score ?? score);
}

const cells = streamModels.flatMap((name) => streamDecoders.map((decoder) => [name, decoder] as const));

describe("what an encoder and a decoder make of a text", () => {
  it.each(cells)("is written as transformers does, and explained as torch does: %s, %s", async (name, decoder) => {
    const { ids, golden, explain } = opened(name, decoder);
    const explanation = await explain({ methods: ["gradientXInput", "occlusion"], position: 2, units: "token" });
    const { steps, step } = written(explanation);
    expect(steps.map(({ id }) => id)).toEqual(golden.tokens);
    steps.forEach(({ logProbability }, at) => {
      expect(Math.abs(logProbability - (golden.logProbabilities[at] ?? 0))).toBeLessThan(1e-4);
    });
    expect(step).toBe(2);
    expect(explanation.tokens.map(({ id, segment, special }) => [id, segment, special])).toEqual([
      ...ids.map((id) => [id, 0, false]),
      [golden.begins, 2, true],
      ...golden.tokens.slice(0, 2).map((id) => [id, 2, false]),
    ]);
    expect(explanation.target.label).toBe(`t${golden.tokens[2]}`);
    expect(Math.abs((explanation.target.value ?? 0) - golden.third.logit)).toBeLessThan(1e-4);
    const scores = allScores(explanation, "gradientXInput");
    const largest = Math.max(...golden.third.gradientXInput.map(Math.abs));
    expect(scores).toHaveLength(golden.third.gradientXInput.length);
    scores.forEach((score, at) => {
      expect(Math.abs(score - (golden.third.gradientXInput[at] ?? 0))).toBeLessThan(1e-4 * largest);
    });
    const changes = allScores(explanation, "occlusion");
    const ofText = changes.slice(0, ids.length);
    const ofOutput = changes.slice(ids.length + 1);
    expect(ofText.some((change) => Math.abs(change) > 1e-3)).toBe(true);
    expect(ofOutput.every((change) => Math.abs(change) > 1e-6)).toBe(true);
  });

  it("is the same from one file that holds both", async () => {
    const { directory, golden, explain } = opened("t5", "decoder_model");
    const file = corpusFiles(path.join(corpusFolder, "models")).find(({ label }) => label === "t5.eager.ts17.fp32");
    for (const part of ["encoder_model", "decoder_model"]) {
      rmSync(path.join(directory, `${part}.onnx`));
    }
    writeFileSync(path.join(directory, "model.onnx"), file ? corpusModel(file) : "");
    const explanation = await explain({ methods: ["gradientXInput"], position: 2, units: "token" });
    expect(explanation.model.file).toBe("model.onnx");
    expect(written(explanation).steps.map(({ id }) => id)).toEqual(golden.tokens);
    const largest = Math.max(...golden.third.gradientXInput.map(Math.abs));
    allScores(explanation, "gradientXInput").forEach((score, at) => {
      expect(Math.abs(score - (golden.third.gradientXInput[at] ?? 0))).toBeLessThan(1e-4 * largest);
    });
  });

  it("shows attention of the encoder, of the decoder and from the one to the other, traced through all of them", async () => {
    const { directory, ids, explain } = opened("t5", "decoder_model");
    const explanation = await explain({ methods: ["rollout", "attention"], position: 2, units: "token" });
    expect(explanation.attention?.layers).toBe(6);
    expect(explanation.attention?.stages?.map(({ part, layer }) => `${part} ${layer}`)).toEqual([
      "encoder 0",
      "encoder 1",
      "decoder 0",
      "cross 0",
      "decoder 1",
      "cross 1",
    ]);
    const rollout = allScores(explanation, "rollout");
    expect(rollout.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 5);
    expect(rollout.slice(0, ids.length).reduce((sum, share) => sum + share, 0)).toBeGreaterThan(0.3);
    const source = {
      model: { directory, file: null },
      ids: explanation.tokens.map(({ id }) => id),
      segments: explanation.tokens.map(({ segment }) => segment),
      special: explanation.tokens.map(({ special }) => special),
    };
    const cross = await engine.look(source, { kind: "head", layer: 3, head: 0 }, never);
    const tokens = explanation.tokens.length;
    for (let query = 0; query < tokens; query++) {
      const row = cross.values.subarray(query * tokens, (query + 1) * tokens);
      const [onText, onOutput] = [row.subarray(0, ids.length), row.subarray(ids.length)].map((part) =>
        part.reduce((sum, weight) => sum + weight, 0),
      );
      expect(onText).toBeCloseTo(query < ids.length ? 0 : 1, 4);
      expect(onOutput).toBe(0);
    }
  });

  it("can be explained rather than another token, and read again with words hidden", async () => {
    const { directory, golden, explain } = opened("bart", "decoder_model");
    const explanation = await explain({ methods: ["gradientXInput"], versus: "t7", position: 0 });
    expect(explanation.target).toMatchObject({ kind: "log-odds", versus: "t7" });
    expect(explanation.output).toBe("");
    const request = requestFor(explanation.text, { model: { directory, file: null }, generate: 6 });
    const plain = await engine.predictMasked(request, [], never);
    expect(written(plain).steps[0]?.id).toBe(golden.tokens[0]);
  });

  it("is refused where a position is not there, or no token to begin with is named", async () => {
    const { directory, explain } = opened("bart", "decoder_model");
    expect(await errorOf(explain({ position: 6 }))).toMatchObject({ reason: "request-invalid" });
    const again = opened("bart", "decoder_model");
    const config = { architectures: ["BartForConditionalGeneration"], is_encoder_decoder: true };
    writeFileSync(path.join(again.directory, "config.json"), JSON.stringify(config));
    expect((await errorOf(again.explain())).message).toContain("decoder_start_token_id");
    expect(directory).not.toBe(again.directory);
  });
});
