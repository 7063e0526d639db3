import { ExplainError } from "../../src/common/errors";
import { type CorpusFile, corpusGolden, corpusModel } from "./corpus";
import { type GradientFigures, measureGradients } from "./corpusGradients";
import { type ForwardFigures, measureForward, openSession } from "./corpusMeasure";

type Figures = ForwardFigures & GradientFigures;

/** What became of one file of the corpus. */
export interface Verdict {
  /** `right`, or what is wrong, or why it is refused. */
  readonly text: string;
  readonly figures: Partial<Figures>;
}

/** The bounds of a file: quantised and rewritten ones compute with other roundings than torch. */
function boundsOf({ variant }: CorpusFile): Figures {
  const bound = variant === "fp32" ? 1e-5 : 1e-4;
  return {
    logits: bound,
    attention: bound,
    padded: 1e-5,
    embeddings: bound,
    maps: bound,
    states: bound,
    paddedGradients: 1e-5,
  };
}

/** Explains a file of the corpus and compares with torch. */
export async function verdictOf(file: CorpusFile, corpus: string): Promise<Verdict> {
  const bytes = corpusModel(file);
  const cases = corpusGolden(file, corpus);
  const parts = [() => measureForward(bytes, cases), () => measureGradients(bytes, cases)];
  let figures: Partial<Figures> = {};
  const complaints: string[] = [];
  for (const measure of parts) {
    try {
      figures = { ...figures, ...(await measure()) };
    } catch (thrown) {
      complaints.push(complaintOf(thrown));
    }
  }
  if (complaints.length > 0 && !(await runsAsShipped(bytes))) {
    return { text: "refused by the runtime as shipped", figures };
  }
  const bounds = boundsOf(file);
  for (const [name, figure] of Object.entries(figures)) {
    if (!(figure <= bounds[name as keyof Figures])) {
      complaints.push(`off: ${name} ${figure.toExponential(0)}`);
    }
  }
  return { text: complaints.join("; ") || "right", figures };
}

function complaintOf(thrown: unknown): string {
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  return thrown instanceof ExplainError ? `refused (${thrown.reason}): ${text}` : `fails: ${text}`;
}

async function runsAsShipped(file: Uint8Array): Promise<boolean> {
  try {
    await (await openSession([file])).release();
    return true;
  } catch {
    return false;
  }
}
