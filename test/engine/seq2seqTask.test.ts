import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { attributionOf, type ExplainRequest, type Explanation } from "../../src/common/explanation";
import type { MethodId } from "../../src/common/method";
import type { GeneratedPrediction } from "../../src/common/prediction/generated";
import { createEngine, type Engine } from "../../src/engine/engine";
import { DecodingSession } from "../../src/engine/generation/decodingSession";
import { searchBeams } from "../../src/engine/generation/searchBeams";
import { ModelParts } from "../../src/engine/modelParts";
import { openModelFolder } from "../../src/models/folder";
import { readGenerationConfig } from "../../src/models/generationConfig";
import { corpusFiles, corpusFolder, corpusModel } from "../support/corpus";
import { rowsIn } from "../support/fed";
import {
  streamArchitectures,
  streamDecoders,
  streamGolden,
  streamModels,
  streamWithPast,
  writeStreamFolder,
} from "../support/seq2seq";
import { errorOf, never, requestFor } from "./support";

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
function opened(name: string, decoder: string, more: { languages?: Record<number, string>; config?: object } = {}) {
  const directory = mkdtempSync(path.join(root, `${name}-`));
  writeStreamFolder(directory, name, decoder.replace(/ .*/, ""), {
    architecture: streamArchitectures[name] ?? "",
    ...more,
  });
  if (decoder.endsWith(withPast)) {
    writeFileSync(path.join(directory, "decoder_with_past_model.onnx"), streamWithPast(name));
  }
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

const withPast = "and one with a past";
const decoders = [...streamDecoders, `decoder_model ${withPast}`];
const cells = streamModels.flatMap((name) => decoders.map((decoder) => [name, decoder] as const));

describe("what an encoder and a decoder make of a text", () => {
  it.each(cells)("is written as transformers does, and explained as torch does: %s, %s", async (name, decoder) => {
    const { directory, ids, golden, explain } = opened(name, decoder);
    const explanation = await explain({ methods: ["gradientXInput", "occlusion"], position: 2, units: "token" });
    const { memory, contents } = await engine.describeModel({ directory, file: null }, never);
    expect(memory.some(({ owner }) => owner === "decoding")).toBe(decoder !== "decoder_model");
    expect(contents.attention.map(({ stream, kind, windows }) => [stream, kind, ...windows])).toEqual([
      ["encoder", "self", null, null],
      ["main", "causal", null, null],
      ["main", "cross", null, null],
    ]);
    const searched = await explain({ beams: 3, methods: ["attention"] });
    expect(written(searched).steps.map(({ id }) => id)).toEqual(golden.searched[0]?.tokens);
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

  it.each(streamModels)("is written as transformers' beam search does: %s", async (name) => {
    const { directory, ids, golden } = opened(name, `decoder_model ${withPast}`);
    const parts = new ModelParts(await openModelFolder({ directory, file: null }));
    const session = await DecodingSession.load(parts, { threads: 1 });
    const task = { ids: [golden.begins], newTokens: 6, context: 24, alternatives: 5, uniform: () => Number.NaN };
    for (const { asked, tokens } of golden.searched) {
      const { rules } = readGenerationConfig({ eos_token_id: 2, ...asked }, {});
      const made = await searchBeams(session.begin(ids), { ...task, rules }, never, () => {});
      expect(made.tokens.map(({ id }) => id)).toEqual(tokens);
    }
    await session.release();
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

  it("looks at the text with every token of the output, as it does with the last", async () => {
    const { directory, ids, golden, explain } = opened("t5", "decoder_model");
    const sourceOf = ({ tokens }: Explanation) => ({
      model: { directory, file: null },
      ids: tokens.map(({ id }) => id),
      segments: tokens.map(({ segment }) => segment),
      special: tokens.map(({ special }) => special),
    });
    const first = await explain({ methods: ["attention"] });
    const last = await explain({ methods: ["attention"], position: golden.tokens.length - 1 });
    expect(last.attention?.kind).toBe("cross");
    const rest = golden.tokens.slice(0, -1);
    const look = (layer: number | null, head: number | null) =>
      engine.look(sourceOf(first), { kind: "alignment", layer, head, rest }, never);
    const whole = await engine.look(sourceOf(last), { kind: "head", layer: 3, head: 1 }, never);
    const { queries, keys, values } = await look(3, 1);
    expect([queries, keys]).toEqual([golden.tokens.length, ids.length]);
    values.forEach((value, at) => {
      const [row, column] = [ids.length + Math.floor(at / keys), at % keys];
      expect(value).toBeCloseTo(whole.values[row * whole.keys + column] ?? Number.NaN, 6);
    });
    const mean = await look(null, null);
    for (let row = 0; row < mean.queries; row++) {
      const weights = mean.values.subarray(row * mean.keys, (row + 1) * mean.keys);
      expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 5);
    }
    expect((await errorOf(look(0, null))).reason).toBe("method-unavailable");
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

  it.each(streamModels)("is of a text behind a prefix, whose tokens are the model's: %s", async (name) => {
    const task_specific_params = { summarization: { prefix: "t40 t41 " } };
    const { ids, golden, explain } = opened(name, "decoder_model", { config: { task_specific_params } });
    const { prefixed } = golden;
    const options = { methods: ["gradientXInput"], position: 2, units: "token" } as const;
    const explanation = await explain({ prefix: "t40 t41 ", ...options });
    expect(written(explanation).steps.map(({ id }) => id)).toEqual(prefixed.tokens);
    expect(explanation.warnings.filter(({ template }) => template.includes("begin with"))).toEqual([]);
    const { tokens, text } = explanation;
    expect(tokens.slice(0, prefixed.ids.length + ids.length).map(({ id, special }) => [id, special])).toEqual([
      ...prefixed.ids.map((id) => [id, true]),
      ...ids.map((id) => [id, false]),
    ]);
    expect(tokens.every(({ start, end, segment, text: own }) => segment === 2 || text.slice(start, end) === own)).toBe(
      true,
    );
    const largest = Math.max(...prefixed.gradientXInput.map(Math.abs));
    allScores(explanation, "gradientXInput").forEach((score, at) => {
      expect(Math.abs(score - (prefixed.gradientXInput[at] ?? 0))).toBeLessThan(1e-4 * largest);
    });
    const plain = await explain(options);
    expect(written(plain).steps.map(({ id }) => id)).toEqual(golden.tokens);
    expect(plain.warnings.map(({ args }) => args)).toContainEqual(["t40 t41 "]);
    const usual = opened(name, "decoder_model", { config: { prefix: "t40 t41 " } });
    expect(written(await usual.explain(options)).steps.map(({ id }) => id)).toEqual(prefixed.tokens);
    expect(written(await usual.explain({ ...options, prefix: "" })).steps.map(({ id }) => id)).toEqual(golden.tokens);
  });

  it.each([
    ["mbart", { 33: "de_DE", 34: "fr_XX" }, "de"],
    ["bart", { 33: "__de__", 34: "__fr__" }, "de"],
    ["marian", { 33: "deu_Latn", 34: "deu_Cyrl" }, "deu_Latn"],
  ] as const)("is in the language that is named: %s", async (name, languages, language) => {
    const { golden, explain } = opened(name, `decoder_model ${withPast}`, { languages });
    const explanation = await explain({ language, methods: ["gradientXInput"], position: 1 });
    expect(written(explanation).steps.map(({ id }) => id)).toEqual(golden.told.forced);
    const unnamed = await errorOf(explain());
    expect(unnamed).toMatchObject({ reason: "request-invalid" });
    expect(unnamed.message).toContain(Object.values(languages).join(", "));
    const unknown = await errorOf(explain({ language: "xx" }));
    expect(unknown.message).toContain("“xx”");
    const config = { decoder_start_token_id: 34 };
    const begun = opened(name, "decoder_model", { languages, config });
    const other = await begun.explain({ language, methods: ["gradientXInput"], position: 1 });
    expect(written(other).steps.map(({ id }) => id)).toEqual(golden.told.begun);
    expect(other.tokens.findLast(({ special }) => special)?.id).toBe(golden.told.language);
    expect(written(await begun.explain()).steps).toHaveLength(6);
  });

  it("has no languages to choose from, or several of a name", async () => {
    const { explain } = opened("bart", "decoder_model");
    expect((await errorOf(explain({ language: "de" }))).message).toContain("no languages");
    const several = opened("bart", "decoder_model", { languages: { 33: "deu_Latn", 34: "deu_Cyrl" } });
    expect((await errorOf(several.explain({ language: "deu" }))).message).toContain("deu_Latn, deu_Cyrl");
  });

  it("is read again with words hidden where a token of it is asked about", async () => {
    const { directory, golden, explain } = opened("bart", "decoder_model");
    const { text } = await explain();
    const request = requestFor(text, { model: { directory, file: null }, generate: 6, position: 2 });
    const { prediction } = await engine.predictMasked(request, [], never);
    expect(written({ prediction }).steps).toHaveLength(1);
    expect(written({ prediction }).steps[0]?.id).toBe(golden.tokens[2]);
    const hidden = await engine.predictMasked(request, [0, 1, 2], never);
    expect(written(hidden).steps[0]?.logProbability).not.toBe(written({ prediction }).steps[0]?.logProbability);
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
