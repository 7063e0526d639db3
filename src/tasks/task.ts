import type { ClassScore } from "../common/explanation";
import type { OutputKind } from "../common/model";
import type { Target } from "./target";

/** What a model's outputs are called, in order, and what they are. */
export interface TaskHead {
  readonly labels: readonly string[];
  readonly gives: OutputKind;
}

/** What a person asks: a label or class index as text (`null`: the prediction), and what to compare it with. */
export interface TaskQuestion {
  readonly target: string | null;
  readonly versus: string | null;
}

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
}

/** A task: which models are made for it, and how their outputs become a prediction and a target. */
export interface TaskKind {
  /** Whether a model is made for the task, as far as its configuration tells. */
  detects(config: TaskConfig): boolean;
  /** Whether so many outputs fit the task. */
  fits(outputs: number): boolean;
  /** What the outputs are. */
  gives(config: Pick<TaskConfig, "problem">): OutputKind;
  /** The prediction of a text read in one or more windows, each with its share of the content; the shares add up to 1. */
  predict(head: TaskHead, outputs: readonly ArrayLike<number>[], shares: readonly number[]): ClassScore[];
  /** What is explained. Throws `label-unknown`. */
  target(head: TaskHead, question: TaskQuestion, prediction: readonly ClassScore[]): Target;
}

/** Numbers of several windows as one, each weighted by the window's share; the shares add up to 1. */
export function weightedMean(values: readonly number[], shares: readonly number[]): number {
  return values.reduce((sum, value, index) => sum + value * (shares[index] ?? 0), 0);
}

/** The mean of each output over the windows. */
export function meanOutputs(
  { labels }: Pick<TaskHead, "labels">,
  outputs: readonly ArrayLike<number>[],
  shares: readonly number[],
): number[] {
  return labels.map((_, index) =>
    weightedMean(
      outputs.map((row) => row[index] ?? 0),
      shares,
    ),
  );
}
