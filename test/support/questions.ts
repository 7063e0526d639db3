import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

/** A question, and what the pipeline of `transformers` and torch say; see `test/golden/questions/make.py`. */
export interface QuestionCase {
  readonly model: string;
  readonly question: string;
  readonly context: string;
  readonly longest: number;
  readonly windows: readonly {
    readonly ranges: readonly (readonly [number, number])[];
    readonly words: readonly number[];
    readonly starts: readonly number[];
    readonly ends: readonly number[];
    readonly none: readonly [number, number];
  }[];
  readonly answers: readonly {
    readonly start: number;
    readonly end: number;
    readonly answer: string;
    readonly score: number;
  }[];
  /** Gradients of the start and end logit at two positions, where the context fits one window. */
  readonly slope?: {
    readonly answer: string;
    readonly positions: readonly [number, number];
    readonly value: number;
    readonly gradientXInput: readonly number[];
    readonly integratedGradients: readonly number[];
  };
}

/** A text with candidate labels, and what the zero-shot pipeline says. */
export interface EntailmentCase {
  readonly model: string;
  readonly labels: readonly string[];
  readonly text: string;
  readonly candidates: readonly string[];
  readonly template: string;
  readonly several: boolean;
  readonly rows: readonly (readonly number[])[];
  readonly scores: Readonly<Record<string, number>>;
}

/** The folder of the tiny models. */
export const questionModels = join(import.meta.dirname, "../golden/questions");

/** All cases. */
export const {
  questions,
  entailment,
}: { readonly questions: readonly QuestionCase[]; readonly entailment: readonly EntailmentCase[] } = JSON.parse(
  gunzipSync(readFileSync(join(questionModels, "cases.json.gz"))).toString(),
);
