import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { formatMessage } from "../../src/common/message";
import type { MethodId } from "../../src/common/method";
import { createEngine, type Engine } from "../../src/engine/engine";
import { readModel, writeModel } from "../../src/graph/modelFile";
import { makeNode } from "../../src/graph/node";
import { joinChunks } from "../../src/graph/protobufWriter";
import { corpusFiles, corpusFolder, corpusModel } from "../support/corpus";
import { writeTinyFolder } from "../support/tinyModel";
import { never, reasonOf, requestFor } from "./support";

let folder = "";
let engine: Engine;

/** A model with an operator that gradients cannot pass. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "left-out-"));
  writeTinyFolder(folder);
  const file = corpusFiles(join(corpusFolder, "models")).find(({ label }) => label === "bert.eager.ts17.fp32");
  const model = file && readModel(corpusModel(file));
  if (!model?.graph) {
    throw new Error("no such model");
  }
  const nodes = model.graph.node.map((one) => ({ ...one, output: one.output.map((v) => (v === "logits" ? "v" : v)) }));
  const graph = { ...model.graph, node: [...nodes, makeNode("Sinh", ["v"], ["logits"])] };
  await writeFile(join(folder, "model.onnx"), joinChunks(writeModel({ ...model, graph })));
  engine = createEngine({ threads: 1, memoryMegabytes: 256 });
});

afterAll(async () => {
  await engine.dispose();
  await rm(folder, { recursive: true, force: true });
});

const explain = (...methods: MethodId[]) =>
  engine.explain(requestFor("one two three", { model: { directory: folder, file: null }, methods }), never);

describe("a method that a model does not let pass", () => {
  it("is left out by name and reason, and the others go on", async () => {
    const { attributions, warnings } = await explain("lrp", "occlusion", "deepLift");
    expect(attributions.map(({ method }) => method)).toEqual(["occlusion"]);
    const said = warnings.map(formatMessage).filter((warning) => warning.startsWith("Left out"));
    expect(said).toEqual([
      expect.stringMatching(/^Left out: Relevance .*Sinh/),
      expect.stringMatching(/^Left out: DeepLIFT.*Sinh/),
    ]);
  });

  it("is the error where no other was asked for", async () => {
    expect(await reasonOf(explain("lrp"))).toBe("operator-unsupported");
    expect(await reasonOf(explain("saliency", "deepLift"))).toBe("operator-unsupported");
  });
});
