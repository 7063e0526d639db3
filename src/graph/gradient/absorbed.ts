import { elementTypes } from "../elementType";
import { type Graph, newNames } from "../graph";
import { makeNode } from "../node";
import { floatTensor } from "../tensor";
import { type Differentiation, differentiate } from "./differentiate";
import type { RuleSet } from "./rule";

/** Outputs of a backward pass with the relevance that goes to no word; one number each, for all rows together. */
export interface AbsorbedNames {
  /** What biases take. */
  readonly biases: string;
  /** What positions, segments and whatever else is added to words take. */
  readonly places: string;
}

/**
 * As `differentiate`, with two outputs more: Σ c·∂c over the values c that a rule set `absorbs`, each kind by itself. With what words get and what the rules do
 * not conserve they make up the target.
 */
export function withAbsorbed(
  graph: Graph,
  { wrt, ...rest }: Differentiation,
  { rules, absorbs }: RuleSet,
  names: AbsorbedNames,
): Graph {
  const fresh = newNames(graph);
  const zero = fresh("absorbed/zero");
  const kinds = [
    { name: names.biases, values: absorbs?.biases ?? [] },
    { name: names.places, values: absorbs?.places ?? [] },
  ];
  const adjoints = new Map(kinds.flatMap(({ values }) => values.map((value) => [value, fresh("absorbed/adjoint")])));
  const backward = differentiate(graph, { ...rest, wrt: new Map([...wrt, ...adjoints]) }, rules);
  const inner = new Set(adjoints.values());
  const sums = kinds.flatMap(({ name, values }) => {
    const shares = values.map((value) => ({ value, product: fresh("absorbed/product"), sum: fresh("absorbed/sum") }));
    return [
      ...shares.flatMap(({ value, product, sum }) => [
        makeNode("Mul", [value, adjoints.get(value) ?? ""], [product]),
        makeNode("ReduceSum", [product], [sum], { keepdims: 0 }),
      ]),
      makeNode("Sum", [zero, ...shares.map(({ sum }) => sum)], [name]),
    ];
  });
  return {
    ...backward,
    nodes: [...backward.nodes, ...sums],
    initialisers: new Map([...backward.initialisers, [zero, floatTensor(zero, [], Float32Array.of(0))]]),
    outputs: [
      ...backward.outputs.filter(({ name = "" }) => !inner.has(name)),
      ...kinds.map(({ name }) => ({
        name,
        type: { tensorType: { elemType: elementTypes.float32, shape: { dim: [] } } },
      })),
    ],
  };
}
