import { describe, expect, it } from "vitest";
import { elementTypes } from "../../../src/graph/elementType";
import { graphOf } from "../../../src/graph/graph";
import type { NodeProto, TensorProto } from "../../../src/graph/onnxSchema";
import { makeTensor } from "../../../src/graph/tensor";
import { typesOf } from "../../../src/graph/types";
import { graphProto, model, node, value, weight } from "./build";

function typeOf(nodes: readonly NodeProto[], constants: readonly TensorProto[] = []) {
  const outputs = nodes.at(-1)?.output.slice(0, 1) ?? [];
  const proto = graphProto(nodes, [value("x")], outputs, [weight("scale", []), ...constants]);
  const untyped = { ...proto, output: outputs.map((name) => ({ name })) };
  return typesOf(graphOf(model(untyped))).get(outputs[0] ?? "");
}

describe("element types", () => {
  it("of quantised values are those of their zero point, what is asked for, or 8 bits without sign", () => {
    const zero = makeTensor("zero", elementTypes.int8, [], Uint8Array.of(0));
    expect(typeOf([node("y = QuantizeLinear(x, scale, zero)")], [zero])).toBe(elementTypes.int8);
    expect(typeOf([node("y = QuantizeLinear(x, scale)")])).toBe(elementTypes.uint8);
    const asked = node("y = QuantizeLinear(x, scale)", { output_dtype: elementTypes.int16 });
    expect(typeOf([asked])).toBe(elementTypes.int16);
    expect(typeOf([node("y, s, z = DynamicQuantizeLinear(x)")])).toBe(elementTypes.uint8);
    const back = [node("q = QuantizeLinear(x, scale, zero)"), node("y = DequantizeLinear(q, scale, zero)")];
    expect(typeOf(back, [zero])).toBe(elementTypes.float32);
  });
});
