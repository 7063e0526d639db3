import { describe, expect, it } from "vitest";
import { makeExplainable } from "../../../src/graph/explainable";
import { graphOf } from "../../../src/graph/graph";
import { writeModel } from "../../../src/graph/modelFile";
import { makeNode, operatorOf } from "../../../src/graph/node";
import { normalForm } from "../../../src/graph/normalForm";
import type { ModelProto, NodeProto, ValueInfoProto } from "../../../src/graph/onnxSchema";
import { joinChunks } from "../../../src/graph/protobufWriter";
import { readGraph } from "../../../src/graph/readGraph";
import { graphProto, model, node, weight } from "./build";

type Settings = Readonly<Record<string, number | string>>;

function decoder(line: string, settings: Settings): ModelProto {
  const { opType = "", input, output } = node(line);
  const attention: NodeProto = { ...makeNode(opType, input, output, settings), domain: "com.microsoft" };
  const projections = ["q", "k", "v"].map((name) => node(`${name} = MatMul(x, w${name})`));
  const x: ValueInfoProto = {
    name: "x",
    type: {
      tensorType: { elemType: 1, shape: { dim: [{ dimParam: "batch" }, { dimParam: "tokens" }, { dimValue: 8 }] } },
    },
  };
  const weights = [weight("wq", [8, 8]), weight("wk", [8, 4]), weight("wv", [8, 4]), weight("cos", [5, 1])];
  return model(
    graphProto(
      [...projections, attention],
      [x],
      output.filter((name) => name !== ""),
      weights,
    ),
  );
}

const operators = (line: string, settings: Settings) =>
  normalForm(graphOf(decoder(line, settings))).nodes.map(operatorOf);

const heads = { num_heads: 4, kv_num_heads: 2 };

describe("attention of decoders in one operator", () => {
  it("is written out where its workings are known and nothing returns its keys", () => {
    const found = operators("y = GroupQueryAttention(q, k, v, , , x, x)", heads);
    expect(found).toContain("Softmax");
    expect(found).not.toContain("com.microsoft.GroupQueryAttention");
  });

  it.each<[string, Settings]>([
    ["y, keys = GroupQueryAttention(q, k, v, , , x, x)", heads],
    ["y = GroupQueryAttention(q, k, v, x, x, x, x)", heads],
    ["y = GroupQueryAttention(q, k, v, , , x, x, , , , , x)", heads],
    ["y = GroupQueryAttention(q, k, v, , , x, x)", { ...heads, smooth_softmax: 1 }],
    ["y = GroupQueryAttention(q, k, v, , , x, x)", { ...heads, k_quant_type: "PER_TENSOR" }],
    ["y = GroupQueryAttention(q, k, v, , , x, x)", { num_heads: 4, kv_num_heads: 3 }],
    ["y = GroupQueryAttention(q, k, v, , , x, x)", { num_heads: 4 }],
    ["y = GroupQueryAttention(q, k, v, , , x, x, cos, wq)", { ...heads, do_rotary: 1 }],
    ["y = GroupQueryAttention(x, k, v, , , x, x)", heads],
    ["y = RotaryEmbedding(q, x, cos, cos)", {}],
    ["y = RotaryEmbedding(q, x, cos, wq)", {}],
  ])("stays where it is %s %j", (line, settings) => {
    expect(operators(line, settings).at(-1)).toMatch(/^com\.microsoft\./);
  });

  it.each(["DecoderMaskedMultiHeadAttention", "DecoderMaskedSelfAttention"])("is named where it is %s", (operator) => {
    const file = joinChunks(writeModel(decoder(`y = ${operator}(q, k, v)`, { num_heads: 4 })));
    const { attention, attentionMissing } = makeExplainable(readGraph(file));
    expect(attention).toEqual([]);
    expect(attentionMissing?.args).toEqual([`com.microsoft.${operator}`]);
  });
});
