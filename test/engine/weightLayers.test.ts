import { describe, expect, it } from "vitest";
import { ModelParts } from "../../src/engine/modelParts";
import { randomisedGraph } from "../../src/engine/randomisedModel";
import { elementCount, tensorNumbers } from "../../src/graph/tensor";
import { weightLayers } from "../../src/graph/weightLayers";
import { Pacer } from "../../src/methods/pacer";
import { openModelFolder } from "../../src/models/folder";
import { sentiment } from "./support";

const folder = await openModelFolder(sentiment);
const read = new ModelParts(folder).read();

describe("the weights of a model by layers", () => {
  const layers = weightLayers(read.graph);
  const shapesOf = (names: readonly string[]) =>
    names.map((name) => (read.graph.initialisers.get(name)?.dims ?? []).join("×")).sort();

  it("are those after the last block, of each of the six blocks, and the embeddings", () => {
    expect(layers).toHaveLength(8);
    expect(shapesOf(layers[0] ?? [])).toContain("2");
    for (const block of layers.slice(1, 7)) {
      expect(shapesOf(block)).toEqual(shapesOf(layers[1] ?? []));
    }
    expect((layers[7] ?? []).some((name) => (read.graph.initialisers.get(name)?.dims[0] ?? 0) > 20_000)).toBe(true);
  });

  it("are each in one layer", () => {
    const all = layers.flat();
    expect(new Set(all).size).toBe(all.length);
  });

  it("are drawn anew with the mean and the standard deviation that they had, the same ones each time", async () => {
    const pacer = new Pacer(new AbortController().signal);
    const one = await randomisedGraph(read, 2, 5, pacer);
    const more = await randomisedGraph(read, 3, 5, pacer);
    const changed = layers.slice(0, 2).flat();
    for (const [name, tensor] of read.graph.initialisers) {
      const [before, now] = [tensor, one.graph.initialisers.get(name)];
      if (!changed.includes(name)) {
        expect(now).toBe(before);
        continue;
      }
      if (!now) {
        throw new Error(`${name} is gone`);
      }
      const [trained, drawn] = [moments(tensorNumbers(before)), moments(tensorNumbers(now))];
      expect(tensorNumbers(more.graph.initialisers.get(name) ?? now)).toEqual(tensorNumbers(now));
      if (elementCount(tensor.dims) > 10_000) {
        expect(Math.abs(drawn.mean - trained.mean) / trained.deviation).toBeLessThan(0.05);
        expect(drawn.deviation / trained.deviation).toBeCloseTo(1, 1);
      }
    }
    expect(changed.length).toBeGreaterThan(10);
  });
});

function moments(values: ArrayLike<number>): { readonly mean: number; readonly deviation: number } {
  const list = Array.from(values);
  const mean = list.reduce((sum, value) => sum + value, 0) / list.length;
  return { mean, deviation: Math.sqrt(list.reduce((sum, value) => sum + (value - mean) ** 2, 0) / list.length) };
}
