import { Tensor } from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { findAttention } from "../../src/graph/attention";
import { makeDifferentiable } from "../../src/graph/differentiable";
import { findEmbeddings } from "../../src/graph/embedding";
import { makeExplainable } from "../../src/graph/explainable";
import { joinGraphs } from "../../src/graph/joined";
import { placesInput, readPlaces } from "../../src/graph/passes/readPlaces";
import { type ReadGraph, readGraph } from "../../src/graph/readGraph";
import { makeShipped } from "../../src/graph/shipped";
import { storedFloats } from "../support/corpus";
import { measureGradients } from "../support/corpusGradients";
import { feedsOf, largest, largestDifference, measureForward, openSession, runFloats } from "../support/corpusMeasure";
import { fedWords, rowsIn } from "../support/fed";
import { streamDecoders, streamFile, streamGolden, streamModels } from "../support/seq2seq";

const part = (name: string, file: string) => readGraph(streamFile(name, file));
const joined = (name: string, decoder: string) => joinGraphs(part(name, "encoder_model"), part(name, decoder));
const cells = streamModels.flatMap((name) => streamDecoders.map((decoder) => [name, decoder] as const));

describe("an encoder and a decoder as one graph", () => {
  it.each(cells)("answers as torch does: %s, %s", async (name, decoder) => {
    const read = joined(name, decoder);
    expect(read.graph.inputs.map((input) => input.name)).toEqual(["input_ids", "attention_mask", "decoder_input_ids"]);
    const figures = await measureForward(read, streamGolden(name));
    expect(figures.missing).toBeNull();
    expect(figures.logits).toBeLessThan(1e-5);
    expect(figures.attention).toBeLessThan(1e-5);
    expect(figures.padded).toBeLessThan(1e-5);
  });

  it.each(cells)("has the gradients of torch: %s, %s", async (name, decoder) => {
    const figures = await measureGradients(joined(name, decoder), streamGolden(name));
    expect(figures.embeddings).toBeLessThan(1e-4);
    expect(figures.maps).toBeLessThan(1e-4);
  });

  it.each(streamModels)(
    "shows the encoder's attention, the decoder's, and that from the one to the other: %s",
    (name) => {
      const maps = findAttention(joined(name, "decoder_model").graph);
      expect(maps.map(({ stream, kind, layer }) => `${stream} ${kind} ${layer}`)).toEqual([
        "encoder self 0",
        "encoder self 1",
        "main self 0",
        "main self 1",
        "main cross 0",
        "main cross 1",
      ]);
    },
  );

  it.each(cells)("has the gradients of an output token's log-probability: %s, %s", async (name, decoder) => {
    // Read at the last place of each row, as the product does.
    const graph = readPlaces(joined(name, decoder).graph, ["logits"]);
    const model = makeDifferentiable(graph, "logits");
    expect(model.fed.isAll).toBe(true);
    expect(findEmbeddings(graph).map(({ input }) => input)).toEqual(["input_ids", "decoder_input_ids"]);
    const session = await openSession(model.model);
    try {
      const { single, right } = streamGolden(name);
      for (const batch of [single, right]) {
        const { token, values, source, output } = batch.logProbability;
        const { places, logits } = lastPlaces(storedFloats(batch.logits), batch.logits.dims);
        const seed = seedOf(logits, token);
        expect(largestDifference(seed.values, storedFloats(values))).toBeLessThan(1e-4);
        const results = await runFloats(session, {
          ...feedsOf(
            batch,
            model.inputs.filter((input) => input.name !== placesInput),
          ),
          ...fedWords(model.fed, rowsIn(batch, "input_ids"), rowsIn(batch, "decoder_input_ids")),
          [placesInput]: new Tensor("int64", BigInt64Array.from(places, BigInt), [places.length]),
          [model.seed]: new Tensor("float32", seed.weights, [places.length, seed.weights.length / places.length]),
        });
        expect(
          largestDifference(results("logits").data, Float32Array.from(logits.flatMap((row) => [...row]))),
        ).toBeLessThan(1e-4);
        for (const [ours, torch] of [
          [results(model.gradient), source],
          [results(model.outputGradient ?? ""), output],
        ] as const) {
          const expected = storedFloats(torch);
          expect(ours.dims).toEqual(torch.dims);
          expect(largest(expected)).toBeGreaterThan(1e-3);
          expect(largestDifference(ours.data, expected)).toBeLessThan(1e-4 * largest(expected));
        }
      }
    } finally {
      await session.release();
    }
  });

  it.each(streamModels)("runs as its files were shipped: %s", async (name) => {
    for (const decoder of streamDecoders) {
      const read = joined(name, decoder);
      const shipped = makeShipped(read.shipped, "logits");
      const session = await openSession(shipped.model);
      try {
        const { single } = streamGolden(name);
        const logits = (await runFloats(session, feedsOf(single, shipped.inputs)))(shipped.logits);
        expect(largestDifference(logits.data, storedFloats(single.logits))).toBeLessThan(1e-4);
      } finally {
        await session.release();
      }
    }
    expect(makeExplainable(joined(name, "decoder_model")).differs).toBeNull();
  });

  const changed = (read: ReadGraph, from: string, to: string): ReadGraph => {
    const rename = (name = "") => (name === from ? to : name);
    const graph = {
      ...read.graph,
      inputs: read.graph.inputs.map((input) => ({ ...input, name: rename(input.name) })),
      nodes: read.graph.nodes.map((node) => ({ ...node, input: node.input.map(rename) })),
    };
    return { shipped: graph, graph };
  };

  it("is refused where the decoder reads no encoder, or what nobody gives", () => {
    const encoder = part("bart", "encoder_model");
    expect(() => joinGraphs(encoder, encoder)).toThrow(/does not read encoder_hidden_states/);
    const decoder = part("bart", "decoder_model");
    expect(() => joinGraphs(encoder, changed(decoder, "encoder_attention_mask", "pixels"))).toThrow(/reads pixels/);
    expect(() => joinGraphs(changed(encoder, "attention_mask", "pixels"), decoder)).toThrow(/reads pixels/);
  });
});

/** The last place of each row, counted through all rows, and the logits there. */
function lastPlaces(logits: Float32Array, [rows = 0, places = 0, width = 0]: readonly number[]) {
  const last = Array.from({ length: rows }, (_, row) => (row + 1) * places - 1);
  return { places: last, logits: last.map((place) => logits.subarray(place * width, (place + 1) * width)) };
}

/** Weights of the logits in the gradient of log p of a token, and the values of log p; for each row. */
function seedOf(logits: readonly Float32Array[], token: number) {
  const rows = logits.map((row) => {
    const total = row.reduce((sum, logit) => sum + Math.exp(logit), 0);
    return {
      weights: Array.from(row, (logit, at) => (at === token ? 1 : 0) - Math.exp(logit) / total),
      value: (row[token] ?? Number.NaN) - Math.log(total),
    };
  });
  return {
    weights: Float32Array.from(rows.flatMap(({ weights }) => weights)),
    values: Float32Array.from(rows, ({ value }) => value),
  };
}
