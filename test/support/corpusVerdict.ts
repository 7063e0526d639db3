import { ExplainError } from "../../src/common/errors";
import { formatMessage } from "../../src/common/message";
import { readGraph } from "../../src/graph/readGraph";
import { type CorpusFile, corpusGolden, corpusModel } from "./corpus";
import { type GradientFigures, measureGradients } from "./corpusGradients";
import { type ForwardFigures, measureForward, openSession } from "./corpusMeasure";

type Figures = ForwardFigures & GradientFigures;

/** What became of one file of the corpus. */
export interface Verdict {
  /** `refused`: what is not right is refused by the product itself, by name; the figures that there are hold. */
  readonly outcome: "right" | "refused" | "wrong";
  /** `right`, or what is refused and why, or what is wrong. */
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
  let figures: Partial<Figures> = {};
  const refusals: string[] = [];
  const mistakes: string[] = [];
  const attempt = async (what: string, measure: () => Promise<Partial<Figures>>) => {
    try {
      figures = { ...figures, ...(await measure()) };
    } catch (thrown) {
      if (thrown instanceof ExplainError && isRefusal(thrown)) {
        refusals.push(`${what}: ${thrown.message}`);
      } else {
        mistakes.push(`${what} fails: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
      }
    }
  };
  await attempt("model", async () => {
    const { missing, ...forward } = await measureForward(readGraph(bytes), cases);
    if (missing) {
      refusals.push(`attention: ${formatMessage(missing)}`);
    }
    return forward;
  });
  await attempt("gradients", () => measureGradients(readGraph(bytes), cases));
  const rejected = mistakes.length > 0 ? await rejection(bytes) : undefined;
  if (rejected !== undefined) {
    return { outcome: "refused", text: `refused: the runtime rejects the file as shipped: ${rejected}`, figures };
  }
  const bounds = boundsOf(file);
  for (const [name, figure] of Object.entries(figures)) {
    if (!(figure <= bounds[name as keyof Figures])) {
      mistakes.push(`${name} off by ${figure.toExponential(0)}`);
    }
  }
  if (mistakes.length > 0) {
    return { outcome: "wrong", text: `wrong: ${[...mistakes, ...refusals].join("; ")}`, figures };
  }
  return refusals.length > 0
    ? { outcome: "refused", text: `refused: ${refusals.join("; ")}`, figures }
    : { outcome: "right", text: "right", figures };
}

function isRefusal({ reason }: ExplainError): boolean {
  return reason === "operator-unsupported" || reason === "model-unsupported";
}

/** What the runtime has against a file as shipped; `undefined` where it takes it. */
async function rejection(file: Uint8Array): Promise<string | undefined> {
  try {
    await (await openSession([file])).release();
    return undefined;
  } catch (thrown) {
    return (thrown instanceof Error ? thrown.message : String(thrown)).split("\n")[0];
  }
}
