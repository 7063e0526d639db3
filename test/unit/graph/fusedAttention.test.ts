import { describe, expect, it } from "vitest";
import { findAttention } from "../../../src/graph/attention";
import { type Graph, graphOf } from "../../../src/graph/graph";
import { operatorOf } from "../../../src/graph/node";
import { normalForm } from "../../../src/graph/normalForm";
import type { NodeProto, ValueInfoProto } from "../../../src/graph/onnxSchema";
import { tensorNumbers } from "../../../src/graph/tensor";
import { graphProto, model, node, value, weight } from "./build";

const matrix: ValueInfoProto = {
  name: "mask",
  type: { tensorType: { elemType: 6, shape: { dim: [{ dimParam: "batch" }, { dimParam: "keys" }] } } },
};

function microsoft(line: string, settings: Readonly<Record<string, number>>): NodeProto {
  return { ...node(line, settings), domain: "com.microsoft" };
}

function normal(attention: NodeProto, others: readonly NodeProto[] = [], opset = 17): Graph {
  const w = weight("w", [2, 12]);
  const counted = { ...w, rawData: new Uint8Array(Float32Array.from({ length: 24 }, (_, i) => i).buffer) };
  const inputs = [value("x"), matrix, value("lengths", 6), value("bias4")];
  return normalForm(
    graphOf(model(graphProto([...others, attention], inputs, attention.output, [counted, weight("b", [12])]), opset)),
  );
}

describe("writing fused attention out", () => {
  it("gives each projection its columns and finds the map", () => {
    const graph = normal(microsoft("y = Attention(x, w, b, mask)", { num_heads: 2 }));
    expect(findAttention(graph)).toMatchObject([{ layer: 0, kind: "self" }]);
    const cut = [...graph.initialisers.values()].filter((tensor) => tensor.dims.length === 2);
    expect(cut.map((tensor) => [...tensorNumbers(tensor)])).toEqual([
      [0, 1, 2, 3, 12, 13, 14, 15],
      [4, 5, 6, 7, 16, 17, 18, 19],
      [8, 9, 10, 11, 20, 21, 22, 23],
    ]);
  });

  it("takes masks of known rank, those counted by the fused embedding, and none", () => {
    const cast = node("m32 = Cast(mask)", { to: 6 });
    const embed = microsoft("e, m = EmbedLayerNormalization(x, x, x, x, x, x, x, mask)", {});
    const ways: readonly (readonly [string, readonly NodeProto[]])[] = [
      ["y = Attention(x, w, b)", []],
      ["y = Attention(x, w, b, m32)", [cast]],
      ["y = Attention(e, w, b, m)", [embed]],
      ["y = Attention(x, w, b, mask, , bias4)", []],
    ];
    for (const [line, others] of ways) {
      expect(normal(microsoft(line, { num_heads: 2 }), others).nodes.map(operatorOf)).toContain("Softmax");
    }
    expect(findAttention(normal(microsoft("y = Attention(x, w, b)", { num_heads: 2 }), [], 11))).toHaveLength(1);
  });

  it("takes lengths that were counted from a mask", () => {
    const counted = (axes: number[], keepdims = 0) =>
      normal(
        microsoft("y = Attention(x, w, b, m32)", { num_heads: 2 }),
        [
          node("ones = Cast(mask)", { to: 6 }),
          node("c = ReduceSum(ones)", { axes, keepdims }),
          node("m32 = Cast(c)", { to: 6 }),
        ],
        11,
      );
    expect(findAttention(counted([1]))).toHaveLength(1);
    expect(counted([1]).nodes.map(operatorOf)).not.toContain("ReduceSum");
    expect(findAttention(counted([0]))).toHaveLength(0);
    expect(findAttention(counted([0, 1]))).toHaveLength(0);
    expect(findAttention(counted([1], 1))).toHaveLength(0);
  });

  it.each([
    ["y = Attention(x, w, b, lengths)", { num_heads: 2 }],
    ["y = Attention(x, w, b, mask, bias4)", { num_heads: 2 }],
    ["y, present = Attention(x, w, b, mask)", { num_heads: 2 }],
    ["y = Attention(x, w, b, mask)", { num_heads: 2, do_rotary: 1 }],
    ["y = Attention(x, w, b, mask)", { num_heads: 3 }],
    ["y = Attention(x, w, b, mask)", {}],
    ["y = Attention(x, x, b, mask)", { num_heads: 2 }],
  ] as const)("leaves %s %j, which it does not know", (line, settings) => {
    expect(normal(microsoft(line, settings)).nodes.map(operatorOf)).toEqual(["com.microsoft.Attention"]);
  });
});
