import type { ExplainRequest, PlacedRequest, Token, Unit } from "../common/explanation";
import type { Message } from "../common/message";
import type { OutputKind } from "../common/model";
import type { GeneratedPrediction } from "../common/prediction/generated";
import type { Prediction } from "../common/prediction/registry";
import type { Target } from "./target";
import type { Vocabulary } from "./vocabulary";

/** What a model's outputs are called, in order, and what they are. Outputs that are a vocabulary have no labels. */
export interface TaskHead {
  readonly labels: readonly string[];
  readonly gives: OutputKind;
  readonly vocabulary: Vocabulary;
}

/**
 * What a person asks: a label or class index as text (`null`: the prediction), what to compare it with, at which token, from which probability a class is said where each has its own, and
 * among which labels of their own; beside that what some tasks alone ask.
 */
export type TaskQuestion = Pick<PlacedRequest, "target" | "versus" | "position" | "threshold" | "zeroShot"> &
  Partial<Pick<PlacedRequest, "aggregation">>;

/** What `config.json` says of a model. */
export interface TaskConfig {
  /** The class that it was exported from; `null` where none is named. */
  readonly architecture: string | null;
  /** `problem_type`. */
  readonly problem: unknown;
  /** How many labels it has; `null` where that is not said. */
  readonly labels: number | null;
  /** Whether the labels have names. */
  readonly isNamed: boolean;
  /** These names, in class order; none where some are missing. */
  readonly labelNames: readonly string[];
  /** Whether the folder says how states of tokens are pooled into one embedding. */
  readonly isPooled: boolean;
}

/** The outputs of one window of a text. */
export interface WindowOutputs {
  /** The tokens at which they were read, in order; empty where they are of the text as a whole. */
  readonly at: readonly number[];
  /** [tokens of {@link at}, or 1, × width], row after row; of each token its {@link TaskKind.digest} where the task has one. */
  readonly outputs: ArrayLike<number>;
  /** The window's share of the content; the shares of all windows add up to 1. */
  readonly share: number;
  /** How much this window's say counts at each token of the text. */
  readonly weights: ArrayLike<number>;
}

/**
 * A text that is read beside the person's: the second of a pair, a question about the text, which comes before it, a hypothesis that is ours and gets no
 * scores, or a text that is read by itself, to be compared.
 */
export interface SecondText {
  readonly role: "pair" | "question" | "hypothesis" | "apart";
  readonly text: string;
}

/** What a language model wrote behind a text, before the text is read. */
export interface Continuation extends Pick<GeneratedPrediction, "steps" | "end"> {
  /** The text's tokens where it was put into a chat template, or something before it; `null` where it was read as it is. */
  readonly prompt: readonly Token[] | null;
  /** Ids that stand before what is written, where a decoder is fed that. */
  readonly begins: readonly number[];
  readonly notes: readonly Message[];
}

/** A text and what a model gives for it. */
export interface ReadText {
  readonly text: string;
  readonly pair: string | null;
  readonly tokens: readonly Token[];
  /** Where the words end that the tokenizer cut the text into before it looked for tokens, as UTF-16 offsets. */
  readonly wordEnds: () => readonly number[];
  /** What was written behind it, by a task that does so. */
  readonly continuation?: Continuation | null;
  readonly windows: readonly WindowOutputs[];
}

/** A text before it is run. */
export interface AskedText {
  readonly text: string;
  readonly pair: string | null;
  readonly tokens: readonly Token[];
  readonly words: readonly Unit[];
  /** Ids that stand before what is written, where a decoder is fed that: they tell it to begin. */
  readonly begins: readonly number[];
  readonly continuation: Continuation | null;
}

/** A text's tokens as a task asks about them. */
export interface Asked {
  readonly tokens: readonly Token[];
  /** What of the model's own is among them, as a text. */
  readonly output?: string;
  /** Tokens that methods leave as they are, as a blank is. */
  readonly fixed: readonly number[];
  readonly warnings: readonly Message[];
}

/** A task: which models are made for it, and how their outputs become a prediction and a target. */
export interface TaskKind {
  /** Whether a model is made for the task, as far as its configuration tells, or can also serve it if its file does. */
  detects(config: TaskConfig): boolean | "also";
  /** Whether it reads the states of tokens, pooled into one embedding of the text ({@link places} is `null`), in place of what a head makes of them. */
  readonly pools?: true;
  /** Whether nothing is said of a text, so that there is nothing that scores could be for. */
  readonly isSilent?: true;
  /** Whether so many outputs fit the task; `gives` is what they are, `null` where that is not said. */
  fits(width: number, gives: OutputKind | null): boolean;
  /** Flags of the command line that it reads and others do not, of models that give such outputs; none where left out. */
  readonly flags?: (gives: OutputKind) => readonly string[];
  /** Whether the outputs have labels, which are those of `config.json`. */
  readonly isLabelled: boolean;
  /** Whether the model goes on with a text before it is read. */
  readonly continues?: boolean;
  /** Makes of a text what is asked about it, such as a blank of a word; a text is read as it is where left out. Throws where what must be asked is missing. */
  ask?(text: AskedText, question: TaskQuestion, head: TaskHead): Asked;
  /** What the outputs are. */
  gives(config: Pick<TaskConfig, "problem" | "labels">): OutputKind;
  /**
   * The tokens at which outputs are read for the prediction; `null` where outputs are of the text as a whole, [texts, width]. Others are per token, and the graph gives
   * them where they are asked for (`graph/passes/readPlaces.ts`). Throws where the text has no such token.
   */
  readonly places:
    | ((text: Omit<ReadText, "windows">, question: TaskQuestion, head: TaskHead) => readonly number[])
    | null;
  /**
   * What of the outputs at a token its prediction is made of, where that is little of many: equally many numbers for each token. Outputs are then read at few tokens at a time, and these numbers
   * are what {@link WindowOutputs.outputs} has. Left out where all are needed.
   */
  readonly digest?: (
    outputs: Float32Array,
    token: number,
    text: Pick<ReadText, "tokens">,
    head: TaskHead,
  ) => readonly number[];
  /** Names of the graph's outputs that hold what is read per token; one called `logits` where left out. */
  readonly outputs?: readonly string[];
  /** What is read beside the text, where that is not the second text of a request as it is. Throws where the request lacks it. */
  readonly second?: (request: Pick<ExplainRequest, "pair">) => SecondText;
  /**
   * Second texts of ours, with each of which the text is read; the outputs for the prediction are then those of one "window" for each. Throws where the request does not name
   * them rightly.
   */
  readonly hypotheses?: (request: Pick<ExplainRequest, "zeroShot" | "pair">) => readonly string[];
  /** The second text, a question, comes first in a row. */
  readonly asksFirst?: true;
  /** The prediction of a text. */
  predict(head: TaskHead, read: ReadText, question: TaskQuestion): Prediction;
  /** What is explained. Throws `label-unknown`. */
  target(head: TaskHead, question: TaskQuestion, prediction: Prediction, read: ReadText): Target;
}

/** Numbers of several windows as one, each weighted by the window's share; the shares add up to 1. */
export function weightedMean(values: readonly number[], shares: readonly number[]): number {
  return values.reduce((sum, value, index) => sum + value * (shares[index] ?? 0), 0);
}

/** The mean of each output over the windows; `of` makes outputs of those of one window. */
export function meanOutputs(
  { labels }: Pick<TaskHead, "labels">,
  windows: readonly WindowOutputs[],
  of: (outputs: ArrayLike<number>) => ArrayLike<number> = (outputs) => outputs,
): number[] {
  const shares = windows.map(({ share }) => share);
  const rows = windows.map(({ outputs }) => of(outputs));
  return labels.map((_, index) =>
    weightedMean(
      rows.map((row) => row[index] ?? 0),
      shares,
    ),
  );
}
