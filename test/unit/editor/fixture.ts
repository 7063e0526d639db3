import type { Attribution, Explanation, Token } from "../../../src/common/explanation";
import { formatMessage } from "../../../src/common/message";
import { defaultOptions } from "../../../src/common/options";
import type { Translate } from "../../../src/editor/translate";
import { classesPrediction } from "../../support/predictions";

/** English as it is. */
export const english: Translate = (template, ...args) => formatMessage({ template, args });

/** An attribution with everything but its scores as usual. */
export function attribution(method: Attribution["method"], scores: readonly number[]): Attribution {
  return {
    method,
    units: "token",
    scores,
    specials: [],
    standardErrors: null,
    scale: "probability",
    baseValue: null,
    fullValue: null,
    parameters: {},
    quality: {},
    converged: null,
    partial: false,
    notes: [],
    evaluations: 100,
    milliseconds: 200,
  };
}

/** "A gorgeous, unsubtle ending." as seven tokens between two special ones. */
export function sampleExplanation(change: Partial<Explanation> = {}): Explanation {
  const text = "A gorgeous, unsubtle ending.";
  const pieces: [string, number, number][] = [
    ["[CLS]", 0, 0],
    ["a", 0, 1],
    ["gorgeous", 1, 10],
    [",", 10, 11],
    ["un", 12, 14],
    ["##subtle", 14, 20],
    ["ending", 21, 27],
    [".", 27, 28],
    ["[SEP]", 28, 28],
  ];
  const tokens = pieces.map(
    ([piece, start, end], index): Token => ({
      index,
      id: 100 + index,
      piece,
      text: text.slice(start, end),
      start,
      end,
      special: start === end,
      segment: 0,
    }),
  );
  const directory = "/models/sentiment";
  return {
    schema: 2,
    text,
    pair: null,
    output: null,
    model: {
      id: "sentiment",
      reference: { directory, file: null },
      file: "onnx/model.onnx",
      task: "text-classification",
      sha256: "0",
      labels: ["negative", "positive"],
    },
    prediction: classesPrediction(
      { index: 1, label: "positive", logit: 3.4, probability: 0.987 },
      { index: 0, label: "negative", logit: -2.7, probability: 0.013 },
    ),
    target: { label: "positive", versus: null, position: null, kind: "logit", value: 3.4, baselineValue: 0.1 },
    tokens,
    words: [
      { start: 0, end: 1, segment: 0, tokens: [1] },
      { start: 2, end: 10, segment: 0, tokens: [2] },
      { start: 12, end: 20, segment: 0, tokens: [4, 5] },
      { start: 21, end: 27, segment: 0, tokens: [6] },
    ],
    sentences: [{ start: 0, end: 28, segment: 0, tokens: [1, 2, 3, 4, 5, 6, 7] }],
    masked: [],
    attributions: [
      attribution("lime", [0, 0.02, 0.2, 0.001, -0.04, -0.08, -0.12, 0.03, 0]),
      attribution("rollout", [0, 0.1, 0.4, 0.05, 0.01, 0.02, 0.1, 0.2, 0]),
    ],
    measures: [],
    attention: {
      layers: 6,
      heads: 12,
      kind: "self",
      lookers: tokens.map((token) => (token.index === 2 ? [{ layer: 3, head: 6, query: 6, weight: 0.4 }] : [])),
    },
    windows: [{ start: 0, end: 28, firstToken: 1, endToken: 8 }],
    seed: defaultOptions.seed,
    warnings: [],
    versions: { explainWithTransformer: "0.1.0", onnxruntime: "1.30.0" },
    milliseconds: 400,
    ...change,
  };
}
