import { ExplainError } from "../common/errors";
import type { Baseline } from "../common/explanation";
import { type Message, message } from "../common/message";
import type { Tokenizer } from "../text/tokenizer";

/** What an absent token becomes: another id (−1: the zero vector), or nothing at all. */
export type Replacement = { readonly kind: "id"; readonly id: number } | { readonly kind: "delete" };

/** A baseline as this model's vocabulary has it. */
export interface ResolvedBaseline {
  readonly replacement: Replacement;
  /** The id that stands in for a token that must keep its place; `null` where only deleting is possible. */
  readonly placeholder: number | null;
  /** What is done for the baseline asked for where rows are changed, and where embeddings are given. */
  readonly ofRows: Baseline;
  readonly ofEmbeddings: Baseline;
  /** Says what stands in where the baseline asked for cannot. */
  readonly warning: Message | null;
}

const order = ["mask", "pad", "unk", "eos"] as const;

/** The token whose place a baseline takes where ids are replaced one for one. */
function tokenBaseline(baseline: Baseline): Exclude<Baseline, "zero" | "delete"> {
  return baseline === "zero" || baseline === "delete" ? "mask" : baseline;
}

/**
 * Finds the token for a baseline in the order MASK → PAD → UNK → EOS, starting at the one asked for. The zero vector is no token: where a model is fed ids, the mask token stands in
 * for it; where it is `fedEmbeddings` alone, nothing has to. Throws `method-unavailable` for a vocabulary that has none of these tokens.
 */
export function resolveBaseline(
  baseline: Baseline,
  tokenizer: Pick<Tokenizer, "specials" | "idToPiece">,
  fedEmbeddings: boolean,
): ResolvedBaseline {
  const wanted = tokenBaseline(baseline);
  const role = order.slice(order.indexOf(wanted)).find((candidate) => tokenizer.specials[candidate] !== null);
  const id = role === undefined ? null : tokenizer.specials[role];
  if (baseline === "delete") {
    const ofEmbeddings = id === null ? "zero" : wanted;
    return {
      replacement: { kind: "delete" },
      placeholder: id,
      ofRows: baseline,
      ofEmbeddings,
      warning: null,
    };
  }
  if (role === undefined || id === null) {
    throw new ExplainError(
      "method-unavailable",
      "The model's vocabulary has no token that can stand for a missing word. Choose the baseline delete.",
    );
  }
  const isZero = baseline === "zero" && fedEmbeddings;
  return {
    replacement: { kind: "id", id: isZero ? -1 : id },
    placeholder: id,
    ofRows: isZero ? "zero" : wanted,
    ofEmbeddings: baseline === "zero" ? "zero" : wanted,
    warning: isZero
      ? null
      : role === wanted
        ? instead(baseline, tokenizer.idToPiece(id) ?? role)
        : message(
            "The model's vocabulary has no {0} token; {1} stands for missing tokens instead.",
            wanted,
            tokenizer.idToPiece(id) ?? role,
          ),
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

function instead(baseline: Baseline, piece: string): Message | null {
  return baseline === "zero"
    ? message(
        "Zero vectors are the baseline of integrated gradients and DeepLIFT; where tokens are replaced, {0} stands in.",
        piece,
      )
    : null;
}
