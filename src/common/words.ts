import { cleanText, shortened } from "./cleanWords";
import type { ExplainProgress, RunProgress } from "./engineProtocol";
import type { Explanation } from "./explanation";
import { formatCount, formatOutput } from "./format";
import { formatMessage } from "./message";
import { methodInfo } from "./method";
import { outcomeName } from "./prediction/form";
import { headlineOf, type Prediction } from "./prediction/registry";

/** Fills a template of ours and puts it into the person's language, if it is not in that already. */
export type Say = (template: string, ...args: (string | number)[]) => string;

/** {@link Say} for templates that are as they are to be. */
export const fill: Say = (template, ...args) => formatMessage({ template, args });

/** The sentences of this file, before translation. */
export const wordTemplates = {
  loadingModel: "Loading the model",
  predicting: "Predicting",
  predictingPart: "Predicting: part {0} of {1}",
  measuring: "Measuring",
  writing: "Writing",
  writingPart: "Writing: token {0} of {1}",
  progressOf: "{0}: {1} of {2} evaluations",
  oneTokenMasked: "1 token masked",
  tokensMasked: "{0} tokens masked",
};

/** {@link wordTemplates}, or their translations. */
type Templates = { readonly [K in keyof typeof wordTemplates]: string };

/** What a phase of a run is called; methods are called by their names. */
export function phaseName(phase: ExplainProgress["phase"], say: Say, templates: Templates = wordTemplates): string {
  switch (phase) {
    case "loading":
      return say(templates.loadingModel);
    case "writing":
      return say(templates.writing);
    case "predicting":
      return say(templates.predicting);
    case "measuring":
      return say(templates.measuring);
    default:
      return say(methodInfo(phase).label);
  }
}

/** Of a text that is being written this much of its end is shown, in UTF-16 units. */
const longestWritten = 60;

/** What a run is doing, and how far it is where that takes more than one step. */
export function phaseWords(
  { phase, done, total, written = "" }: RunProgress,
  say: Say,
  templates: Templates = wordTemplates,
): string {
  const name = phaseName(phase, say, templates);
  if (total <= 1 || phase === "loading") {
    return name;
  }
  if (phase === "writing") {
    const words = say(templates.writingPart, Math.min(done + 1, total), total);
    const end = cleanText(written.slice(-longestWritten)).trimStart();
    return end === "" ? words : `${words}: …${end}`;
  }
  return phase === "predicting"
    ? say(templates.predictingPart, Math.min(done + 1, total), total)
    : say(templates.progressOf, name, formatCount(done), formatCount(total));
}

/** Of more labels than these it is said how many there are. */
const mostSaid = 3;
/** What stands for a prediction that says nothing. */
const noLabel = "–";

/** A prediction in a few words, of at most so many code points of its label: `positive 98.7 %`, or `score 3.214`. */
export function predictionWords(prediction: Prediction, longest: number): string {
  const said = headlineOf(prediction);
  const words = said
    .slice(0, mostSaid)
    .map((outcome) => `${shortened(cleanText(outcomeName(outcome)), longest)} ${formatOutput(outcome)}`);
  const more = said.length > mostSaid ? [`+${said.length - mostSaid}`] : [];
  return said.length === 0 ? noLabel : [...words, ...more].join(", ");
}

/** How many tokens are masked; nothing where none is. */
export function maskedWords(
  { masked }: Pick<Explanation, "masked">,
  say: Say,
  templates: Templates = wordTemplates,
): string[] {
  if (masked.length === 0) {
    return [];
  }
  return [masked.length === 1 ? say(templates.oneTokenMasked) : say(templates.tokensMasked, masked.length)];
}
