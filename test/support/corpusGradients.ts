import { Tensor } from "onnxruntime-node";
import { findAttention } from "../../src/graph/attention";
import { cutEmbedding } from "../../src/graph/cutEmbedding";
import { makeDifferentiable } from "../../src/graph/differentiable";
import { elementTypes } from "../../src/graph/elementType";
import { type Embedding, findEmbedding, findEmbeddings, outputIds } from "../../src/graph/embedding";
import { modelValue } from "../../src/graph/explainable";
import { expose } from "../../src/graph/expose";
import type { FedStream } from "../../src/graph/fedEmbeddings";
import { differentiate } from "../../src/graph/gradient/differentiate";
import { type Graph, modelOf } from "../../src/graph/graph";
import { writeModel } from "../../src/graph/modelFile";
import type { ReadGraph } from "../../src/graph/readGraph";
import { typesOf } from "../../src/graph/types";
import { type GoldenCase, type GoldenCases, type GoldenTensor, type StoredFloats, storedFloats } from "./corpus";
import {
  feedsOf,
  fits,
  largest,
  largestDifference,
  lastText,
  type Numbers,
  openSession,
  padsMatter,
  realCells,
  runFloats,
} from "./corpusMeasure";
import { fedWords, lookedUp, type Rows, rowsIn } from "./fed";

/** How far gradients are from those of torch, each relative to the largest element of its tensor; NaN where either side has one. */
export interface GradientFigures {
  /** With respect to the result of the lookup of words. */
  readonly embeddings: number;
  /** With respect to attention maps. */
  readonly maps: number;
  /** With respect to hidden states. */
  readonly states: number;
  /** Largest difference between the gradients of a text alone and in a padded batch, both by us, relative as above. */
  readonly paddedGradients: number;
}

const cutName = ({ lookups }: Embedding) => `corpus/embeddings/${lookups[0]}`;
const seedInput = "corpus/seed";

const figureOf = { embedding: "embeddings", attention: "maps", hidden: "states" } as const;

/** Compares gradients with torch: of every target of every batch, with respect to embeddings, attention maps and hidden states. */
export async function measureGradients(read: ReadGraph, cases: GoldenCases): Promise<Partial<GradientFigures>> {
  const product = await asTheProductDoes(read.graph, cases);
  const { embeddings, ...others } = await withRespectToAll(read.graph, cases);
  return { ...others, ...product, embeddings: Math.max(product.embeddings, embeddings ?? 0) };
}

/** Gradients with respect to the first lookup of words, from the model that the product makes for its methods. */
async function asTheProductDoes(
  graph: Graph,
  cases: GoldenCases,
): Promise<Pick<GradientFigures, "embeddings"> & Partial<GradientFigures>> {
  const model = makeDifferentiable(graph, graph.outputs[0]?.name ?? "");
  const ids = findEmbedding(graph)?.input ?? "";
  const session = await openSession(model.model);
  const seen: Partial<Record<string, Float32Array[]>> = {};
  const figures = { embeddings: 0, paddedGradients: 0 };
  try {
    for (const [name, batch] of Object.entries(cases).filter(([, { inputs }]) => fits(inputs, model.inputs))) {
      const streams: { fed: FedStream; rows: Rows; gradient: string }[] = [
        { fed: model.fed, rows: rowsIn(batch, ids), gradient: model.gradient },
      ];
      if (model.fed.output && model.outputGradient) {
        streams.push({ fed: model.fed.output, rows: rowsIn(batch, outputIds), gradient: model.outputGradient });
      }
      for (const [target, seed] of Object.entries(batch.seeds)) {
        const output = await runFloats(session, {
          ...feedsOf(batch, model.inputs),
          ...fedWords(model.fed, rowsIn(batch, ids), rowsIn(batch, outputIds)),
          [model.seed]: tensorOf(seed),
        });
        for (const { fed, rows, gradient } of streams) {
          const looked = lookedUp(fed, rows);
          const golden = batch.tensors.find(
            ({ what, value }) => what === "embedding" && isClose(looked, upright(value, batch)),
          );
          const expected = golden?.gradients[target];
          if (!expected) {
            throw new Error("torch looked up other words");
          }
          const difference = relative(output(gradient), upright(expected, batch), ({ data }) => data);
          figures.embeddings = Math.max(figures.embeddings, difference);
        }
        const ours = output(model.gradient);
        seen[name] = [...(seen[name] ?? []), lastText(ours, batch)];
      }
    }
  } finally {
    await session.release();
  }
  if (!seen.single || !seen.right || padsMatter(cases)) {
    return { embeddings: figures.embeddings };
  }
  for (const [index, alone] of seen.single.entries()) {
    const difference = largestDifference(seen.right[index] ?? new Float32Array(), alone);
    figures.paddedGradients = Math.max(figures.paddedGradients, difference / (largest(alone) || 1));
  }
  return figures;
}

/** The numbers of a tensor of torch with the texts before the tokens, which XLNet has the other way round. */
function upright(stored: StoredFloats, { logits }: GoldenCase): Numbers {
  const [a = 0, b = 0, c = 0] = stored.dims;
  const [texts] = logits.dims;
  const from = storedFloats(stored);
  if (stored.dims.length !== 3 || a === texts || b !== texts) {
    return { dims: stored.dims, data: from };
  }
  const data = new Float32Array(from.length);
  for (let i = 0; i < a; i++) {
    for (let j = 0; j < b; j++) {
      data.set(from.subarray((i * b + j) * c, (i * b + j + 1) * c), (j * a + i) * c);
    }
  }
  return { dims: [b, a, c], data };
}

async function withRespectToAll(graph: Graph, cases: GoldenCases): Promise<Partial<GradientFigures>> {
  const embeddings = findEmbeddings(graph);
  if (embeddings.length === 0) {
    throw new Error("no word embedding was found");
  }
  const logits = graph.outputs[0]?.name ?? "";
  const places = await placesOf(graph, embeddings, [cases.right, cases.single]);
  const isCut = new Set(embeddings.flatMap(({ lookups }) => lookups));
  const wanted = places.flatMap(({ golden, value }, index) =>
    isCut.has(value) && golden.what !== "embedding" ? [] : [{ ...golden, value, output: `corpus/gradient/${index}` }],
  );
  const lookups = wanted.filter(({ what }) => what === "embedding");
  const cut = embeddings.reduce((current, embedding) => cutEmbedding(current, embedding, cutName(embedding)), graph);
  const wrt = new Map(wanted.map(({ value, output }) => [value, output]));
  const backward = differentiate(cut, { target: logits, seed: seedInput, wrt });
  const session = await openSession(writeModel(modelOf(backward)));
  const figures: { embeddings?: number; maps?: number; states?: number } = {};
  const inputs = backward.inputs.filter(({ name = "" }) => name in cases.right.inputs).map(modelValue);
  try {
    for (const batch of Object.values(cases).filter((one) => fits(one.inputs, inputs))) {
      const goldens = new Map(batch.tensors.map((tensor) => [placeName(tensor), tensor]));
      const fed = lookups.flatMap((tensor) => {
        const looked = goldens.get(placeName(tensor));
        const numbers = looked && upright(looked.value, batch);
        return numbers ? [[tensor.value, new Tensor("float32", numbers.data, [...numbers.dims])] as const] : [];
      });
      for (const [target, seed] of Object.entries(batch.seeds)) {
        const output = await runFloats(session, {
          ...feedsOf(batch, inputs),
          ...Object.fromEntries(fed),
          [seedInput]: tensorOf(seed),
        });
        for (const place of wanted) {
          const golden = goldens.get(placeName(place));
          const expected = golden?.gradients[target];
          if (golden && expected) {
            // Two hidden states can be one value: the last one of a model without a norm at its end.
            const ours = output(wrt.get(place.value) ?? "");
            const torch = upright(expected, batch);
            const difference = relative(ours, torch, (values) => realCells(values, batch, golden));
            const figure = figureOf[golden.what];
            figures[figure] = Math.max(figures[figure] ?? 0, difference);
          }
        }
      }
    }
  } finally {
    await session.release();
  }
  return figures;
}

function tensorOf(stored: StoredFloats): Tensor {
  return new Tensor("float32", storedFloats(stored), [...stored.dims]);
}

/** The largest difference over the kept elements, relative to the largest of all; absolute where torch has zeros only. */
function relative(ours: Numbers, expected: Numbers, kept: (values: Numbers) => Float32Array): number {
  return ours.dims.join() === expected.dims.join()
    ? largestDifference(kept(ours), kept(expected)) / (largest(kept(expected)) || 1)
    : Number.NaN;
}

interface Place {
  readonly golden: GoldenTensor;
  /** The value of the graph that holds it; of a lookup, the input that replaces it. */
  readonly value: string;
}

/**
 * Attention maps, where there are any, and lookups of words as the product finds them, the latter by the input that replaces them; hidden states
 * by their numbers: the first value of the graph that is what torch has there, in the first batch in which there is one (what tokens of padding
 * are computed as may differ). States that the logits do not depend on, copies made to be shown, are left out.
 */
async function placesOf(
  graph: Graph,
  embeddings: readonly Embedding[],
  batches: readonly GoldenCase[],
): Promise<Place[]> {
  const maps = new Map(findAttention(graph).map((map) => [`${map.stream} ${map.kind} ${map.layer}`, map.value]));
  const types = typesOf(graph);
  const values = graph.nodes
    .flatMap((node) => node.output)
    .filter((value) => types.get(value) === elementTypes.float32);
  const shown = new Map(values.map((value, index) => [value, `corpus/value/${index}`]));
  const session = await openSession(writeModel(modelOf(expose({ ...graph, outputs: [] }, shown))));
  try {
    const inputs = graph.inputs.map(modelValue);
    const runs = await Promise.all(
      batches
        .filter((batch) => fits(batch.inputs, inputs))
        .map(async (batch) => {
          const output = await runFloats(session, feedsOf(batch, inputs));
          return { batch, numbers: values.map((value) => output(shown.get(value) ?? "")) };
        }),
    );
    const valueAt = (wanted: GoldenTensor, among: readonly string[]) => {
      for (const { batch, numbers } of runs) {
        const golden = batch.tensors.find((tensor) => placeName(tensor) === placeName(wanted));
        const found = among.find((value) => {
          const own = numbers[values.indexOf(value)];
          return golden && own && isClose(own, { dims: golden.value.dims, data: storedFloats(golden.value) });
        });
        if (found !== undefined) {
          return found;
        }
      }
      return undefined;
    };
    const words = new Map(embeddings.flatMap((embedding) => embedding.lookups.map((value) => [value, embedding])));
    return (batches[0]?.tensors ?? []).flatMap((golden): Place[] => {
      const { what, stream, kind, layer } = golden;
      const value =
        what === "attention"
          ? maps.get(`${stream} ${kind} ${layer}`)
          : valueAt(golden, what === "embedding" ? [...words.keys()] : values);
      const reachesLogits = Object.keys(golden.gradients).length > 0;
      if (what === "hidden" ? !reachesLogits : what === "attention" && maps.size === 0) {
        return [];
      }
      if (value === undefined) {
        throw new Error(`nothing in the graph is torch's ${what} ${stream} ${layer}`);
      }
      const embedding = what === "embedding" ? words.get(value) : undefined;
      return [{ golden, value: embedding ? cutName(embedding) : value }];
    });
  } finally {
    await session.release();
  }
}

const placeName = ({ what, stream, kind, layer }: Pick<GoldenTensor, "what" | "stream" | "kind" | "layer">) =>
  `${what} ${stream} ${kind} ${layer}`;

function isClose({ dims, data }: Numbers, expected: Numbers): boolean {
  return (
    dims.join() === expected.dims.join() &&
    largestDifference(data, expected.data) <= 1e-3 * Math.max(1, largest(expected.data))
  );
}
