import path from "node:path";
import { describe, expect, it } from "vitest";
import { formatMessage } from "../../../src/common/message";
import { type Contents, contentsOf } from "../../../src/graph/contents";
import { readModel, writeModel } from "../../../src/graph/modelFile";
import type { GraphProto } from "../../../src/graph/onnxSchema";
import { joinChunks } from "../../../src/graph/protobufWriter";
import { readGraph } from "../../../src/graph/readGraph";
import { corpusFiles, corpusFolder, corpusModel } from "../../support/corpus";
import { endingInSinh } from "../../support/endings";

const files = corpusFiles(path.join(corpusFolder, "models"));

function contents(label: string, change: (graph: GraphProto) => GraphProto = (graph) => graph): Contents {
  const file = files.find((candidate) => candidate.label === label);
  if (!file) {
    throw new Error(`the corpus has no ${label}`);
  }
  const model = readModel(corpusModel(file));
  const changed = model.graph ? { ...model, graph: change(model.graph) } : model;
  return contentsOf(readGraph(joinChunks(writeModel(changed))), "logits");
}

describe("what is in a model file", () => {
  it("is found by its structure, shared heads included", () => {
    const { embedding, maps, states, opset, refused } = contents("llama.eager.ts17.fp32");
    expect(embedding).toMatchObject({ vocabulary: 60, width: 32, input: "input_ids" });
    expect(maps.map(({ heads, sharedHeads }) => [heads, sharedHeads])).toEqual([
      [4, 2],
      [4, 2],
    ]);
    expect(maps.every(({ values, projection }) => values !== null && projection !== null)).toBe(true);
    expect(states.map(({ stream, layer }) => `${stream} ${layer}`)).toEqual(["main 0", "main 1", "main 2"]);
    expect(opset).toEqual({ shipped: 17, used: 18 });
    expect(refused.size).toBe(0);
  });

  it("has streams of its own in encoder and decoder", () => {
    const { maps, states } = contents("bart.eager.ts17.fp32");
    expect(new Set(maps.map(({ stream, kind }) => `${stream} ${kind}`))).toEqual(
      new Set(["encoder self", "main self", "main cross"]),
    );
    expect(states).toHaveLength(6);
    expect(maps.map(({ sharedHeads }) => sharedHeads)).toEqual(maps.map(() => null));
  });

  it("says by name which operator a rule set cannot pass", () => {
    const { refused } = contents("bert.eager.ts17.fp32", endingInSinh);
    expect([...refused.keys()]).toEqual(["gradient", "relevance", "constantAttention", "deepLift"]);
    for (const why of refused.values()) {
      expect(formatMessage(why)).toContain("the operator Sinh");
    }
  });
});
