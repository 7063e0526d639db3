import { dropTokens, type FeatureSet } from "../methods/features";
import { type Link, numberLink, probabilityLink } from "../methods/link";
import type { MaskedTarget, TargetValues } from "../methods/maskedTarget";
import { type ClassificationHead, type ClassTarget, targetLogOdds, targetValue } from "../tasks/classification";
import type { Replacement } from "./baseline";
import type { Batcher, Row } from "./batcher";
import type { WindowInput } from "./preparedText";

/**
 * One window's input with tokens taken out: those whose entry in `kept` (uint8, one per token of the text) is 0 become the replacement. Special
 * tokens must be kept. Places, positions and segments stay, except where tokens are deleted.
 */
export function maskedRow(input: WindowInput, kept: Uint8Array, replacement: Replacement): Row {
  const { positions, row } = input;
  if (replacement.kind === "id") {
    return {
      ids: row.ids.map((id, at) => (kept[positions[at] ?? 0] === 0 ? replacement.id : id)),
      places: row.places ?? row.ids,
      segments: row.segments,
    };
  }
  const stays = (_: number, at: number) => kept[positions[at] ?? 0] !== 0;
  return {
    ids: row.ids.filter(stays),
    ...(row.places ? { places: row.places.filter(stays) } : {}),
    segments: row.segments.filter(stays),
  };
}

/** The target on one window as a function of which features are kept. */
export class TextTarget implements MaskedTarget {
  readonly features: number;
  readonly link: Link;
  readonly #featureSet: FeatureSet;
  readonly #input: WindowInput;
  readonly #tokens: number;
  readonly #replacement: Replacement;
  readonly #head: ClassificationHead;
  readonly #target: ClassTarget;
  readonly #batcher: Batcher;

  constructor(parts: {
    readonly featureSet: FeatureSet;
    readonly input: WindowInput;
    /** Tokens of the whole text. */
    readonly tokens: number;
    readonly replacement: Replacement;
    readonly head: ClassificationHead;
    readonly target: ClassTarget;
    readonly batcher: Batcher;
  }) {
    this.features = parts.featureSet.groups.length;
    this.link = parts.head.gives === "number" ? numberLink : probabilityLink;
    this.#featureSet = parts.featureSet;
    this.#input = parts.input;
    this.#tokens = parts.tokens;
    this.#replacement = parts.replacement;
    this.#head = parts.head;
    this.#target = parts.target;
    this.#batcher = parts.batcher;
  }

  async evaluate(rows: Uint8Array, signal: AbortSignal, onDone?: (rowsDone: number) => void): Promise<TargetValues> {
    const count = this.features === 0 ? 0 : rows.length / this.features;
    const inputs = Array.from({ length: count }, (_, row) => {
      const kept = new Uint8Array(this.#tokens).fill(1);
      dropTokens(this.#featureSet, rows.subarray(row * this.features, (row + 1) * this.features), kept);
      return maskedRow(this.#input, kept, this.#replacement);
    });
    const logits = await this.#batcher.evaluate(inputs, signal, onDone);
    return {
      logit: Float64Array.from(logits, (values) => targetValue(this.#target, values)),
      logOdds: Float64Array.from(logits, (values) => targetLogOdds(this.#target, this.#head.gives, values)),
    };
  }
}
