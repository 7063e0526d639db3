import { dropTokens, type FeatureSet } from "../methods/features";
import { type Link, numberLink, probabilityLink } from "../methods/link";
import type { MaskedTarget, TargetValues } from "../methods/maskedTarget";
import { reducedTarget, type Target, targetLogOdds, targetValue } from "../tasks/target";
import { weightedMean } from "../tasks/task";
import { idAt, type Replacement } from "./baseline";
import type { Batcher, Row } from "./batcher";
import type { PreparedText, WindowInput } from "./preparedText";

/**
 * One window's input with tokens taken out: those whose entry in `kept` (uint8, one per token of the text) is 0 become the replacement. Special
 * tokens must be kept. Places, positions and segments stay, except where tokens are deleted.
 */
export function maskedRow(input: WindowInput, kept: Uint8Array, replacement: Replacement): Row {
  const { positions, row } = input;
  const { outputFrom, at: places, chosen, against } = row;
  const read = { ...(chosen ? { chosen } : {}), ...(against ? { against } : {}) };
  if (replacement.kind !== "delete") {
    const idIn = (at: number, id: number) => {
      const token = positions[at] ?? 0;
      return kept[token] === 0 ? idAt(replacement, token) : id;
    };
    return {
      ids: row.ids.map((id, at) => idIn(at, id)),
      places: row.places ?? row.ids,
      segments: row.segments,
      ...(outputFrom === undefined ? {} : { outputFrom }),
      ...(places ? { at: places } : {}),
      ...read,
    };
  }
  const stays = (_: number, at: number) => kept[positions[at] ?? 0] !== 0;
  const before = (position: number) => positions.slice(0, position).filter((token) => kept[token] !== 0).length;
  // Where a token is gone that outputs are read at, they are read at what stands before it now.
  const readAt = (position: number) => Math.max(0, before(position + 1) - 1);
  return {
    ids: row.ids.filter(stays),
    ...(row.places ? { places: row.places.filter(stays) } : {}),
    segments: row.segments.filter(stays),
    ...(outputFrom === undefined ? {} : { outputFrom: before(outputFrom) }),
    ...(places ? { at: places.map(readAt) } : {}),
    ...read,
  };
}

/** What a {@link TextTarget} needs of a run. */
export interface TargetRun {
  readonly model: { readonly batcher: Batcher; readonly task: { readonly width: number } };
  readonly text: Pick<PreparedText, "tokens" | "baseline">;
  readonly target: Target;
}

/**
 * The target on one window of a text, or on several as it is shown, the mean by their share of the content, as a function of which features are kept.
 * A window that a mask leaves as it was in one before is remembered, not run again.
 */
export class TextTarget implements MaskedTarget {
  readonly features: number;
  readonly link: Link;
  readonly #run: TargetRun;
  readonly #inputs: readonly WindowInput[];
  readonly #shares: readonly number[];
  readonly #featureSet: FeatureSet;
  readonly #wide: WideReading;

  constructor(run: TargetRun, inputs: readonly WindowInput[], featureSet: FeatureSet) {
    this.features = featureSet.groups.length;
    this.link = run.target.link === "identity" ? numberLink : probabilityLink;
    this.#run = run;
    this.#inputs = inputs;
    this.#shares = inputs.length === 1 ? [1] : inputs.map(({ share }) => share);
    this.#featureSet = featureSet;
    this.#wide = wideReading(run.target, inputs, run.model.task.width);
  }

  /** The share of the windows that hold some of the features. */
  costOf(features: readonly number[]): number {
    const tokens = features.flatMap((feature) => this.#featureSet.groups[feature] ?? []);
    const holding = this.#inputs.filter(({ weights }) => tokens.some((token) => (weights[token] ?? 0) > 0));
    return holding.length / this.#inputs.length;
  }

  async evaluate(rows: Uint8Array, signal: AbortSignal, onDone?: (rowsDone: number) => void): Promise<TargetValues> {
    const { model, text, target } = this.#run;
    const windows = this.#inputs.length;
    const wide = this.#wide;
    const count = this.features === 0 ? 0 : rows.length / this.features;
    const inputs = Array.from({ length: count }, (_, row) => {
      const kept = new Uint8Array(text.tokens.length).fill(1);
      dropTokens(this.#featureSet, rows.subarray(row * this.features, (row + 1) * this.features), kept);
      return wide.inputs.map((input) => maskedRow(input, kept, text.baseline.replacement));
    });
    const outputs = await model.batcher.evaluate(inputs.flat(), signal, (done) => onDone?.(Math.floor(done / windows)));
    const reduced = reducedTarget({ reads: wide.reads, link: target.link }, model.task.width);
    const ofRow = (row: number) => outputs.slice(row * windows, (row + 1) * windows);
    const mean = (of: readonly number[]) => weightedMean(of, this.#shares);
    return {
      logit: Float64Array.from(inputs, (_, row) => mean(ofRow(row).map((values) => targetValue(reduced, values)))),
      logOdds: Float64Array.from(inputs, (_, row) => {
        const [first = Number.NaN, ...others] = ofRow(row).map((values) =>
          targetLogOdds(reduced, values, reduced.width),
        );
        return others.length === 0 ? first : this.link.from(mean([first, ...others].map(this.link.of)));
      }),
      ...(wide.beside.length === 0
        ? {}
        : {
            beside: wide.beside.map((reads) =>
              Float64Array.from(inputs, (_, row) => mean(ofRow(row).map((values) => targetValue({ reads }, values)))),
            ),
          }),
    };
  }
}

/** Rows that are read for a target and for those beside it at once. */
interface WideReading {
  readonly inputs: readonly WindowInput[];
  /** What the target reads of these rows, and what each of those beside it does. */
  readonly reads: Target["reads"];
  readonly beside: readonly Target["reads"][];
}

/** Has a text read at the tokens of all targets beside one: then the runs for one of them are those for all. */
function wideReading({ at, reads, beside = [] }: Target, inputs: readonly WindowInput[], width: number): WideReading {
  const [input] = inputs;
  const held = beside.filter((other) => other.at.every((token) => input?.positions.includes(token)));
  const isReduced = reducedTarget({ reads, link: "identity" }, width).chosen !== null;
  if (!input || inputs.length > 1 || held.length === 0 || isReduced) {
    return { inputs, reads, beside: [] };
  }
  const tokens = [...new Set([at, ...held.map((other) => other.at)].flat())].sort((a, b) => a - b);
  const moved = (one: Pick<Target, "at" | "reads">): Target["reads"] =>
    one.reads.map(({ index, weight }) => ({
      index: tokens.indexOf(one.at[Math.floor(index / width)] ?? -1) * width + (index % width),
      weight,
    }));
  const row = { ...input.row, at: tokens.map((token) => input.positions.indexOf(token)) };
  return { inputs: [{ ...input, row }], reads: moved({ at, reads }), beside: held.map(moved) };
}
