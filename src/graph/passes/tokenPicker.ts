import type { Links } from "../graph";
import { integerAttribute, operatorOf } from "../node";
import type { NodeProto } from "../onnxSchema";

/** Deeper than any layer; a hostile file must not exhaust the stack. */
const deepest = 200;

const unary = new Set(["Cast", "Erf", "Gelu", "Identity", "Relu", "Sigmoid", "Sqrt", "Tanh"]);
const fusedActivations = new Set(["com.microsoft.BiasGelu", "com.microsoft.FastGelu", "com.microsoft.Gelu"]);
const binary = new Set(["Add", "Div", "Mul", "Pow", "Sub"]);
const norms = new Set(["LayerNormalization", "SimplifiedLayerNormalization"]);

/** The positions of the inputs that hold a row per token, [batch, tokens, width], if a node treats each of them on its own. */
export function inputsByToken(node: NodeProto, ranks: ReadonlyMap<string, number>): ReadonlySet<number> | undefined {
  const operator = operatorOf(node);
  const own = node.input.map((input) => ranks.get(input));
  const [first, second] = own;
  if (first !== 3 && !binary.has(operator)) {
    return undefined;
  }
  if (unary.has(operator)) {
    return new Set([0]);
  }
  if (fusedActivations.has(operator)) {
    return second === undefined || second === 1 ? new Set([0]) : undefined;
  }
  if (norms.has(operator) || operator === "Split") {
    const axis = integerAttribute(node, "axis", operator === "Split" ? 0 : -1);
    return axis === -1 || axis === 2 ? new Set([0]) : undefined;
  }
  if (operator === "MatMul") {
    return second === 2 ? new Set([0]) : undefined;
  }
  if (binary.has(operator) && own.every((rank) => rank !== undefined && (rank === 3 || rank < 2))) {
    return new Set([0, 1].filter((position) => own[position] === 3));
  }
  return undefined;
}

/** What a {@link TokenPicker} goes by. */
export interface Picking {
  readonly ranks: ReadonlyMap<string, number>;
  readonly links: Links;
  readonly newName: (about: string) => string;
  /** Whether a value, [batch, tokens, width], is picked from, rather than computed for the picked tokens alone. */
  isEntire(value: string): boolean;
  /** Nodes that pick tokens of such a value; what they give is called `name` and has three axes, the last one the same. */
  pick(value: string, name: string): readonly NodeProto[];
}

/** Makes the nodes that compute values for picked tokens only. */
export class TokenPicker {
  readonly nodes: NodeProto[] = [];
  /** Products with weights that became smaller. */
  products = 0;
  readonly #picking: Picking;
  readonly #picked = new Map<string, string>();

  constructor(picking: Picking) {
    this.#picking = picking;
  }

  /** The name of `value`, [batch, tokens, width], with only the picked tokens. */
  pick(value: string, depth = 0): string {
    const known = this.#picked.get(value);
    if (known !== undefined) {
      return known;
    }
    const { ranks, links, newName, isEntire } = this.#picking;
    const name = newName(`${value}.picked`);
    this.#picked.set(value, name);
    const node = isEntire(value) ? undefined : links.producer(value);
    const isSplit = node !== undefined && operatorOf(node) === "Split";
    const isResult = node?.output[0] === value || isSplit;
    const byToken = node && depth < deepest && isResult ? inputsByToken(node, ranks) : undefined;
    if (node && byToken) {
      const input = node.input.map((one, position) => (byToken.has(position) ? this.pick(one, depth + 1) : one));
      this.products += operatorOf(node) === "MatMul" ? 1 : 0;
      const pieces = node.output.map((one) => (one === value ? name : newName(`${one}.picked`)));
      this.nodes.push({ ...node, name, input, output: isSplit ? pieces : [name] });
    } else {
      this.nodes.push(...this.#picking.pick(value, name));
    }
    return name;
  }
}
