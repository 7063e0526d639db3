import { describe, expect, it } from "vitest";
import { makeDifferentiable } from "../../../src/graph/differentiable";
import { elementTypes } from "../../../src/graph/elementType";
import { graphOf } from "../../../src/graph/graph";
import { graphProto, model, node, shaped, weight } from "./build";

describe("a backward pass", () => {
  it("of more steps than the runtime can plan is refused", () => {
    const made = (length: number) => {
      const chain = Array.from({ length }, (_, i) => node(`${i === length - 1 ? "y" : `v${i + 1}`} = Softmax(v${i})`));
      const nodes = [node("v0 = Gather(table, ids)"), ...chain];
      const inputs = [shaped("ids", ["batch", "tokens"], elementTypes.int64)];
      const graph = graphOf(model(graphProto(nodes, inputs, ["y"], [weight("table", [50, 4])]), 18));
      return () => makeDifferentiable(graph, "y", "deepLift");
    };
    expect(made(20)).not.toThrow();
    expect(made(600)).toThrow(/more than 30000 steps/);
  });
});
