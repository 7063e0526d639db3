import { ExplainError } from "../common/errors";
import type { Baseline, UsedBaseline } from "../common/explanation";
import { type Message, message } from "../common/message";
import { meanVector, zeroVector } from "../graph/fedEmbeddings";
import type { Tokenizer } from "../text/tokenizer";

/** What stands for an absent token in its place: an id ({@link zeroVector} and {@link meanVector} among them), the same everywhere or one for each token of the text. */
export type StandIn =
  | { readonly kind: "id"; readonly id: number }
  | { readonly kind: "text"; readonly ids: Int32Array };

/** What an absent token becomes: something else in its place, or nothing at all. */
export type Replacement = StandIn | { readonly kind: "delete" };

/** A baseline as this model's vocabulary has it. */
export interface ResolvedBaseline {
  readonly replacement: Replacement;
  /** What stands in for a token that must keep its place among ids; `null` where only deleting is possible. */
  readonly placeholder: StandIn | null;
  /** What stands for an absent token where embeddings are given. */
  readonly embedded: StandIn;
  /** What is done for the baseline asked for where rows are changed, and where embeddings are given. */
  readonly ofRows: UsedBaseline;
  readonly ofEmbeddings: UsedBaseline;
  /** Says what stands in where the baseline asked for cannot. */
  readonly warning: Message | null;
}

const order = ["mask", "pad", "unk", "eos"] as const;

/** Baselines that are vectors and no tokens. */
const vectors = { zero: zeroVector, mean: meanVector } as const;

/** The token whose place a baseline takes where ids are replaced one for one. */
function tokenBaseline(baseline: Baseline): Exclude<Baseline, "zero" | "mean" | "delete"> {
  return baseline === "zero" || baseline === "mean" || baseline === "delete" ? "mask" : baseline;
}

/** The id that stands for a token of the text. */
export function idAt(standIn: StandIn, token: number): number {
  return standIn.kind === "id" ? standIn.id : (standIn.ids[token] ?? 0);
}

/**
 * Finds the token for a baseline in the order MASK → PAD → UNK → EOS, starting at the one asked for. A vector (zeros, the mean of all words) is no token: where a model is fed ids, the mask
 * token stands in for it; where it is `fedEmbeddings` alone, nothing has to. Throws `method-unavailable` for a vocabulary that has none of these tokens.
 */
export function resolveBaseline(
  baseline: Baseline,
  tokenizer: Pick<Tokenizer, "specials" | "idToPiece">,
  fedEmbeddings: boolean,
): ResolvedBaseline {
  const wanted = tokenBaseline(baseline);
  const role = order.slice(order.indexOf(wanted)).find((candidate) => tokenizer.specials[candidate] !== null);
  const id = role === undefined ? null : tokenizer.specials[role];
  const token: StandIn | null = id === null ? null : { kind: "id", id };
  if (baseline === "delete") {
    return {
      replacement: { kind: "delete" },
      placeholder: token,
      embedded: token ?? { kind: "id", id: zeroVector },
      ofRows: baseline,
      ofEmbeddings: token ? wanted : "zero",
      warning: null,
    };
  }
  if (role === undefined || id === null || !token) {
    throw new ExplainError(
      "method-unavailable",
      "The model's vocabulary has no token that can stand for a missing word. Choose the baseline delete.",
    );
  }
  const piece = tokenizer.idToPiece(id) ?? role;
  if (baseline === "zero" || baseline === "mean") {
    const vector: StandIn = { kind: "id", id: vectors[baseline] };
    return {
      replacement: fedEmbeddings ? vector : token,
      placeholder: token,
      embedded: vector,
      ofRows: fedEmbeddings ? baseline : wanted,
      ofEmbeddings: baseline,
      warning: fedEmbeddings ? null : message(instead[baseline], piece),
    };
  }
  return {
    replacement: token,
    placeholder: token,
    embedded: token,
    ofRows: wanted,
    ofEmbeddings: wanted,
    warning:
      role === wanted
        ? null
        : message("The model's vocabulary has no {0} token; {1} stands for missing tokens instead.", wanted, piece),
  };
}

/**
 * A warning where words are hidden by the token that also marks a text's end or padding, and the model, which looks for that token, is told of it; `null` where
 * it `keepsPlaces`.
 */
export function movedPlaces(
  { replacement }: ResolvedBaseline,
  { specials, idToPiece }: Pick<Tokenizer, "specials" | "idToPiece">,
  keepsPlaces: boolean,
): Message | null {
  const ends = replacement.kind === "id" && [specials.pad, specials.eos].includes(replacement.id);
  return keepsPlaces || !ends
    ? null
    : message(
        "{0} hides words and can also mark where the text ends: hiding the last words may move the place that the model reads. Choose the baseline delete.",
        idToPiece(replacement.id) ?? "",
      );
}

const instead = {
  zero: "Zero vectors are the baseline of integrated gradients and DeepLIFT; where tokens are replaced, {0} stands in.",
  mean: "The mean of all word embeddings is the baseline of integrated gradients and DeepLIFT; where tokens are replaced, {0} stands in.",
} as const;
