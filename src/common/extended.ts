import type { Attribution, Explanation, MeasuredMethod } from "./explanation";
import type { MeasureId } from "./measure";
import { type MethodId, methodInfo } from "./method";

/** An explanation with what another run found of the same text: its attributions, each in the place of one by the same method or else behind all, and what it warns of. */
export function withAttributions(before: Explanation, found: Explanation): Explanation {
  const given = new Set(before.warnings.map((warning) => JSON.stringify(warning)));
  return {
    ...before,
    attributions: merged<Attribution>(before.attributions, found.attributions),
    warnings: [...before.warnings, ...found.warnings.filter((warning) => !given.has(JSON.stringify(warning)))],
    milliseconds: before.milliseconds + found.milliseconds,
  };
}

/** An explanation with what was measured besides: further methods, or further figures of those that have some. */
export function withMeasures(before: Explanation, found: readonly MeasuredMethod[]): Explanation {
  const whole = found.map(({ method, values }) => {
    const known = before.measures.find((one) => one.method === method)?.values;
    return { method, values: { ...known, ...values } };
  });
  return { ...before, measures: merged<MeasuredMethod>(before.measures, whole) };
}

/** The finished methods of which none of these measures is known; methods that know nothing of the model are measured with others. */
export function unmeasured(
  { attributions, measures }: Pick<Explanation, "attributions" | "measures">,
  ids: readonly MeasureId[],
): Attribution[] {
  const measured = new Set(
    measures.flatMap(({ method, values }) => (ids.some((id) => values[id] !== undefined) ? [method] : [])),
  );
  return attributions.filter(({ method, partial }) => !partial && !measured.has(method) && !methodInfo(method).isBlind);
}

function merged<T extends { readonly method: MethodId }>(before: readonly T[], found: readonly T[]): T[] {
  const newer = new Map(found.map((one) => [one.method, one]));
  const kept = before.map((one) => newer.get(one.method) ?? one);
  const known = new Set(before.map(({ method }) => method));
  return [...kept, ...found.filter(({ method }) => !known.has(method))];
}
