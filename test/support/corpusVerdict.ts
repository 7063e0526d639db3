import { ExplainError } from "../../src/common/errors";
import { type CorpusFile, corpusGolden, corpusModel } from "./corpus";
import { type ForwardFigures, measureForward } from "./corpusMeasure";

/** What became of one file of the corpus. */
export interface Verdict {
  /** `right`, or what is wrong, or why it is refused. */
  readonly text: string;
  readonly figures: Partial<ForwardFigures>;
}

/** The bounds of a file: quantised and rewritten ones compute with other roundings than torch. */
export function boundsOf({ variant }: CorpusFile): ForwardFigures {
  const bound = variant === "fp32" ? 1e-5 : 1e-4;
  return { logits: bound, attention: bound, padded: 1e-5 };
}

/** Explains a file of the corpus and compares with torch. */
export async function verdictOf(file: CorpusFile, corpus: string): Promise<Verdict> {
  try {
    const figures = await measureForward(corpusModel(file), corpusGolden(file, corpus));
    const bounds = boundsOf(file);
    const wrong = Object.entries(bounds)
      .map(([name, bound]) => ({ name, bound, figure: figures[name as keyof ForwardFigures] }))
      .filter(({ figure, bound }) => !(figure <= bound))
      .map(({ name, figure }) => `${name} ${figure.toExponential(0)}`);
    return { text: wrong.length === 0 ? "right" : `off: ${wrong.join(", ")}`, figures };
  } catch (thrown) {
    const refused = thrown instanceof ExplainError ? `refused (${thrown.reason}): ` : "fails: ";
    return { text: refused + (thrown instanceof Error ? thrown.message : String(thrown)), figures: {} };
  }
}
