import type { Graph } from "../graph/graph";
import type { TensorProto } from "../graph/onnxSchema";
import type { ReadGraph } from "../graph/readGraph";
import { elementCount, floatTensor, tensorNumbers } from "../graph/tensor";
import { weightLayers } from "../graph/weightLayers";
import { SeededRandom } from "../methods/maths/random";
import type { Pacer } from "../methods/pacer";
import type { ModelParts } from "./modelParts";

/** Weights drawn in one turn. */
const weightsPerTurn = 2 ** 18;
const stream = 307;

/** Remembered, since a graph may have to be read for it. */
const layerCounts = new WeakMap<Pick<ModelParts, "read">, number>();

/** How many groups of layers {@link randomisedGraph} can replace in a model, from the output down. */
export function layerCount(parts: Pick<ModelParts, "read">): number {
  const count = layerCounts.get(parts) ?? weightLayers(parts.read().graph).length;
  layerCounts.set(parts, count);
  return count;
}

/**
 * The graph of a model whose layers are replaced by random ones from the output down, so many groups of them (Adebayo et al. 2018, cascading randomisation): each weight is drawn
 * uniformly, with the mean and the standard deviation of its tensor. The same seed draws the same weights, however many layers are replaced.
 */
export async function randomisedGraph(
  { graph }: ReadGraph,
  layers: number,
  seed: number,
  pacer: Pacer,
): Promise<ReadGraph> {
  const initialisers = new Map(graph.initialisers);
  const names = [...graph.initialisers.keys()];
  for (const name of weightLayers(graph).slice(0, layers).flat()) {
    const tensor = graph.initialisers.get(name);
    if (tensor) {
      initialisers.set(
        name,
        await drawn(name, tensor, SeededRandom.fromSeed(seed, stream + names.indexOf(name)), pacer),
      );
    }
  }
  const changed: Graph = { ...graph, initialisers };
  return { shipped: changed, graph: changed };
}

async function drawn(name: string, tensor: TensorProto, random: SeededRandom, pacer: Pacer): Promise<TensorProto> {
  const trained = tensorNumbers(tensor);
  const count = elementCount(tensor.dims);
  let [sum, squares] = [0, 0];
  for (let at = 0; at < count; at++) {
    const value = trained[at] ?? 0;
    sum += value;
    squares += value * value;
    if (at % weightsPerTurn === 0) {
      await pacer.rest();
    }
  }
  const mean = sum / count;
  const reach = Math.sqrt(3 * Math.max(0, squares / count - mean * mean));
  const values = new Float32Array(count);
  for (let at = 0; at < count; at++) {
    values[at] = mean + reach * (random.word() / 2 ** 31 - 1);
    if (at % weightsPerTurn === 0) {
      await pacer.rest();
    }
  }
  return floatTensor(name, tensor.dims, values);
}
