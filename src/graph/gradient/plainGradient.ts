import type { Rule, Rules } from "./rule";
import { arithmetic } from "./rules/arithmetic";
import { convolutions } from "./rules/convolutions";
import { functions } from "./rules/functions";
import { normalisations } from "./rules/normalisation";
import { picking } from "./rules/picking";
import { pieces } from "./rules/pieces";
import { products } from "./rules/products";
import { reductions } from "./rules/reductions";
import { shaping } from "./rules/shaping";
import { distributions } from "./rules/softmax";

/** The rules of the exact gradient, one for every operator that has one. */
export const plainGradient: Rules = new Map(
  [
    arithmetic,
    functions,
    products,
    convolutions,
    distributions,
    normalisations,
    reductions,
    shaping,
    pieces,
    picking,
  ].flatMap((family) => [...family]),
);

/** Rules of other sets, made of those of the gradient: for each of the operators, named with spaces between, what `change` makes of its rule. */
export function changed(operators: string, change: (plain: Rule) => Rule): [string, Rule][] {
  return operators.split(" ").flatMap((operator) => {
    const plain = plainGradient.get(operator);
    return plain ? [[operator, change(plain)] as [string, Rule]] : [];
  });
}
