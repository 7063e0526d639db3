import { ExplainError } from "../common/errors";
import { message } from "../common/message";
import { isBare } from "./bareEncoder";
import { type TaskKind, weightedMean } from "./task";

/** How alike two texts are: the cosine of their embeddings. The target is the cosine, for each text with the other as it is. */
export const sentenceSimilarity: TaskKind = {
  detects: ({ architecture, isPooled }) =>
    isPooled || (isBare(architecture) || /ForMaskedLM$/.test(architecture ?? "") ? "also" : false),
  fits: (width) => width > 0,
  isLabelled: false,
  pools: true,
  places: null,
  gives: () => "number",
  second({ pair }) {
    if (pair === null) {
      throw new ExplainError("question-missing", "Two texts are compared, and there is only one. Give a second text.");
    }
    return { role: "apart", text: pair };
  },
  ask: ({ tokens }) => ({ tokens, fixed: [], warnings: [message(eachCountsHalf)] }),
  predict: (_head, { windows }) => ({
    kind: "similarity",
    cosine: weightedMean(
      windows.map(({ outputs }) => outputs[0] ?? 0),
      windows.map(({ share }) => share),
    ),
  }),
  target(_head, { target, versus, position }) {
    if (target !== null || versus !== null || position !== null) {
      throw new ExplainError(
        "request-invalid",
        "How alike two texts are is one number, without labels or positions to choose from. Leave them out.",
      );
    }
    return {
      at: [],
      reads: [{ index: 0, weight: 1 }],
      link: "identity",
      kind: "cosine",
      label: "similarity",
      versus: null,
    };
  },
};

const eachCountsHalf =
  "Each text is explained with the other as it is, and counts one half: the scores of both texts together add up to the similarity.";
