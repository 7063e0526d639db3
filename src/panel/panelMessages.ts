import {
  type Check,
  type Fields,
  fieldsOf,
  isBoolean,
  isFields,
  isIndex,
  isIndexList,
  isKeyOf,
  isOneOf,
  isText,
  orNull,
} from "../common/checks";
import type { Explanation } from "../common/explanation";
import { readLook } from "../common/look";
import { isMethodId } from "../common/method";
import type { FromPanel, PanelRequests } from "../common/panelProtocol";

const isLabel: Check<string | null> = (value): value is string | null =>
  value === null || (typeof value === "string" && value.length <= 1000);

const isTarget = isOneOf("clipboard", "file");

/** The bytes of a PNG in base64, at most 64 MB of it, or none. */
const isPicture = orNull(
  (value): value is string =>
    isText(value) && value.startsWith("iVBORw0KGgo") && value.length <= 2 ** 26 && /^[\w+/]*=*$/.test(value),
);

/** As long as a text may be. */
const mostBeside = 20_000;

const nothing = (): null => null;

/** For each request its parameters, with nothing in them but what the protocol names; `undefined` where a value is none. */
const parameters: {
  readonly [K in keyof PanelRequests]: (fields: Fields) => PanelRequests[K]["params"] | undefined;
} = {
  ready: nothing,
  look: ({ window, look }) => {
    const known = readLook(look);
    return isIndex(window) && known ? { window, look: known } : undefined;
  },
  predictMasked: ({ masked }) => (isIndexList(masked) ? { masked: [...masked] } : undefined),
  placeScores: ({ position, method }) =>
    isIndex(position) && typeof method === "string" && isMethodId(method) ? { position, method } : undefined,
  explainAgain: ({ target, versus, position, masked }) =>
    isLabel(target) && isLabel(versus) && orNull(isIndex)(position) && isIndexList(masked)
      ? { target, versus, position, masked: [...masked] }
      : undefined,
  explainBeside: ({ text }) => (isText(text) && text.length <= mostBeside ? { text } : undefined),
  insert: ({ outcome }) => (orNull(isIndex)(outcome) ? { outcome } : undefined),
  explainMoreExactly: nothing,
  chooseMethod: ({ method }) => (typeof method === "string" && isMethodId(method) ? { method } : undefined),
  plan: nothing,
  addMethod: ({ method }) => (typeof method === "string" && isMethodId(method) ? { method } : undefined),
  measure: ({ byRunningAgain }) => (isBoolean(byRunningAgain) ? { byRunningAgain } : undefined),
  analyseFile: ({ changed }) => (isBoolean(changed) ? { changed } : undefined),
  useRawText: nothing,
  tryAgain: nothing,
  export: ({ format, to }) =>
    typeof format === "string" && format.length <= 100 && isTarget(to) ? { format, to } : undefined,
  picture: nothing,
  savePicture: ({ png }) => (isPicture(png) ? { png } : undefined),
  highlight: ({ tokens }) => (isIndexList(tokens) ? { tokens: [...tokens] } : undefined),
  reveal: ({ token }) => (isIndex(token) ? { token } : undefined),
  cancel: nothing,
};

const isRequestName = isKeyOf(parameters);

/** A message of the web view when it is one, with nothing in it but what the protocol names; otherwise `null`. Web views are not trusted. */
export function parsePanelMessage(data: unknown): FromPanel | null {
  if (!isFields(data) || typeof data.id !== "number" || !Number.isSafeInteger(data.id)) {
    return null;
  }
  const { id, request } = data;
  if (!isRequestName(request)) {
    return null;
  }
  const params = parameters[request](fieldsOf(data.params));
  return params === undefined ? null : ({ id, request, params } as FromPanel);
}

/** The tokens of an explanation that a list of the web view may name: existing ones of the text, each once. */
export function contentTokens(explanation: Explanation, indices: readonly number[]): number[] {
  return [...new Set(indices)].filter((index) => explanation.tokens[index]?.special === false).sort((a, b) => a - b);
}
