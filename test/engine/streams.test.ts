import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { Row } from "../../src/engine/batcher";
import { GradientSession } from "../../src/engine/gradientSession";
import { loadRewritten } from "../../src/engine/modelLoading";
import { ModelParts } from "../../src/engine/modelParts";
import { ModelSession } from "../../src/engine/session";
import { elementTypes } from "../../src/graph/elementType";
import { makeExplainable } from "../../src/graph/explainable";
import { writeModel } from "../../src/graph/modelFile";
import { joinChunks } from "../../src/graph/protobufWriter";
import { floatTensor } from "../../src/graph/tensor";
import { openModelFolder } from "../../src/models/folder";
import { storedFloats } from "../support/corpus";
import { largest, largestDifference } from "../support/corpusMeasure";
import { rowsIn } from "../support/fed";
import { type StreamCases, streamGolden, streamModels, writeStreams } from "../support/seq2seq";
import { graphProto, model, node, randomNumbers, shaped } from "../unit/graph/build";
import { never } from "./support";

const root = mkdtempSync(path.join(tmpdir(), "explain-streams-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

function ownFolder(): string {
  return mkdtempSync(path.join(root, "model-"));
}

const architectures = ["BartForConditionalGeneration"];

/** A session of a model in two files, read at places. */
async function opened(name: string, decoder = "decoder_model"): Promise<ModelSession> {
  const directory = ownFolder();
  writeStreams(directory, name, decoder, { architectures });
  return await ModelSession.load(await openModelFolder({ directory, file: null }), 1);
}

/** The text of a case and its output so far, one row without padding, read at the output's last token. */
function rowOf(batch: StreamCases["single"]): Row {
  const [text = [], output = []] = ["input_ids", "decoder_input_ids"].map((input) => rowsIn(batch, input)[0] ?? []);
  const ids = Int32Array.from([...text, ...output]);
  return { ids, segments: new Int32Array(ids.length), outputFrom: text.length, at: [ids.length - 1] };
}

describe("a model of an encoder and a decoder in two files", () => {
  it.each(streamModels)("gives torch's logits and attention over text and output: %s", async (name) => {
    const session = await opened(name);
    try {
      const { single } = streamGolden(name);
      const row = rowOf(single);
      const { outputFrom = 0, ids } = row;
      const tokens = ids.length;
      expect(session.keepsPlaces).toBe(true);
      const run = await session.attention(row, 0, session.layers.length);
      const [, places = 0, width = 0] = single.logits.dims;
      const last = storedFloats(single.logits).subarray((places - 1) * width);
      expect(largestDifference(run.logits, last)).toBeLessThan(1e-4);
      expect(session.layers.map(({ stream, kind, layer }) => `${stream} ${kind} ${layer}`)).toEqual([
        "encoder self 0",
        "encoder self 1",
        "main self 0",
        "main cross 0",
        "main self 1",
        "main cross 1",
      ]);
      for (const [index, { stream, kind, layer }] of session.layers.entries()) {
        const golden = single.tensors.find(
          (tensor) =>
            tensor.what === "attention" && tensor.stream === stream && tensor.kind === kind && tensor.layer === layer,
        );
        const [, heads = 0, queries = 0, keys = 0] = golden?.value.dims ?? [];
        const expected = new Float32Array(heads * tokens * tokens);
        const [fromQuery, fromKey] = [
          stream === "main" ? outputFrom : 0,
          stream === "main" && kind === "self" ? outputFrom : 0,
        ];
        const values = golden ? storedFloats(golden.value) : new Float32Array();
        for (const [at, value] of values.entries()) {
          const [head, query, key] = [Math.floor(at / keys / queries), Math.floor(at / keys) % queries, at % keys];
          expected[(head * tokens + fromQuery + query) * tokens + fromKey + key] = value;
        }
        expect(run.layers[index]).toMatchObject({ heads, queries: tokens, keys: tokens });
        expect(largestDifference(run.layers[index]?.values ?? new Float32Array(), expected)).toBeLessThan(1e-5);
      }
    } finally {
      await session.release();
    }
  });

  it.each(streamModels)("has torch's gradients of a log-probability for the words of both: %s", async (name) => {
    const session = await opened(name, "decoder_model_merged");
    const gradients = await GradientSession.load(session, { threads: 1, classes: 60 });
    try {
      const { single } = streamGolden(name);
      const row = rowOf(single);
      const { token, source, output } = single.logProbability;
      const [logits = new Float32Array()] = await session.logits([row]);
      const total = logits.reduce((sum, logit) => sum + Math.exp(logit), 0);
      const reads = Array.from(logits, (logit, index) => ({
        index,
        weight: (index === token ? 1 : 0) - Math.exp(logit) / total,
      }));
      const target = await gradients.target(row, { reads }, new Uint8Array(row.ids.length).fill(1), row.ids);
      const expected = Float32Array.from([...storedFloats(source), ...storedFloats(output)]);
      const points = await target.gradients([target.input, target.input], never);
      expect(points).toHaveLength(2);
      for (const { gradient } of points) {
        expect(largestDifference(gradient, expected)).toBeLessThan(1e-4 * largest(expected));
      }
    } finally {
      await gradients.release();
      await session.release();
    }
  });

  it("has words hidden in both streams, and rows of several at once", async () => {
    const session = await opened("bart");
    try {
      const row = rowOf(streamGolden("bart").single);
      const { ids, outputFrom = 0 } = row;
      const changed = (at: number): Row => ({
        ...row,
        ids: ids.map((id, position) => (position === at ? -1 : id)),
        places: ids,
      });
      const rows = [row, changed(1), changed(outputFrom + 1)];
      const together = await session.logits(rows);
      for (const [index, one] of rows.entries()) {
        const [alone = new Float32Array()] = await session.logits([one]);
        expect(largestDifference(together[index] ?? new Float32Array(), alone)).toBeLessThan(1e-5);
        if (index > 0) {
          expect(largestDifference(alone, together[0] ?? new Float32Array())).toBeGreaterThan(1e-3);
        }
      }
    } finally {
      await session.release();
    }
  });

  it("reads its large weights in both of its files", async () => {
    const directory = ownFolder();
    writeStreams(directory, "bart", "decoder_model", { architectures });
    const random = randomNumbers(3);
    const noise = (name: string, ...dims: number[]) =>
      floatTensor(
        name,
        dims,
        Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => random() / 16),
      );
    const ids = (name: string) => shaped(name, ["batch", "tokens"], elementTypes.int64);
    const states = shaped("encoder_hidden_states", ["batch", "text", 256]);
    const encoder = graphProto(
      [node("x = Gather(table, input_ids)"), node("last_hidden_state = MatMul(x, w)")],
      [ids("input_ids")],
      ["last_hidden_state"],
      [noise("table", 300, 256), noise("w", 256, 256)],
    );
    const decoder = graphProto(
      [
        node("x = Gather(table, input_ids)"),
        node("mean = ReduceMean(encoder_hidden_states)", { axes: [1], keepdims: 1 }),
        node("read = Add(x, mean)"),
        node("logits = MatMul(read, w)"),
      ],
      [ids("input_ids"), states],
      ["logits"],
      [noise("table", 200, 256), noise("w", 256, 200)],
    );
    for (const [name, graph] of [
      ["encoder_model", encoder],
      ["decoder_model", decoder],
    ] as const) {
      writeFileSync(path.join(directory, `${name}.onnx`), joinChunks(writeModel(model(graph))));
    }
    const parts = new ModelParts(await openModelFolder({ directory, file: null }));
    const { rewritten, session } = await loadRewritten(parts, 1, makeExplainable);
    await session.release();
    expect(parts.files.inPlace).toBe(true);
    expect(rewritten.leftBytes).toBe(4 * (256 * 256 + 256 * 200));
    expect([rewritten.fed?.vocabulary, rewritten.fed?.output?.vocabulary]).toEqual([300, 200]);
    writeFileSync(path.join(directory, "encoder_model.onnx"), joinChunks(writeModel(model(decoder))));
    expect(() => parts.files.checkUnchanged()).toThrow(/encoder_model.onnx changed/);
  });
});
