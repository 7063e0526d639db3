import { Tensor } from "onnxruntime-node";
import { findAttention } from "../../src/graph/attention";
import { elementTypes } from "../../src/graph/elementType";
import { type Embedding, findEmbeddings } from "../../src/graph/embedding";
import { expose } from "../../src/graph/expose";
import { cutEmbedding } from "../../src/graph/gradient/cutEmbedding";
import { differentiate } from "../../src/graph/gradient/differentiate";
import { type Graph, graphOf, modelOf } from "../../src/graph/graph";
import { readModel, writeModel } from "../../src/graph/modelFile";
import { normalForm } from "../../src/graph/normalForm";
import { typesOf } from "../../src/graph/types";
import { type GoldenCase, type GoldenCases, type GoldenTensor, type StoredFloats, storedFloats } from "./corpus";
import {
  feedsOf,
  largest,
  largestDifference,
  lastText,
  type Numbers,
  openSession,
  realCells,
  runFloats,
} from "./corpusMeasure";

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
export async function measureGradients(file: Uint8Array, cases: GoldenCases): Promise<GradientFigures> {
  const graph = normalForm(graphOf(readModel(file)));
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
  const figures = { embeddings: 0, maps: 0, states: 0, paddedGradients: 0 };
  const seen: Record<string, Float32Array[]> = { single: [], right: [], left: [] };
  try {
    for (const [name, batch] of Object.entries(cases)) {
      const plain = feedsOf(
        batch,
        backward.inputs.flatMap((input) => (input.name && input.name in batch.inputs ? [{ name: input.name }] : [])),
      );
      const goldens = new Map(batch.tensors.map((tensor) => [placeName(tensor), tensor]));
      const outputs = wanted.map((tensor) => ({ output: tensor.output, golden: goldens.get(placeName(tensor)) }));
      const fed = lookups.flatMap((tensor) => {
        const looked = goldens.get(placeName(tensor));
        return looked ? [[tensor.value, tensorOf(looked.value)] as const] : [];
      });
      for (const [target, seed] of Object.entries(batch.seeds)) {
        const output = await runFloats(session, {
          ...plain,
          ...Object.fromEntries(fed),
          [seedInput]: tensorOf(seed),
        });
        for (const { output: gradientName, golden } of outputs) {
          const expected = golden?.gradients[target];
          if (golden && expected) {
            const ours = output(gradientName);
            const difference = relative(ours, expected, (values) => realCells(values, batch, golden));
            figures[figureOf[golden.what]] = Math.max(figures[figureOf[golden.what]], difference);
          }
        }
        for (const { output: gradient } of lookups) {
          seen[name]?.push(lastText(output(gradient), batch));
        }
      }
    }
  } finally {
    await session.release();
  }
  for (const [index, alone] of (seen.single ?? []).entries()) {
    const difference = largestDifference(seen.right?.[index] ?? new Float32Array(), alone);
    figures.paddedGradients = Math.max(figures.paddedGradients, difference / (largest(alone) || 1));
  }
  return figures;
}

function tensorOf(stored: StoredFloats): Tensor {
  return new Tensor("float32", storedFloats(stored), [...stored.dims]);
}

/** The largest difference over the kept elements, relative to the largest of all; absolute where torch has zeros only. */
function relative(ours: Numbers, expected: StoredFloats, kept: (values: Numbers) => Float32Array): number {
  const all = { dims: expected.dims, data: storedFloats(expected) };
  return ours.dims.join() === expected.dims.join()
    ? largestDifference(kept(ours), kept(all)) / (largest(kept(all)) || 1)
    : Number.NaN;
}

interface Place {
  readonly golden: GoldenTensor;
  /** The value of the graph that holds it; of a lookup, the input that replaces it. */
  readonly value: string;
}

/**
 * Attention maps and lookups of words as the product finds them, the latter by the input that replaces them; hidden states by their numbers: the first value of the graph that is what torch has there, in the
 * first batch in which there is one (what tokens of padding are computed as may differ).
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
    const inputs = graph.inputs.map(({ name = "" }) => ({ name }));
    const runs = await Promise.all(
      batches.map(async (batch) => {
        const output = await runFloats(session, feedsOf(batch, inputs));
        return { batch, numbers: values.map((value) => output(shown.get(value) ?? "")) };
      }),
    );
    const valueAt = (wanted: GoldenTensor, among: readonly string[]) => {
      for (const { batch, numbers } of runs) {
        const golden = batch.tensors.find((tensor) => placeName(tensor) === placeName(wanted));
        const found = among.find((value) => {
          const own = numbers[values.indexOf(value)];
          return golden && own && isClose(own, golden.value);
        });
        if (found !== undefined) {
          return found;
        }
      }
      return undefined;
    };
    const words = new Map(embeddings.flatMap((embedding) => embedding.lookups.map((value) => [value, embedding])));
    return (batches[0]?.tensors ?? []).map((golden): Place => {
      const { what, stream, kind, layer } = golden;
      const value =
        what === "attention"
          ? maps.get(`${stream} ${kind} ${layer}`)
          : valueAt(golden, what === "embedding" ? [...words.keys()] : values);
      if (value === undefined) {
        throw new Error(`nothing in the graph is torch's ${what} ${stream} ${layer}`);
      }
      const embedding = what === "embedding" ? words.get(value) : undefined;
      return { golden, value: embedding ? cutName(embedding) : value };
    });
  } finally {
    await session.release();
  }
}

const placeName = ({ what, stream, kind, layer }: Pick<GoldenTensor, "what" | "stream" | "kind" | "layer">) =>
  `${what} ${stream} ${kind} ${layer}`;

function isClose({ dims, data }: Numbers, golden: StoredFloats): boolean {
  const expected = storedFloats(golden);
  return (
    dims.join() === golden.dims.join() && largestDifference(data, expected) <= 1e-3 * Math.max(1, largest(expected))
  );
}
