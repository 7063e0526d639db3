import { isFields, isIndex, isIndexList } from "../common/checks";
import type { Explanation } from "../common/explanation";
import { readLook } from "../common/look";
import { methodIds } from "../common/method";
import type { FromPanel } from "../common/panelProtocol";

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
  const { window, masked, target, versus, tokens, token, method } = fields;
  switch (request) {
    case "ready":
    case "useRawText":
    case "tryAgain":
    case "explainMoreExactly":
    case "cancel":
      return { id, request, params: null };
    case "look": {
      const look = readLook(fields.look);
      return isIndex(window) && look ? { id, request, params: { window, look } } : null;
    }
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
    case "export": {
      const { format, to } = fields;
      return typeof format === "string" && format.length <= 100 && (to === "clipboard" || to === "file")
        ? { id, request, params: { format, to } }
        : null;
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
