import { describe, expect, it } from "vitest";
import { graphOf } from "../../../src/graph/graph";
import { operatorOf } from "../../../src/graph/node";
import { roundedActivations } from "../../../src/graph/passes/roundedActivations";
import { graphProto, model, node, value, weight } from "./build";

function operatorsAfter(quantised: string, dequantised: string): string[] {
  const nodes = [node(`q = QuantizeLinear(${quantised})`), node(`d = DequantizeLinear(q, ${dequantised})`)];
  const weights = [weight("s"), weight("s2"), weight("z"), weight("w")];
  const graph = graphOf(model(graphProto(nodes, [value("x")], ["d"], weights)));
  return roundedActivations(graph).nodes.map((n) => `${operatorOf(n)} ${n.input[0]}`);
}

describe("rounding of activations", () => {
  it("is taken out", () => {
    expect(operatorsAfter("x, s, z", "s, z")).toEqual(["QuantizeLinear x", "Identity x"]);
  });

  it("stays where it is read on another grid, and for weights", () => {
    expect(operatorsAfter("x, s, z", "s2, z")).toEqual(["QuantizeLinear x", "DequantizeLinear q"]);
    expect(operatorsAfter("w, s, z", "s, z")).toEqual(["QuantizeLinear w", "DequantizeLinear q"]);
  });
});
