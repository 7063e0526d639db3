import { readFileSync } from "node:fs";
import path from "node:path";
import { Tensor } from "onnxruntime-node";
import { type TracedMap, traceAttention } from "../../src/graph/attention";
import { feedValues } from "../../src/graph/attentionEdits";
import { expose } from "../../src/graph/expose";
import { type Graph, graphOf, linksOf, modelOf } from "../../src/graph/graph";
import { findHiddenStates } from "../../src/graph/hiddenStates";
import { readModel, writeModel } from "../../src/graph/modelFile";
import { normalForm } from "../../src/graph/normalForm";
import { tensorNumbers } from "../../src/graph/tensor";
import { findValues, type WeighedValues } from "../../src/graph/valueVectors";
import { type GoldenCase, type StoredFloats, storedFloats } from "./corpus";
import { feedsOf, largest, largestDifference, type Numbers, openSession, runFloats } from "./corpusMeasure";

interface Place {
  readonly stream: "encoder" | "main";
  readonly kind: "self" | "cross";
  readonly layer: number;
}

/** What torch has inside a model for the batch padded on the right; see `test/corpus/inside.py`. */
export interface GoldenInside {
  readonly maps: readonly (Place & {
    readonly values: StoredFloats;
    readonly projected: StoredFloats;
  })[];
  /** Whether torch's last hidden state comes before the final normalisation: classes of transformers differ in that. */
  readonly lastIsRaw: boolean;
  readonly logits: StoredFloats;
  /** Logits with the columns of the first map moved on by one. */
  readonly rolled: StoredFloats;
}

/** The record of an architecture. */
export function goldenInside(architecture: string, corpus: string): GoldenInside {
  return JSON.parse(readFileSync(path.join(corpus, "inside", `${architecture}.json`), "utf8"));
}

/** How far what is found is from torch, each relative to the largest element. */
export interface InsideFigures {
  readonly states: number;
  readonly values: number;
  readonly projected: number;
  readonly rolled: number;
}

const placeOf = ({ stream, kind, layer }: Place) => `${stream} ${kind} ${layer}`;

/** The normal form of a file, with its maps. */
function mapsIn(file: Uint8Array): { readonly graph: Graph; readonly maps: readonly TracedMap[] } {
  const graph = normalForm(graphOf(readModel(file)));
  return { graph, maps: traceAttention(graph) };
}

/** Compares hidden states, value vectors, output projections and edited attention with torch. */
export async function measureInside(file: Uint8Array, batch: GoldenCase, golden: GoldenInside): Promise<InsideFigures> {
  const { graph, maps } = mapsIn(file);
  const states = findHiddenStates(graph, maps);
  const torchStates = batch.tensors.filter(({ what }) => what === "hidden");
  const found = states.map(({ stream, layer }) => `${stream} ${layer}`);
  const wanted = torchStates.map(({ stream, layer }) => `${stream} ${layer}`);
  if (found.toSorted().join() !== wanted.toSorted().join()) {
    throw new Error(`found the states ${found.join(", ") || "(none)"}, but torch has ${wanted.join(", ")}`);
  }
  const weighed = findValues(graph, maps);
  const shown = new Map<string, string>();
  const show = (value: string) => {
    shown.set(value, shown.get(value) ?? `inside/${shown.size}`);
    return shown.get(value) ?? "";
  };
  const { producer } = linksOf(graph);
  const stateNames = states.map(({ value, layer }) => {
    // What torch lists last for this class is not yet normalised.
    const before = golden.lastIsRaw && layer === states.length - 1 ? producer(value)?.input[0] : undefined;
    return show(before ?? value);
  });
  const mapNames = maps.map(({ value }) => show(value));
  const valueNames = weighed.map(({ values }) => (values === null ? "" : show(values)));
  const session = await openSession(writeModel(modelOf(expose(graph, shown))));
  const figures = { states: 0, values: 0, projected: 0, rolled: 0 };
  const feeds = feedsOf(
    batch,
    graph.inputs.map(({ name = "" }) => ({ name })),
  );
  const output = await runFloats(session, feeds);
  await session.release();
  states.forEach(({ stream, layer }, at) => {
    const torch = torchStates.find((tensor) => tensor.stream === stream && tensor.layer === layer);
    figures.states = Math.max(figures.states, off(output(stateNames[at] ?? ""), torch?.value));
  });
  maps.forEach((map, at) => {
    const torch = golden.maps.find((other) => placeOf(other) === placeOf(map));
    const values = output(valueNames[at] ?? "");
    figures.values = Math.max(figures.values, off(values, torch?.values));
    const projected = project(output(mapNames[at] ?? ""), values, weighed[at]?.projection ?? null, graph);
    figures.projected = Math.max(figures.projected, off(projected, torch?.projected));
  });
  const logits = graph.outputs[0]?.name ?? "";
  // The map that depends on no other: in the encoder, if there is one.
  const first = maps.findIndex(
    ({ stream, kind, layer }) =>
      layer === 0 && kind === "self" && (stream === "encoder" || maps.every((map) => map.stream === "main")),
  );
  const map = output(mapNames[first] ?? "");
  const edited = feedValues(graph, new Map([[maps[first]?.value ?? "", "map/0"]]));
  const fed = { ...feeds, "map/0": new Tensor("float32", rolled(map), [...map.dims]) };
  figures.rolled = off(await logitsOf(edited, logits, fed), golden.rolled);
  return figures;
}

async function logitsOf(graph: Graph, logits: string, feeds: Readonly<Record<string, Tensor>>): Promise<Numbers> {
  const session = await openSession(writeModel(modelOf(graph)));
  const read = new Set(session.inputNames);
  const output = await runFloats(session, Object.fromEntries(Object.entries(feeds).filter(([name]) => read.has(name))));
  await session.release();
  return output(logits);
}

function off(ours: Numbers, expected: StoredFloats | undefined): number {
  if (!expected || ours.dims.join() !== expected.dims.join()) {
    throw new Error(`[${ours.dims}] where torch has [${expected?.dims}]`);
  }
  const torch = storedFloats(expected);
  return largestDifference(ours.data, torch) / largest(torch);
}

/** Each row moved on by one, the last number to the front. */
function rolled({ dims, data }: Numbers): Float32Array {
  const keys = dims.at(-1) ?? 1;
  return data.map((_, at) => data[at % keys === 0 ? at + keys - 1 : at - 1] ?? Number.NaN);
}

/** Joins the heads of map·values and applies the projection, in double precision. */
function project(map: Numbers, values: Numbers, projection: WeighedValues["projection"], graph: Graph): Numbers {
  const weight = graph.initialisers.get(projection?.weight ?? "");
  const [batch = 0, heads = 0, queries = 0, keys = 0] = map.dims;
  const width = values.dims[3] ?? 0;
  const outputs = weight?.dims[projection?.transposed ? 0 : 1] ?? 0;
  if (!weight || !projection || weight.dims[projection.transposed ? 1 : 0] !== heads * width) {
    throw new Error("no output projection was found");
  }
  const numbers = tensorNumbers(weight);
  const bias = projection.bias === null ? undefined : graph.initialisers.get(projection.bias);
  const shift = bias && tensorNumbers(bias);
  const data = new Float32Array(batch * queries * outputs);
  for (let row = 0; row < batch * queries; row++) {
    const [text, query] = [Math.floor(row / queries), row % queries];
    const context = Array.from({ length: heads * width }, (_, at) => {
      const [head, d] = [Math.floor(at / width), at % width];
      let sum = 0;
      for (let key = 0; key < keys; key++) {
        const weightOfKey = map.data[((text * heads + head) * queries + query) * keys + key] ?? 0;
        sum += weightOfKey * (values.data[((text * heads + head) * keys + key) * width + d] ?? 0);
      }
      return sum;
    });
    for (let out = 0; out < outputs; out++) {
      const inner = context.reduce(
        (sum, value, at) =>
          sum + value * (numbers[projection.transposed ? out * heads * width + at : at * outputs + out] ?? 0),
        shift?.[out] ?? 0,
      );
      data[row * outputs + out] = inner;
    }
  }
  return { dims: [batch, queries, outputs], data };
}
