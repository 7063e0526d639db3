import type { ShapeRule } from "./rule";
import { elementwise } from "./rules/elementwise";
import { made } from "./rules/made";
import { picking } from "./rules/picking";
import { pieces } from "./rules/pieces";
import { products } from "./rules/products";
import { reductions } from "./rules/reductions";
import { shaping } from "./rules/shaping";

/** What each operator returns, by its name. */
export const shapeRules: ReadonlyMap<string, ShapeRule> = new Map(
  [elementwise, reductions, products, shaping, pieces, picking, made].flatMap((family) => Object.entries(family)),
);
