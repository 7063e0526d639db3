import { isUnfinished } from "../../../src/common/colourScale";
import { fitsPoorly, isUnsettled } from "../../../src/common/doubts";
import type { Attribution, Measured } from "../../../src/common/explanation";
import { formatCount, formatDuration, formatNumber } from "../../../src/common/format";
import { type MeasureId, measureIds, measures } from "../../../src/common/measure";
import { methodIds, methodInfo } from "../../../src/common/method";
import type { PanelStrings } from "../../../src/common/panelStrings";
import { shownError } from "../../../src/common/scoredUnits";
import { fill } from "../../../src/common/words";
import { qualityWords } from "../../qualityWords";
import type { CompareRow, Comparison } from "./compareRows";

/** A column of the figures: how it is headed, what stands in it, and by what it is sorted. */
export interface CompareColumn {
  /** Names it in what is kept over a reload. */
  readonly id: string;
  readonly title: string;
  /** What it says, in a sentence. */
  readonly help: string | null;
  readonly isNumber: boolean;
  /** Large values come first when it is chosen. */
  readonly largeFirst?: boolean;
  /** Smaller comes first; rows without a value come last either way. */
  readonly order: (row: CompareRow) => number | null;
  readonly words: (row: CompareRow) => string;
}

/** The column that rows are sorted by, and which way. */
export interface CompareSort {
  readonly column: string | null;
  readonly descending: boolean;
}

/** The columns of a comparison. Measures that nobody asked for have none. */
export function compareColumns({ rows, reference }: Comparison, strings: PanelStrings): CompareColumn[] {
  const shown = measureIds.filter((id) => rows.some(({ measured }) => measured[id] !== undefined));
  const label = reference ? methodInfo(reference.method).label : "";
  return [
    {
      id: "name",
      title: strings.method,
      help: null,
      isNumber: false,
      order: ({ method }) => methodIds.indexOf(method),
      words: (row) => rowName(row, strings),
    },
    {
      id: "quality",
      title: strings.quality,
      help: null,
      isNumber: false,
      order: ({ attribution }) => (attribution ? doubtfulness(attribution) : null),
      words: ({ attribution }) => (attribution && qualityWords(attribution, strings).join(", ")) || strings.noQuality,
    },
    ...shown.map((id) => measureColumn(id)),
    {
      id: "agreement",
      title: strings.agreement,
      help: reference ? fill(strings.agreementHelp, label) : null,
      isNumber: true,
      largeFirst: true,
      order: ({ agreement }) => agreement,
      words: ({ agreement }) => (agreement === null ? "" : formatNumber(agreement)),
    },
    {
      id: "evaluations",
      title: strings.evaluationsColumn,
      help: null,
      isNumber: true,
      order: ({ attribution }) => attribution?.evaluations ?? null,
      words: ({ attribution }) => (attribution ? formatCount(attribution.evaluations) : ""),
    },
    {
      id: "time",
      title: strings.time,
      help: null,
      isNumber: true,
      order: ({ attribution }) => attribution?.milliseconds ?? null,
      words: ({ attribution }) => (attribution ? formatDuration(attribution.milliseconds) : ""),
    },
  ];
}

function measureColumn(id: MeasureId): CompareColumn {
  const { label, words, isBetter } = measures[id];
  return {
    id,
    title: label,
    help: `${label}: ${words}.`,
    isNumber: true,
    largeFirst: isBetter === "high",
    order: ({ measured }) => measured[id]?.value ?? null,
    words: ({ measured }) => measuredWords(measured[id]),
  };
}

/** A figure, and how much it scatters where that is known. */
function measuredWords(measured: Measured | undefined): string {
  if (!measured) {
    return "";
  }
  const { value, spread } = measured;
  return spread === null ? formatNumber(value) : `${formatNumber(value)} ${shownError(spread)}`;
}

/** What a row is called. */
export function rowName({ method, attribution }: CompareRow, strings: PanelStrings): string {
  const { label, isBlind } = methodInfo(method);
  return isBlind && !attribution ? fill(strings.meanOfRandom, label) : label;
}

/** How much is to be doubted about scores by their own figures: 0 nothing, 3 most. */
function doubtfulness(attribution: Attribution): number {
  if (fitsPoorly(attribution)) {
    return 3;
  }
  return isUnsettled(attribution) ? 2 : isUnfinished(attribution) ? 1 : 0;
}

/** Rows in the order of a column, equal ones as they were; without a column as they are. */
export function sorted(
  rows: readonly CompareRow[],
  columns: readonly CompareColumn[],
  { column, descending }: CompareSort,
): readonly CompareRow[] {
  const order = columns.find(({ id }) => id === column)?.order;
  if (!order) {
    return rows;
  }
  const sign = descending ? -1 : 1;
  const last = Number.POSITIVE_INFINITY;
  return rows
    .map((row) => ({ row, value: order(row) }))
    .sort((a, b) => {
      const [one, other] = [a.value === null ? last : sign * a.value, b.value === null ? last : sign * b.value];
      return one === other ? 0 : one - other;
    })
    .map(({ row }) => row);
}
