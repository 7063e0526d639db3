import type { PlacedRequest } from "../../../src/common/explanation";
import { defaultOptions } from "../../../src/common/options";
import type { AttentionQuestion, MaskedQuestion, Question } from "../../../src/methods/method";

/** What every method is asked, with the default options but for some. */
export function plainQuestion(changes: Partial<PlacedRequest> = {}): Question {
  const request = { ...defaultOptions, ...changes, text: "", model: { directory: "", file: null } };
  return {
    request: { ...request, units: "token", lime: { ...request.lime, features: "token" } },
    baseline: "mask",
  };
}

/** What a masked method is asked about so many features of a text in one window, each a token of a flat tree. */
export function maskedQuestion(features: number, changes: Partial<PlacedRequest> = {}): MaskedQuestion {
  const items = Array.from({ length: features }, (_, item) => item);
  return {
    ...plainQuestion(changes),
    features: { kind: "token", groups: items.map((item) => [item]) },
    windows: 1,
    tree: () => ({ items, parts: features < 2 ? [] : items.map((item) => ({ items: [item], parts: [] })) }),
    affords: (seconds) => Math.floor(80 * seconds),
    guide: null,
  };
}

/** What a method is asked that looks inside a model of so many layers, which reads the token `read`, or all of them. */
export function attentionQuestion(layers: number, read: number | null, layer: number | null = null): AttentionQuestion {
  return {
    ...plainQuestion({ layer }),
    layers,
    query: (tokens) => (read === null ? Array.from({ length: tokens }, (_, token) => token) : [read]),
  };
}
