import { agreementOf } from "../../../src/common/agreement";
import type { Attribution, Explanation, MeasuredMethod } from "../../../src/common/explanation";
import { unmeasured } from "../../../src/common/extended";
import { importanceOf } from "../../../src/common/importance";
import { quickMeasureIds, rerunMeasureIds } from "../../../src/common/measure";
import type { MethodId } from "../../../src/common/method";
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
  /** How many have no figure of how faithful they are, and how many none of a sanity check. */
  readonly unmeasured: number;
  readonly unchecked: number;
}

/** The methods of an explanation side by side, in the order they were found. */
export function comparisonOf(explanation: Explanation, status: PanelStatus | null): Comparison {
  const { attributions, measures } = explanation;
  const reference = importanceOf(explanation, status?.importance ?? null) ?? attributions[0];
  const agreement = agreementOf(explanation);
  const place = (wanted: MethodId | undefined) => (wanted && agreement?.methods.indexOf(wanted)) ?? -1;
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
    unmeasured: unmeasured(explanation, quickMeasureIds).length,
    unchecked: unmeasured(explanation, rerunMeasureIds).length,
  };
}
