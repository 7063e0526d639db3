import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { lookSource } from "../../src/common/look";
import { createEngine, type Engine } from "../../src/engine/engine";
import { corpusFiles, corpusFolder, corpusModel } from "../support/corpus";
import { writeTinyFolder } from "../support/tinyModel";
import { never, requestFor } from "./support";

let folder: string;
let engine: Engine;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "explain-test-"));
  writeTinyFolder(folder);
  const file = corpusFiles(join(corpusFolder, "models")).find(({ label }) => label === "bert.eager.ts17.fp32");
  if (!file) {
    throw new Error("no such model");
  }
  writeFileSync(join(folder, "model.onnx"), corpusModel(file));
  // A tokenizer that gives both texts of a pair one type.
  const place = join(folder, "tokenizer.json");
  const tokenizer = JSON.parse(readFileSync(place, "utf8"));
  tokenizer.post_processor.pair = JSON.parse(
    JSON.stringify(tokenizer.post_processor.pair).replaceAll('"type_id":1', '"type_id":0'),
  );
  writeFileSync(place, JSON.stringify(tokenizer));
  engine = createEngine({ threads: 1, memoryMegabytes: 256 });
});

afterAll(async () => {
  await engine.dispose();
  rmSync(folder, { recursive: true, force: true });
});

it("heads of a pair that are pulled are those of the input that was explained, whatever types its tokenizer gives", async () => {
  const request = requestFor("one two three", {
    pair: "nine ten",
    methods: ["rollout"],
    model: { directory: folder, file: null },
  });
  const explanation = await engine.explain(request, never);
  const [looker] = explanation.attention?.lookers[1] ?? [];
  if (!looker) {
    throw new Error("nothing looks at the first word");
  }
  const { layer, head, query, weight } = looker;
  const matrix = await engine.look(lookSource(explanation, 0), { kind: "head", layer, head }, never);
  expect(matrix.values[query * matrix.keys + 1]).toBeCloseTo(weight, 6);
});
