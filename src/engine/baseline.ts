import { ExplainError } from "../common/errors";
import type { Baseline } from "../common/explanation";
import { type Message, message } from "../common/message";
import type { Tokenizer } from "../text/tokenizer";

/** What an absent token becomes: another id, or nothing at all. */
export type Replacement = { readonly kind: "id"; readonly id: number } | { readonly kind: "delete" };

/** A baseline as this model's vocabulary has it. */
export interface ResolvedBaseline {
  readonly replacement: Replacement;
  /** The id that stands in for a token that must keep its place; `null` where only deleting is possible. */
  readonly placeholder: number | null;
  /** Says so when the vocabulary lacks the token asked for. */
  readonly warning: Message | null;
}

const order = ["mask", "pad", "unk", "eos"] as const;

/**
 * Finds the token for a baseline in the order MASK → PAD → UNK → EOS, starting at the one asked for. Throws `method-unavailable` for the zero
 * vector, which needs the graph's embeddings as an input, and for a vocabulary that has none of these tokens.
 */
export function resolveBaseline(
  baseline: Baseline,
  tokenizer: Pick<Tokenizer, "specials" | "idToPiece">,
): ResolvedBaseline {
  if (baseline === "zero") {
    throw new ExplainError(
      "method-unavailable",
      "Replacing tokens by zero vectors is not available in this version yet. Choose mask, pad, unk or delete.",
    );
  }
  const wanted = baseline === "delete" ? "mask" : baseline;
  const role = order.slice(order.indexOf(wanted)).find((candidate) => tokenizer.specials[candidate] !== null);
  const id = role === undefined ? null : tokenizer.specials[role];
  if (baseline === "delete") {
    return { replacement: { kind: "delete" }, placeholder: id, warning: null };
  }
  if (role === undefined || id === null) {
    throw new ExplainError(
      "method-unavailable",
      "The model's vocabulary has no token that can stand for a missing word. Choose the baseline delete.",
    );
  }
  return {
    replacement: { kind: "id", id },
    placeholder: id,
    warning:
      role === wanted
        ? null
        : message(
            "The model's vocabulary has no {0} token; {1} stands for missing tokens instead.",
            wanted,
            tokenizer.idToPiece(id) ?? role,
          ),
  };
}
