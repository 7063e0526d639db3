import { shownPiece } from "../byteCharacters";
import { hasFields, isCount, isListOf, isOneOf, isText } from "../checks";
import { shortened } from "../cleanWords";
import { wordLabels } from "./fill";
import { isFigure, type Outcome, type PredictionForm } from "./form";

/** A token that could have come at a place of a continuation: as the vocabulary has it, with the space before it. */
export interface GeneratedAlternative {
  readonly id: number;
  readonly word: string;
  readonly logProbability: number;
}

/** Whether a value that was kept elsewhere is a list of them. */
export const areAlternatives = isListOf(
  hasFields<GeneratedAlternative>({ id: isCount, word: isText, logProbability: isFigure }),
);

/** A token of a continuation. */
export interface GeneratedStep {
  readonly id: number;
  readonly piece: string;
  /** What it adds to the text; nothing where a character of several tokens is not complete yet. */
  readonly text: string;
  /** By the model's own logits, whatever rules changed. */
  readonly logProbability: number;
  /** The likeliest tokens at its place, the likeliest first. */
  readonly alternatives: readonly GeneratedAlternative[];
}

/** What a model goes on with behind a text; `step` is the token that is explained. */
export interface GeneratedPrediction {
  readonly kind: "generated";
  readonly text: string;
  readonly steps: readonly GeneratedStep[];
  readonly step: number;
  /** Why it ends: at a token that stops it, with as many tokens as were asked for, or where the model reads no more. */
  readonly end: "stop" | "length" | "context";
}

/** Code points of a continuation that are said of it, so that there is room for how likely it was. */
const longest = 45;

/** What could have come at the place of a token, the token itself among it, the likeliest first. */
export function candidatesOf(step: GeneratedStep): readonly GeneratedAlternative[] {
  const { id, alternatives, logProbability } = step;
  return alternatives.some((other) => other.id === id)
    ? alternatives
    : [...alternatives, { id, word: step.text || shownPiece(step.piece), logProbability }];
}

/** What could have come at a place, what came first. */
export function outcomesAt(
  chosen: number | undefined,
  candidates: readonly GeneratedAlternative[],
): readonly Outcome[] {
  const labels = wordLabels(candidates);
  const outcomes = candidates.map(({ id, logProbability }, at) => ({
    index: id,
    label: labels[at] ?? "",
    logit: logProbability,
    probability: Math.exp(logProbability),
  }));
  return outcomes.toSorted((a, b) => Number(b.index === chosen) - Number(a.index === chosen));
}

/** How a continuation is listed: by what could have come at the place that is explained, what came first. */
export const generated: PredictionForm<GeneratedPrediction> = {
  outcomes({ steps, step }) {
    const chosen = steps[step];
    return chosen ? outcomesAt(chosen.id, candidatesOf(chosen)) : [];
  },
  /** What was written, and how likely the model found it: a token its probability, more of them their perplexity, as the probability of many is next to nothing. */
  headline({ text, steps }) {
    const label = text.trim() || "…";
    const logProbability = steps.reduce((sum, step) => sum + step.logProbability, 0);
    return steps.length > 1
      ? [
          {
            index: 0,
            label: `${shortened(label, longest)}, perplexity`,
            logit: Math.exp(-logProbability / steps.length),
            probability: null,
          },
        ]
      : [{ index: 0, label, logit: logProbability, probability: Math.exp(logProbability) }];
  },
  position: ({ step }) => step,
  places: ({ steps }) => steps.map(({ text, piece }, position) => ({ position, label: text || shownPiece(piece) })),
  output: ({ text }) => text,
  /** Behind the text, or on a line of its own where it does not go on with it: a decoder begins anew. */
  insertion({ text }, outcome, tokens) {
    const beginsAnew = tokens.some(({ segment, special }) => segment === 2 && special);
    return outcome === null ? { text: beginsAnew ? `\n${text.trim()}` : text, place: null } : null;
  },
  written: ({ steps }) => steps,
  watched({ steps, step }, at) {
    const chosen = steps[step];
    return chosen && at !== null ? [{ token: at, output: chosen.id }] : [];
  },
  /** The token that has written what stands there. */
  questionAt({ steps }, { isWritten, offset }) {
    let end = 0;
    for (const [position, { text }] of steps.entries()) {
      end += text.length;
      if (isWritten && offset < end) {
        return { position };
      }
    }
    return null;
  },
  columns: ["Token", "Log-probability", "Probability"],
  scores: "support",
  check: hasFields<GeneratedPrediction>({
    kind: isOneOf("generated"),
    text: isText,
    step: isCount,
    steps: isListOf(
      hasFields<GeneratedStep>({
        id: isCount,
        piece: isText,
        text: isText,
        logProbability: isFigure,
        alternatives: areAlternatives,
      }),
    ),
    end: isOneOf("stop", "length", "context"),
  }),
};
