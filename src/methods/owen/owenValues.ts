import type { MaskedTarget, TargetValues } from "../maskedTarget";
import type { MethodRun } from "../methodRun";
import { BestFirst } from "./bestFirst";
import { type OwenNode, owenCost, plannedOwenEvaluations } from "./owenTree";

/** An additive explanation: base value + scores = full value, however many blocks were opened. */
export interface OwenResult {
  /** One per feature; what is known of a block that is not opened is shared by its features. */
  readonly scores: Float64Array;
  /** Of each feature's score, the share of its backgrounds in which the feature was measured by itself, 0 to 1. */
  readonly own: Float64Array;
  /** f(nothing kept) and f(everything kept), on the scale of the target's own value. */
  readonly baseValue: number;
  readonly fullValue: number;
  readonly evaluations: number;
  /** What the evaluations cost, in rows of the whole: less where only a part of it had to be computed again. */
  readonly spent: number;
  /** Every block is open: these are the tree's Owen values. */
  readonly complete: boolean;
}

/** How far blocks are opened. */
export interface OwenSearchOptions {
  /** Evaluations of the whole at most, both end points among them. */
  readonly samples: number;
  /** Blocks opened at once; the result of a search that ends early hangs on it. */
  readonly breadth?: number;
  /** A first guess of each feature's score, on the scale of the target; see {@link owenValues}. */
  readonly guide?: ArrayLike<number> | null;
}

/** Blocks opened at once where the order counts; fixed, so that results do not depend on the machine. */
const usualBreadth = 8;
/** Blocks opened at once where all will be, so that the order does not count. */
const largestBreadth = 256;

/** A block on a background: what else is kept, and the target without and with the block. */
interface Block {
  readonly node: OwenNode;
  readonly background: Uint8Array;
  readonly without: number;
  readonly with: number;
  /** The same of targets beside it. */
  readonly beside: readonly { readonly without: number; readonly with: number }[];
  readonly weight: number;
}

/** What a row of kept features gave: the target, and those beside it. */
interface Given {
  readonly own: number;
  readonly beside: readonly number[];
}

function givenAt({ logit, beside = [] }: TargetValues, row: number): Given {
  return { own: logit[row] ?? Number.NaN, beside: beside.map((values) => values[row] ?? Number.NaN) };
}

/** What a block changes on its background. */
function between(without: Given, whole: Given): Pick<Block, "without" | "with" | "beside"> {
  return {
    without: without.own,
    with: whole.own,
    beside: whole.beside.map((value, at) => ({ without: without.beside[at] ?? Number.NaN, with: value })),
  };
}

/**
 * Owen values on a tree of two branches, best first (Owen 1977; the recursion of the partition explainer of `shap`). A block on background m is opened by evaluating
 * f(m ∪ L) and f(m ∪ R) for its halves; L goes on with half the weight on m and on m ∪ R, R on m and on m ∪ L. A single feature gets (f(m ∪ i) − f(m)) · weight.
 * Blocks with the largest |f(m ∪ block) − f(m)| · weight, of f or of any target beside it, are opened first, `breadth` of them at once, until `samples` evaluations are done; then each waiting block's
 * difference is shared by its features, so that the sum is exact at any time: equally, or, with a `guide` g, each gets gᵢ and, of what Σ g misses, a part in proportion to |gᵢ|. That is the control
 * variate g(z) = Σ gᵢ zᵢ, whose Owen values are known, plus the Owen values of f − g as far as they are measured; with every block open both are the same.
 * `onResult` hears after each round and may ask what is known, which goes through all waiting blocks. The tree holds each feature of the target once; a target without features is never asked.
 */
export async function owenValues(
  target: Omit<MaskedTarget, "link">,
  tree: OwenNode,
  options: OwenSearchOptions,
  run: Omit<MethodRun, "seed">,
  onResult?: (result: () => OwenResult) => void,
): Promise<OwenResult> {
  const { features } = target;
  const planned = plannedOwenEvaluations(tree, options.samples);
  const breadth = options.breadth ?? (planned === owenCost(tree) ? largestBreadth : usualBreadth);
  const ends = new Uint8Array(2 * features).fill(1, features);
  const known = await target.evaluate(ends, run.signal, run.onProgress);
  const [nothing, everything] = [givenAt(known, 0), givenAt(known, 1)];
  const search = new OwenSearch(nothing.own, everything.own, options.guide ?? new Float64Array(features));
  search.add({ node: tree, background: new Uint8Array(features), ...between(nothing, everything), weight: 1 });
  const costOf = ({ node }: Block) => 2 * (target.costOf?.(node.features) ?? 1);
  for (;;) {
    const before = search.spent;
    const round: Block[] = [];
    while (round.length < breadth && search.best && search.spent + costOf(search.best) <= planned) {
      search.spent += costOf(search.best);
      round.push(...search.take());
    }
    if (round.length === 0) {
      return search.result();
    }
    const rows = new Uint8Array(2 * round.length * features);
    for (const [index, { node, background }] of round.entries()) {
      for (const [side, half] of (node.halves ?? []).entries()) {
        const row = rows.subarray((2 * index + side) * features, (2 * index + side + 1) * features);
        keep(row, background, half);
      }
    }
    const each = (search.spent - before) / (2 * round.length);
    const onDone = (done: number) => run.onProgress?.(Math.floor(before + each * done));
    const values = await target.evaluate(rows, run.signal, onDone);
    for (const [index, block] of round.entries()) {
      search.open(block, givenAt(values, 2 * index), givenAt(values, 2 * index + 1));
    }
    if (search.best) {
      onResult?.(() => search.result());
    }
  }
}

/** Writes a background with one more block kept into `row`. */
function keep(row: Uint8Array, background: Uint8Array, node: OwenNode): void {
  row.set(background);
  for (const feature of node.features) {
    row[feature] = 1;
  }
}

/** The blocks that wait to be opened, and the scores of the features that were measured. */
class OwenSearch {
  evaluations = 2;
  /** Rows of the whole that are spent; a text in several windows spends less than a row on a block that only some of them hold. */
  spent = 2;
  readonly #baseValue: number;
  readonly #fullValue: number;
  readonly #guide: ArrayLike<number>;
  readonly #scores: Float64Array;
  readonly #own: Float64Array;
  readonly #queue = new BestFirst<Block>();

  constructor(baseValue: number, fullValue: number, guide: ArrayLike<number>) {
    this.#baseValue = baseValue;
    this.#fullValue = fullValue;
    this.#guide = guide;
    this.#scores = new Float64Array(guide.length);
    this.#own = new Float64Array(guide.length);
  }

  /** The block that is to be opened next. */
  get best(): Block | undefined {
    return this.#queue.first;
  }

  add(block: Block): void {
    if (block.node.halves === null) {
      // Not by way of the guide, which would leave its rounding in what is measured.
      const [feature = 0] = block.node.features;
      this.#scores[feature] = (this.#scores[feature] ?? 0) + (block.with - block.without) * block.weight;
      this.#own[feature] = (this.#own[feature] ?? 0) + block.weight;
    } else {
      const changes = [block, ...block.beside].map((one) => Math.abs(one.with - one.without));
      this.#queue.push(block, Math.max(...changes) * block.weight);
    }
  }

  /** Takes the best block out, if there is one. */
  take(): Block[] {
    return [this.#queue.pop() ?? []].flat();
  }

  /** Goes on with the halves of a block, given the target with the left and with the right half kept. */
  open({ node, background, without, with: whole, beside, weight: all }: Block, left: Given, right: Given): void {
    this.evaluations += 2;
    if (node.halves === null) {
      return;
    }
    const [first, second] = node.halves;
    const withFirst = new Uint8Array(background.length);
    const withSecond = new Uint8Array(background.length);
    keep(withFirst, background, first);
    keep(withSecond, background, second);
    const weight = all / 2;
    const nothing = { own: without, beside: beside.map((one) => one.without) };
    const everything = { own: whole, beside: beside.map((one) => one.with) };
    this.add({ node: first, background, ...between(nothing, left), weight });
    this.add({ node: second, background, ...between(nothing, right), weight });
    this.add({ node: first, background: withSecond, ...between(right, everything), weight });
    this.add({ node: second, background: withFirst, ...between(left, everything), weight });
  }

  result(): OwenResult {
    const scores = this.#scores.slice();
    for (const block of this.#queue.waiting()) {
      this.#share(block, scores);
    }
    return {
      scores,
      own: this.#own.slice(),
      baseValue: this.#baseValue,
      fullValue: this.#fullValue,
      evaluations: this.evaluations,
      spent: this.spent,
      complete: this.#queue.size === 0,
    };
  }

  #share({ node: { features }, without, with: whole, weight }: Block, scores: Float64Array): void {
    const guessed = features.reduce((sum, feature) => sum + (this.#guide[feature] ?? 0), 0);
    const size = features.reduce((sum, feature) => sum + Math.abs(this.#guide[feature] ?? 0), 0);
    const missed = whole - without - guessed;
    for (const feature of features) {
      const guess = this.#guide[feature] ?? 0;
      const part = size > 0 ? Math.abs(guess) / size : 1 / features.length;
      scores[feature] = (scores[feature] ?? 0) + (guess + missed * part) * weight;
    }
  }
}
