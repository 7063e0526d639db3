import type { MeasuredMethod } from "./explanation";
import { type MeasureId, measureIds, measures } from "./measure";
import { type MethodId, methodInfo } from "./method";

/** Which method does best by the first measure that was asked for, and how well beside random scores. */
export interface MostFaithful {
  readonly measure: MeasureId;
  /** `null` where nothing does better than random scores. */
  readonly method: MethodId | null;
  readonly value: number;
  /** `null` where random scores were not measured. */
  readonly random: number | null;
}

/** The most faithful of the methods that were measured; `null` where nothing was. */
export function mostFaithful(measured: readonly MeasuredMethod[]): MostFaithful | null {
  const measure = measureIds.find((id) => measured.some(({ values }) => values[id] !== undefined));
  if (!measure) {
    return null;
  }
  const sign = measures[measure].isBetter === "high" ? 1 : -1;
  const figures = measured.flatMap(({ method, values }) => {
    const value = values[measure]?.value;
    return value === undefined ? [] : [{ method, value }];
  });
  const [best] = figures.toSorted((a, b) => sign * (b.value - a.value));
  const random = figures.find(({ method }) => methodInfo(method).isBlind)?.value ?? null;
  if (!best) {
    return null;
  }
  return { measure, method: methodInfo(best.method).isBlind ? null : best.method, value: best.value, random };
}
