import { describe, expect, it } from "vitest";
import { doubtsOf, readingRemarks, windowsTemplate } from "../../../src/common/doubts";
import type { Attribution, Explanation } from "../../../src/common/explanation";
import { formatMessage, message } from "../../../src/common/message";
import { endNote, type NoteSource } from "../../../src/editor/endNote";
import { hoverWords } from "../../../src/editor/hoverWords";
import { escapeMarkdown } from "../../../src/editor/markdown";
import { progressWords } from "../../../src/editor/progressWords";
import { rankedSpans, stepRank } from "../../../src/editor/ranking";
import { statusWords } from "../../../src/editor/statusWords";
import { classesPrediction, numberPrediction } from "../../support/predictions";
import { attribution, english, sampleExplanation } from "./fixture";

/** What Markdown makes of escaped text, for the entities that are used. */
function plainText(markdown: string): string {
  return markdown
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)))
    .replaceAll("&emsp;", "")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");
}

describe("escapeMarkdown", () => {
  it("leaves nothing that Markdown, HTML, icons or tables would read", () => {
    const hostile = '[x](command:evil) <img src=x> `a` *b* _c_ | d | $(gear) #e ~~f~~ https://x.y ![i](j) \\| & "q"';
    expect(escapeMarkdown(hostile)).not.toMatch(/[[\]()<>`*_|$~!\\:/]/);
    expect(plainText(escapeMarkdown(hostile))).toBe(hostile);
  });

  it("keeps everything in one line and in its direction", () => {
    expect(escapeMarkdown("abc\u202edef\u2066\u200f")).toBe("abcdef");
    expect(escapeMarkdown("a\r\nb\u2028c\td")).toBe("a b c d");
  });
});

describe("hoverWords", () => {
  const explanation = sampleExplanation();
  const source = {
    id: 7,
    explanation,
    stale: false,
    pinned: false,
    isRead: false,
    masked: null,
    importance: "lime",
  } as const;
  const words = (index: number, change: object = {}): string => {
    const token = explanation.tokens[index];
    return token ? plainText(hoverWords({ ...source, ...change }, token, english)) : "";
  };

  it("shows piece, id, index and every method's score, rank and share", () => {
    const text = words(2);
    expect(text).toContain("**gorgeous**  piece gorgeous · id 102 · token 2");
    expect(text).toContain("| LIME, coloured | +0.200 | 1 of 7 | 40.7 % |");
    expect(text).toContain("| Attention, rollout | 0.400 | 1 of 7 | 45.5 % |");
    expect(words(6)).toContain("| LIME, coloured | −0.120 | 2 of 7 | 24.4 % |");
  });

  it("says that a score is too weak for a colour, and that it is estimated", () => {
    expect(words(3)).toContain("| LIME, too weak for a colour | +0.001 |");
    const owen = { ...attribution("partitionShap", [0, 0.05, 1, 0.4, 0, 0, 0, 0, 0]), converged: null };
    const estimated = { explanation: sampleExplanation({ attributions: [owen] }), importance: "partitionShap" };
    expect(words(1, estimated)).toContain("| Owen values, estimated, too weak for a colour | +0.050 |");
    expect(words(3, estimated)).toContain("| Owen values, estimated, coloured | +0.400 |");
  });

  it("says what gets the scores where that is not the token", () => {
    const sentences = { ...attribution("lime", [0.05, 0.4]), units: "sentence" } as const;
    const text = words(2, { explanation: sampleExplanation({ attributions: [sentences] }) });
    expect(text).toContain("| LIME, by sentence, ");
  });

  it("says that a score is within its error, instead of its rank and share", () => {
    const standardErrors = [0, 0.02, 0.01, 0.001, 0.01, 0.05, 0.01, 0.02, 0];
    const lime = { ...attribution("lime", [0, 0.02, 0.2, 0.001, -0.04, -0.08, -0.12, 0.03, 0]), standardErrors };
    const measured = { explanation: sampleExplanation({ attributions: [lime] }) };
    expect(words(1, measured)).toContain("| LIME, too weak for a colour | +0.020 ± 0.020 | within its error |  |");
    expect(words(2, measured)).toContain("| LIME, coloured | +0.200 ± 0.010 | 1 of 7 | 40.7 % |");
  });

  it("says what masking does and who looks", () => {
    const masked = classesPrediction(
      { index: 0, label: "negative", logit: 1, probability: 0.6 },
      { index: 1, label: "positive", logit: 0, probability: 0.4 },
    );
    expect(words(2, { masked })).toContain("Masked: positive 98.7 % → 40.0 %.");
    expect(words(2)).toContain(
      `Looked at most by [layer 4, head 7](command:explainWithTransformer.showHead?${encodeURIComponent("[7,3,6]")}) from *ending*.`,
    );
    expect(words(2)).not.toContain("Masked:");
  });

  it("says the weightiest doubt in one sentence", () => {
    const attributions = [{ ...poor, scores: explanation.attributions[0]?.scores ?? [] }];
    expect(words(2, { explanation: sampleExplanation({ attributions }) })).toContain(`\n\n⚠ ${poorSentence}\n\n`);
    expect(words(2)).not.toContain("⚠");
  });

  it("links to masking, panel and pin, and to running again when the text was edited", () => {
    const args = encodeURIComponent("[7,2]");
    expect(words(2)).toContain(`[Mask and explain again](command:explainWithTransformer.maskToken?${args})`);
    expect(words(2)).toContain(`[Show in panel](command:explainWithTransformer.showPanel?${args})`);
    expect(words(2, { pinned: true })).toContain("[Unpin](command:explainWithTransformer.pin");
    expect(words(2, { stale: true })).toContain("[Explain again](command:explainWithTransformer.explainAgain");
  });

  it("does not let the person's text become Markdown", () => {
    const tokens = explanation.tokens.map((token) =>
      token.index === 2 ? { ...token, text: "[x](command:evil)", piece: "<b>" } : token,
    );
    const token = tokens[2];
    const text = token && hoverWords({ ...source, explanation: { ...explanation, tokens } }, token, english);
    expect(text).toBeDefined();
    expect(text).not.toContain("](command:evil)");
    expect(text).not.toContain("<b>");
  });
});

const unsettled = { ...attribution("lime", []), converged: false };
const poor = { ...attribution("lime", []), converged: true, quality: { r2: 0.66 } };
const poorSentence =
  "LIME catches only a part of what the model does with this text (R² 0.66): take its scores as a hint at most.";

/** The note of an explanation. */
function noteOf(change: Partial<Explanation>, source: Partial<NoteSource> = {}): string {
  const usual = { stale: false, importance: "lime", brief: false } as const;
  return endNote({ explanation: sampleExplanation(change), ...usual, ...source }, english);
}

describe("doubtsOf", () => {
  it("says what to know of the method that is shown, weightiest first, and what the engine warns of", () => {
    const warnings = [message("Half of the tokens are unknown.")];
    const said = (shown: Attribution): string[] =>
      doubtsOf({ warnings, attributions: [], measures: [] }, shown).map(formatMessage);
    expect(said({ ...poor, converged: false })).toEqual([
      poorSentence,
      "LIME ended before its scores had settled: they may still change.",
      "Half of the tokens are unknown.",
    ]);
    expect(said({ ...poor, quality: { r2: -13 } })[0]).toBe(
      "LIME catches nothing of what the model does with this text (R² < 0): nothing has its colour.",
    );
    expect(said({ ...poor, partial: true, quality: { r2: -13 } })[0]).toMatch(/^LIME catches nothing/);
    expect(said({ ...poor, quality: { r2: 0.67 } })).toEqual(["Half of the tokens are unknown."]);
    expect(said({ ...unsettled, partial: true })).toEqual(["Half of the tokens are unknown."]);
  });
});

describe("endNote", () => {
  it("says the prediction, and what to know before believing the colours", () => {
    expect(noteOf({})).toBe("positive 98.7 % · LIME");
    expect(noteOf({}, { stale: true })).toBe("positive 98.7 % · LIME · edited – run again");
    expect(noteOf({ attributions: [unsettled], masked: [2] })).toBe(
      "positive 98.7 % · LIME · 1 token masked · ⚠ not converged",
    );
  });

  it("says in how many parts a long text was read, which is no doubt", () => {
    const window = { start: 0, end: 9, firstToken: 1, endToken: 4 };
    const warnings = [message(windowsTemplate, 900, 510, 2)];
    const long = { windows: [window, window], warnings };
    expect(noteOf(long)).toBe("positive 98.7 % · LIME · read in 2 parts");
    expect(doubtsOf({ warnings, attributions: [], measures: [] }, undefined)).toEqual([]);
    expect(readingRemarks({ warnings })).toEqual(warnings);
  });

  it("calls Owen values estimated while not every block was opened", () => {
    const owen = (converged: true | null) => ({ ...attribution("partitionShap", []), converged });
    expect(noteOf({ attributions: [owen(null)] })).toBe("positive 98.7 % · Owen values, estimated");
    expect(noteOf({ attributions: [owen(true)] })).toBe("positive 98.7 % · Owen values");
  });

  it("marks a poor fit, and warnings of the engine, of the method that is shown", () => {
    expect(noteOf({ attributions: [poor] })).toBe("positive 98.7 % · LIME · ⚠ poor fit");
    expect(noteOf({ attributions: [{ ...poor, partial: true }] })).toBe("positive 98.7 % · LIME");
    expect(noteOf({ warnings: [message("Half of the tokens are unknown.")] })).toBe(
      "positive 98.7 % · LIME · ⚠ see hover",
    );
    expect(noteOf({ attributions: [attribution("lrp", []), poor] }, { importance: "lrp" })).toBe(
      "positive 98.7 % · Relevance (AttnLRP)",
    );
    expect(noteOf({ attributions: [poor] }, { importance: null })).toBe("positive 98.7 %");
    expect(noteOf({ attributions: [poor] }, { brief: true })).toBe("positive 98.7 % · ⚠");
  });
});

describe("methods that disagree", () => {
  const scores = [0, 0.9, 0.5, 0.2, -0.1, -0.4, 0];
  const shown = attribution("lrp", scores);
  const opposite = scores.map((score) => -score);
  const said = (...others: Attribution[]): string[] =>
    doubtsOf({ warnings: [], attributions: [shown, ...others], measures: [] }, shown).map(formatMessage);

  it("are said where the one that is shown stands alone", () => {
    expect(said(attribution("occlusion", opposite), attribution("deepLift", opposite))).toEqual([
      "The methods disagree about this text: Relevance (AttnLRP) puts the words in another order than the others do (τ-b −1.000 on average). Compare them before you believe one.",
    ]);
    expect(said(attribution("occlusion", opposite), attribution("deepLift", scores))).toHaveLength(1);
  });

  it("are not where others agree, know nothing of the model, have no signs, or are not finished", () => {
    expect(said()).toEqual([]);
    expect(said(attribution("occlusion", scores))).toEqual([]);
    expect(said(attribution("random", opposite), attribution("rollout", opposite))).toEqual([]);
    expect(said({ ...attribution("occlusion", opposite), partial: true })).toEqual([]);
  });
});

it("doubts a method that did not pass a sanity check", () => {
  const shown = attribution("saliency", []);
  const said = (value: number): string[] => {
    const figure = { value, spread: null, curve: null, scale: "none" as const, evaluations: 9, notes: [] };
    const measures = [{ method: shown.method, values: { randomLayers: figure } }];
    return doubtsOf({ warnings: [], attributions: [shown], measures }, shown).map(formatMessage);
  };
  expect(said(0.1)).toEqual([]);
  expect(said(0.8)).toEqual([
    "Saliency explains the text rather than the model: with all layers random its scores are in nearly the same order (τ-b 0.800).",
  ]);
});

describe("labels that have little room", () => {
  const named = (label: string): string =>
    noteOf({ prediction: classesPrediction({ index: 0, label, logit: 1, probability: 0.5 }) });

  it("are shortened, and stay on their line and in their direction", () => {
    expect(named("a\u202eb\nc\u2028d")).toBe("ab c d 50.0 % · LIME");
    expect(named("x".repeat(1000))).toBe(`${"x".repeat(59)}… 50.0 % · LIME`);
    expect(named("חיובי")).toBe("חיובי 50.0 % · LIME");
  });
});

describe("a model's only number", () => {
  const score = { index: 0, label: "score", logit: -1.2345, probability: null };
  const target = {
    label: "score",
    versus: null,
    position: null,
    kind: "number",
    value: -1.2345,
    baselineValue: 0,
  } as const;
  const change = { prediction: numberPrediction(score), target };

  it("stands in note, status item and hover as it is", () => {
    expect(noteOf(change)).toBe("score −1.234 · LIME");
    const explanation = sampleExplanation(change);
    const settings = { importanceMethod: "lime", showImportance: true, showAttention: false } as const;
    const status = statusWords(
      {
        running: [],
        current: { explanation, stale: false },
        failure: null,
        model: { name: "m", pattern: null },
        settings,
      },
      english,
    );
    expect(status.words).toBe("score −1.234 · LIME · sentiment");
    expect(plainText(status.tooltip)).toContain("| Output | Number |\n| :-- | --: |\n| score | −1.234 |");
    const [, , token] = explanation.tokens;
    const masked = numberPrediction({ ...score, logit: 0.5 });
    const source = { id: 1, explanation, stale: false, pinned: false, isRead: false, masked, importance: null };
    expect(token && plainText(hoverWords(source, token, english))).toContain("Masked: score −1.234 → 0.500.");
  });
});

describe("statusWords", () => {
  const settings = { importanceMethod: "lime", showImportance: true, showAttention: false } as const;
  const model = { name: "sentiment", pattern: null };
  const base = { running: [], current: undefined, failure: null, model, settings };
  const current = { explanation: sampleExplanation(), stale: false };

  it("says progress, failure, prediction or model, in this order", () => {
    const progress = { phase: "lime", done: 320, total: 1000, remainingMilliseconds: 900 } as const;
    expect(statusWords({ ...base, current, failure: "x", running: [{ progress }] }, english)).toMatchObject({
      icon: "loading~spin",
      words: "LIME: 320 of 1,000 evaluations, about 900 ms left",
    });
    expect(statusWords({ ...base, current, failure: "No model." }, english)).toMatchObject({
      icon: "error",
      words: "Explain: failed",
      severity: "error",
    });
    expect(statusWords({ ...base, current }, english)).toMatchObject({
      icon: "check",
      words: "positive 98.7 % · LIME · sentiment",
      severity: "normal",
    });
    const masked = { explanation: sampleExplanation({ masked: [2, 4] }), stale: false };
    expect(statusWords({ ...base, current: masked }, english).words).toBe(
      "positive 98.7 % · 2 tokens masked · LIME · sentiment",
    );
    expect(statusWords(base, english)).toMatchObject({ icon: "lightbulb", words: "Explain" });
  });

  it("says which model a document gets, and by which pattern", () => {
    expect(plainText(statusWords(base, english).tooltip)).toContain("Model: sentiment.");
    const chosen = statusWords({ ...base, model: { name: "german", pattern: "*.de.md" } }, english);
    expect(chosen.words).toBe("Explain · german");
    expect(plainText(chosen.tooltip)).toContain("Model: german. It is chosen by the pattern *.de.md.");
  });

  it("warns when the text was edited or a method did not converge", () => {
    expect(statusWords({ ...base, current: { ...current, stale: true } }, english)).toMatchObject({
      icon: "edit",
      words: expect.stringMatching(/^positive/),
    });
    const doubted = [{ attributions: [unsettled] }, { attributions: [poor] }, { warnings: [message("Two windows.")] }];
    for (const change of doubted) {
      const words = statusWords(
        { ...base, current: { explanation: sampleExplanation(change), stale: false } },
        english,
      );
      expect(words).toMatchObject({ icon: "warning", words: expect.stringMatching(/^positive/) });
      expect(plainText(words.tooltip)).toMatch(/R² 0\.66|settled|Two windows/);
    }
  });

  it("does not draw links that a model's names ask for", () => {
    const label = "$(bug) [x](command:evil)";
    const prediction = classesPrediction({ index: 0, label, logit: 1, probability: 0.9 });
    const words = statusWords(
      {
        ...base,
        current: { explanation: sampleExplanation({ prediction, warnings: [message("<i>")] }), stale: false },
      },
      english,
    );
    expect(words.tooltip).not.toContain("](command:evil)");
    expect(words.tooltip).not.toContain("<i>");
  });
});

describe("progressWords", () => {
  it("names phase, evaluations and remaining time as far as they are known", () => {
    const words = (change: object): string =>
      progressWords({ phase: "lime", done: 5, total: 0, remainingMilliseconds: null, ...change }, english);
    expect(words({ phase: "loading" })).toBe("Loading the model");
    expect(words({})).toBe("LIME");
    expect(words({ phase: "lrp", done: 0, total: 1 })).toBe("Relevance (AttnLRP)");
    expect(words({ total: 1000 })).toBe("LIME: 5 of 1,000 evaluations");
    expect(words({ total: 1000, remainingMilliseconds: 2500 })).toBe("LIME: 5 of 1,000 evaluations, about 2.5 s left");
  });
});

describe("ranking", () => {
  const lime = sampleExplanation().attributions[0];
  const ranked = lime ? rankedSpans(sampleExplanation(), lime) : [];

  it("orders by the size of the score", () => {
    expect(ranked.slice(0, 3)).toEqual([
      { start: 2, end: 10, segment: 0 },
      { start: 21, end: 27, segment: 0 },
      { start: 14, end: 20, segment: 0 },
    ]);
  });

  it("starts with the strongest, steps, and goes around", () => {
    const nowhere = { start: 5, end: 5 };
    expect(stepRank(ranked, nowhere, 1)).toEqual(ranked[0]);
    expect(stepRank(ranked, { start: 2, end: 10 }, 1)).toEqual(ranked[1]);
    expect(stepRank(ranked, { start: 2, end: 10 }, -1)).toEqual(ranked.at(-1));
    expect(stepRank([], nowhere, 1)).toBeUndefined();
  });
});
