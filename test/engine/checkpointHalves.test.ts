import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Explanation } from "../../src/common/explanation";
import { createEngine, type Engine } from "../../src/engine/engine";
import { ModelParts } from "../../src/engine/modelParts";
import { makeShipped } from "../../src/graph/shipped";
import { openModelFolder } from "../../src/models/folder";
import { checkpointGolden, type StoredType, safetensorsFile } from "../support/checkpointCorpus";
import { writeTinyFolder } from "../support/tinyModel";
import { never, requestFor } from "./support";

/** The sizes of the tiny checkpoint, and those of one whose matrices are left where they lie. */
const larger = new Map([
  [16, 192],
  [24, 384],
]);
const text = "one two three four five six";

let folder: string;
let engine: Engine;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "checkpoint-"));
  engine = createEngine({ threads: 1, memoryMegabytes: 512 });
});

afterAll(async () => {
  await engine.dispose();
  rmSync(folder, { recursive: true, force: true });
});

/** A BERT of 192 numbers in a state, stored in a way; its numbers are the same in each. */
function checkpoint(type: StoredType): string {
  const directory = join(folder, type);
  mkdirSync(directory, { recursive: true });
  const { config, tensors } = checkpointGolden("bert.classes");
  const grown = Object.entries(tensors).map(([name, dims]) => [
    name,
    // The second size of what is looked up is that of a state; the first is how many there are.
    dims.map((size, axis) => (name.includes("embeddings.weight") && axis === 0 ? size : (larger.get(size) ?? size))),
  ]);
  writeTinyFolder(directory, { special: true }, { ...config, hidden_size: 192, intermediate_size: 384 });
  writeFileSync(join(directory, "model.safetensors"), safetensorsFile(Object.fromEntries(grown), type));
  return directory;
}

async function explained(directory: string): Promise<Explanation> {
  const model = { directory, file: null };
  return await engine.explain(requestFor(text, { model, methods: ["gradientXInput", "lrp", "alti"] }), never);
}

function numbersOf({ prediction, attributions }: Explanation): number[] {
  const logits = prediction.kind === "classes" ? prediction.classes.map(({ logit }) => logit) : [];
  return [...logits, ...attributions.flatMap(({ scores }) => scores)];
}

describe("large weights of 16 bits", () => {
  it.each(["F16", "BF16"] as const)(
    "are left in their file as %s, and give the numbers of 32-bit ones",
    async (type) => {
      const directory = checkpoint(type);
      const parts = new ModelParts(await openModelFolder({ directory, file: null }));
      const { weightBytes, ownBytes } = makeShipped(parts.read().graph, "logits");
      expect(ownBytes / weightBytes).toBeLessThan(0.2);
      const [own, whole] = [await explained(directory), await explained(checkpoint("F32"))];
      expect(own.attributions).toHaveLength(3);
      const expected = numbersOf(whole);
      expect(expected.length).toBeGreaterThan(20);
      numbersOf(own).forEach((value, at) => {
        expect(value).toBeCloseTo(expected[at] ?? Number.NaN, 5);
      });
    },
  );
});
