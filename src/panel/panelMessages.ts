import type { AttentionSource } from "../common/engineProtocol";
import { type Explanation, windowTokens } from "../common/explanation";
import { methodIds } from "../common/method";
import type { FromPanel } from "../common/panelProtocol";

/** Longest list or string that is looked at in a message; a web view never sends more. */
const lengthLimit = 100_000;

type Fields = Readonly<Record<string, unknown>>;

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isIndex(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value < lengthLimit;
}

function isIndexList(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.length <= lengthLimit && value.every(isIndex);
}

function isLabel(value: unknown): value is string | null {
  return value === null || (typeof value === "string" && value.length <= 1000);
}

/** A message of the web view when it is one, with nothing in it but what the protocol names; otherwise `null`. Web views are not trusted. */
export function parsePanelMessage(data: unknown): FromPanel | null {
  if (!isFields(data) || typeof data.id !== "number" || !Number.isSafeInteger(data.id)) {
    return null;
  }
  const { id, request, params } = data as { id: number; request: unknown; params: unknown };
  const fields = isFields(params) ? params : {};
  const { window, layer, head, kind, masked, target, versus, tokens, token, method } = fields;
  switch (request) {
    case "ready":
    case "useRawText":
    case "tryAgain":
    case "explainMoreExactly":
    case "cancel":
      return { id, request, params: null };
    case "overview":
      return isIndex(window) ? { id, request, params: { window } } : null;
    case "head":
      return isIndex(window) && isIndex(layer) && isIndex(head)
        ? { id, request, params: { window, layer, head } }
        : null;
    case "aggregate":
      return isIndex(window) &&
        (kind === "mean" || kind === "maximum" || kind === "rollout") &&
        (layer === null || isIndex(layer))
        ? { id, request, params: { window, kind, layer } }
        : null;
    case "predictMasked":
      return isIndexList(masked) ? { id, request, params: { masked: [...masked] } } : null;
    case "explainAgain":
      return isLabel(target) && isLabel(versus) && isIndexList(masked)
        ? { id, request, params: { target, versus, masked: [...masked] } }
        : null;
    case "chooseMethod": {
      const known = methodIds.find((name) => name === method);
      return known ? { id, request, params: { method: known } } : null;
    }
    case "highlight":
      return isIndexList(tokens) ? { id, request, params: { tokens: [...tokens] } } : null;
    case "reveal":
      return isIndex(token) ? { id, request, params: { token } } : null;
    default:
      return null;
  }
}

/** The tokens of an explanation that a list of the web view may name: existing ones of the text, each once. */
export function contentTokens(explanation: Explanation, indices: readonly number[]): number[] {
  return [...new Set(indices)].filter((index) => explanation.tokens[index]?.special === false).sort((a, b) => a - b);
}

/**
 * What the engine needs to compute the attention of one window of an explanation again. Masked tokens carry the id the explanation lists,
 * which is the one the model read.
 */
export function attentionSource(
  explanation: Explanation,
  window: number,
): { readonly source: AttentionSource; readonly special: readonly boolean[] } | null {
  if (window >= Math.max(1, explanation.windows.length)) {
    return null;
  }
  const tokens = windowTokens(explanation, window).flatMap((index) => explanation.tokens[index] ?? []);
  return {
    source: {
      model: explanation.model.reference,
      ids: tokens.map(({ id }) => id),
      segments: tokens.map(({ segment }) => segment),
    },
    special: tokens.map(({ special }) => special),
  };
}
