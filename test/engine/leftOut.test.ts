import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { formatMessage } from "../../src/common/message";
import type { MethodId } from "../../src/common/method";
import { createEngine, type Engine } from "../../src/engine/engine";
import { elementTypes } from "../../src/graph/elementType";
import { readModel, writeModel } from "../../src/graph/modelFile";
import type { GraphProto } from "../../src/graph/onnxSchema";
import { joinChunks } from "../../src/graph/protobufWriter";
import { corpusFiles, corpusFolder, corpusModel } from "../support/corpus";
import { endingInSinh } from "../support/endings";
import { writeTinyFolder } from "../support/tinyModel";
import { never, reasonOf, requestFor } from "./support";

let folder = "";
let single = "";
let engine: Engine;

/** A small model, changed before it is written. */
async function writeModelAs(directory: string, change: (graph: GraphProto) => GraphProto): Promise<void> {
  writeTinyFolder(directory);
  const file = corpusFiles(join(corpusFolder, "models")).find(({ label }) => label === "bert.eager.ts17.fp32");
  const model = file && readModel(corpusModel(file));
  if (!model?.graph) {
    throw new Error("no such model");
  }
  await writeFile(join(directory, "model.onnx"), joinChunks(writeModel({ ...model, graph: change(model.graph) })));
}

/** Inputs as an export without a dynamic batch axis has them. */
function forOneText(graph: GraphProto): GraphProto {
  const input = graph.input.map(({ name = "" }) => {
    const dim = [{ dimValue: 1 }, { dimParam: "tokens" }];
    return { name, type: { tensorType: { elemType: elementTypes.int64, shape: { dim } } } };
  });
  return { ...graph, input };
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "left-out-"));
  single = await mkdtemp(join(tmpdir(), "left-out-"));
  await writeModelAs(folder, endingInSinh);
  await writeModelAs(single, forOneText);
  engine = createEngine({ threads: 1, memoryMegabytes: 256 });
});

afterAll(async () => {
  await engine.dispose();
  for (const directory of [folder, single]) {
    await rm(directory, { recursive: true, force: true });
  }
});

const explainIn = (directory: string, ...methods: MethodId[]) =>
  engine.explain(requestFor("one two three", { model: { directory, file: null }, methods }), never);
const explain = (...methods: MethodId[]) => explainIn(folder, ...methods);

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

  it("may be of any kind: attention of a layer that is not there takes nothing with it", async () => {
    const request = requestFor("one two three", { model: { directory: single, file: null }, layer: 20 });
    const { attributions, warnings } = await engine.explain(
      { ...request, methods: ["attention", "occlusion", "rollout"] },
      never,
    );
    expect(attributions.map(({ method }) => method)).toEqual(["occlusion", "rollout"]);
    expect(warnings.map(formatMessage)).toContainEqual(
      expect.stringMatching(/^Left out: Attention: The chosen layer does not exist/),
    );
  });

  it("is none that compares two texts, for a model that reads one at a time", async () => {
    const { attributions } = await explainIn(single, "deepLift", "saliency");
    expect(attributions.map(({ method }) => method)).toEqual(["deepLift", "saliency"]);
    expect(attributions[0]?.quality.completenessGap).toBeLessThan(1e-3);
  });
});
