import { attributeOf, integerAttribute, operatorOf } from "../../node";
import { axisFromFront } from "../../shapes/dims";
import type { Rule, Step } from "../rule";
import { unbroadcast } from "../unbroadcast";
import type { Writer } from "../writer";

/*
 * Normalisation of each token's vector: y = n·s + b with n = (x − m)/σ, m the mean and σ² = mean((x − m)²) + ε over the last axes. With h = g·s, the
 * adjoint of n:
 *
 *   ∂x = (h − mean(h) − n·mean(h·n)) / σ,   ∂s = Σ g·n,   ∂b = Σ g   (summed over all tokens)
 *
 * The two means take out of h what x cannot change: the length of n and its mean (Ba et al., arXiv:1607.06450). Root-mean-square
 * normalisation has m = 0, and so no mean(h) (Zhang and Sennrich, arXiv:1910.07467).
 */

/** x less its mean, or x itself, and 1/σ, by plain operators: the fused one does not return σ in every element type. */
export interface Normalised {
  /** x − m. */
  readonly moved: string;
  /** (x − m)/σ. */
  readonly n: string;
  readonly inverse: string;
  readonly axes: readonly number[];
}

/** Writes the normalisation of a node out again, as far as adjoints need it. */
export function normalised({ node, x: [x], w }: Step, centred: boolean): Normalised {
  const axes = axesFrom(integerAttribute(node, "axis", -1), x, operatorOf(node), w);
  const moved = centred ? w.sub(x, w.mean(x, axes)) : x;
  const variance = w.mean(w.mul(moved, moved), axes);
  const spread = w.add(variance, w.number(attributeOf(node, "epsilon")?.f ?? 1e-5, x));
  const inverse = w.op("Reciprocal", [w.op("Sqrt", [spread])]);
  return { moved, n: w.mul(moved, inverse), inverse, axes };
}

/** All axes from the given one on. */
function axesFrom(axis: number, x: string, operator: string, w: Writer): number[] {
  const rank = axis === -1 ? 1 : w.rank(x, operator);
  const first = axisFromFront(axis, rank);
  return Array.from({ length: rank - first }, (_, i) => first + i - rank);
}

function normalisation(centred: boolean): Rule {
  return (step) => {
    const { x, g, w } = step;
    const [input, scale, bias] = x;
    return [
      () => {
        const { n, inverse, axes } = normalised(step, centred);
        const h = scale ? w.mul(g, scale) : g;
        const rest = centred ? w.sub(h, w.mean(h, axes)) : h;
        const adjoint = w.mul(inverse, w.sub(rest, w.mul(n, w.mean(w.mul(h, n), axes))));
        w.shapes.note(adjoint, w.shapes.of(input));
        return adjoint;
      },
      () => unbroadcast(w.mul(g, normalised(step, centred).n), scale, w),
      () => unbroadcast(g, bias, w),
    ];
  };
}

/** Rules of normalisations in one operator. */
export const normalisations: ReadonlyMap<string, Rule> = new Map([
  ["LayerNormalization", normalisation(true)],
  ["SimplifiedLayerNormalization", normalisation(false)],
  ["RMSNormalization", normalisation(false)],
]);
