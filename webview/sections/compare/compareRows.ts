import { agreementOf } from "../../../src/common/agreement";
import type { Attribution, Explanation, MeasuredMethod } from "../../../src/common/explanation";
import { unmeasured } from "../../../src/common/extended";
import { importanceOf } from "../../../src/common/importance";
import { type MeasureId, measureIds, measures } from "../../../src/common/measure";
import { type MethodId, methodInfo } from "../../../src/common/method";
import type { PanelStatus } from "../../../src/common/panelProtocol";

/** A method in the comparison: with its scores, measured alone, or why it could not be added. */
export interface CompareRow {
  readonly method: MethodId;
  readonly attribution: Attribution | undefined;
  readonly measured: MeasuredMethod["values"];
  /** τ-b with the method that has the editor's colours; `null` for itself and where it does not exist. */
  readonly agreement: number | null;
  readonly refused: string | null;
}

/** All there is to compare. */
export interface Comparison {
  readonly rows: readonly CompareRow[];
  /** The method that has the editor's colours, which the others are compared with. */
  readonly reference: Attribution | undefined;
  /** How many could be measured and have not been. */
  readonly unmeasured: number;
}

/** The methods of an explanation side by side, in the order they were found. */
export function comparisonOf(explanation: Explanation, status: PanelStatus | null): Comparison {
  const { attributions, measures } = explanation;
  const reference = importanceOf(explanation, status?.importance ?? null) ?? attributions[0];
  const agreement = agreementOf(explanation);
  const place = (wanted: MethodId | undefined) => agreement?.methods.findIndex((method) => method === wanted) ?? -1;
  const measuredOf = (wanted: MethodId) => measures.find(({ method }) => method === wanted)?.values ?? {};
  const found = attributions.map((attribution) => ({
    method: attribution.method,
    attribution,
    measured: measuredOf(attribution.method),
    agreement:
      attribution === reference
        ? null
        : (agreement?.tau[place(reference?.method)]?.[place(attribution.method)] ?? null),
    refused: null,
  }));
  const known = new Set<MethodId>(attributions.map(({ method }) => method));
  const alone = measures.filter(({ method }) => !known.has(method));
  const refused = (status?.refused ?? []).filter(({ method }) => !known.has(method));
  const bare = { attribution: undefined, agreement: null };
  return {
    rows: [
      ...found,
      ...alone.map(({ method, values }) => ({ ...bare, method, measured: values, refused: null })),
      ...refused.map(({ method, why }) => ({ ...bare, method, measured: {}, refused: why })),
    ],
    reference,
    unmeasured: unmeasured(explanation).length,
  };
}

/** The method that does best by the first measure that was asked for; `null` where nothing beats random scores, or nothing was measured at all. */
export function mostFaithful(
  rows: readonly CompareRow[],
): { readonly measure: MeasureId; readonly method: MethodId | null } | null {
  const measure = measureIds.find((id) => rows.some(({ measured }) => measured[id] !== undefined));
  if (!measure) {
    return null;
  }
  const sign = measures[measure].isBetter === "high" ? 1 : -1;
  const valued = rows.flatMap(({ method, measured }) => {
    const value = measured[measure];
    return value === undefined ? [] : [{ method, value: sign * value.value }];
  });
  const [best] = valued.sort((a, b) => b.value - a.value);
  return { measure, method: !best || methodInfo(best.method).isBlind ? null : best.method };
}
