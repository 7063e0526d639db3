import type { Explanation } from "../../../src/common/explanation";
import type { KeptPanel } from "../../../src/common/keptPanel";
import { defaultOptions } from "../../../src/common/options";
import { sampleExplanation } from "../editor/fixture";
import { asItStands } from "../editor/readingEngine";

/** What a web view keeps of an explanation of a document that is nothing but its text. */
export function keptPanel(explanation: Explanation = sampleExplanation()): KeptPanel {
  const { text, pair, model } = explanation;
  return {
    subject: {
      uri: "file:///samples/reviews.txt",
      request: { ...defaultOptions, text, pair, model: model.reference },
      read: asItStands(text),
      second: null,
      explanation,
      said: { warnings: [], notes: [[], []] },
    },
    status: {
      number: 3,
      place: { start: 0, second: null, pinned: true },
      source: "reviews.txt, line 1, pinned",
      beside: null,
      reading: null,
      importance: "lime",
      attention: "rollout",
      refused: [],
      methods: ["lime", "rollout"],
      classColours: null,
      stale: false,
      progress: null,
      error: null,
      canTryAgain: false,
    },
  };
}
