import { type Graph, newNames } from "../graph";
import { makeNode } from "../node";
import { integerTensor } from "../tensor";
import { type Differentiation, differentiate } from "./differentiate";

/**
 * As `differentiate` with respect to attention maps A [batch, heads, queries, keys]; instead of the gradients ∂A the outputs hold
 * mean over heads of max(0, ∂A ⊙ A), float [batch, queries, keys] (Chefer, Gur and Wolf, ICCV 2021, eq. 5).
 */
export function gradientWeighted(graph: Graph, { wrt, ...rest }: Differentiation): Graph {
  const fresh = newNames(graph);
  const gradients = new Map([...wrt.keys()].map((map) => [map, fresh(`gradient/of/${map}`)]));
  const backward = differentiate(graph, { ...rest, wrt: gradients });
  const headAxis = integerTensor(fresh("gradient/heads"), [1], [1n]);
  const weighed = [...wrt].flatMap(([map, output]) => {
    const [product, positive] = [fresh("gradient/weighted"), fresh("gradient/positive")];
    const byOpset = backward.opset >= 18;
    return [
      makeNode("Mul", [gradients.get(map) ?? "", map], [product]),
      makeNode("Relu", [product], [positive]),
      byOpset
        ? makeNode("ReduceMean", [positive, headAxis.name ?? ""], [output], { keepdims: 0 })
        : makeNode("ReduceMean", [positive], [output], { axes: [1], keepdims: 0 }),
    ];
  });
  const names = new Map([...gradients].map(([map, gradient]) => [gradient, wrt.get(map) ?? ""]));
  return {
    ...backward,
    nodes: [...backward.nodes, ...weighed],
    initialisers: new Map([...backward.initialisers, [headAxis.name ?? "", headAxis]]),
    outputs: backward.outputs.map((output) => {
      const name = names.get(output.name ?? "");
      return name === undefined ? output : { ...output, name };
    }),
  };
}
