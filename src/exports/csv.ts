import { cleanName, cleanText } from "../common/cleanWords";
import type { Explanation } from "../common/explanation";
import { outcomesOf } from "../common/prediction/registry";
import { scoredUnits } from "../common/scoredUnits";
import { unitPairs } from "../common/unitPairs";
import { formatCsvLine, textCell } from "./csvCells";
import type { Export } from "./export";
import { specialPieces } from "./pieces";

/** A line for each score, with a heading. */
export const csv: Export = {
  label: "CSV",
  words: "a line for each score, for spreadsheets",
  extension: "csv",
  begin: () => `${formatCsvLine(csvHeader)}\n`,
  one: ({ explanation, line }) =>
    csvRows(explanation, line)
      .map((row) => `${formatCsvLine(row)}\n`)
      .join(""),
};

/**
 * The scores as delimited lines: one for each scored piece and method, then one for each special token that the method scores, whose unit is `special`, and one for each pair that it scores, whose unit is `pair`; each
 * with what was predicted and which class its score is about. {@link csvHeader} names the columns.
 */
export function csvRows(explanation: Explanation, line: number | null): (string | number)[][] {
  const { prediction, target } = explanation;
  const [first] = outcomesOf(prediction);
  const about = [
    textCell(cleanName(first?.label ?? "")),
    first?.probability ?? "",
    first?.logit ?? "",
    textCell(cleanName(target.label)),
    textCell(cleanName(target.versus ?? "")),
  ];
  return explanation.attributions.flatMap((attribution) => [
    ...scoredUnits(explanation, attribution).map(({ index, text, start, end, segment, score, standardError }) => [
      line ?? "",
      attribution.method,
      attribution.units,
      index,
      segment,
      start,
      end,
      textCell(text),
      score,
      standardError ?? "",
      ...about,
    ]),
    ...unitPairs(explanation, attribution).map(({ first, second, score, standardError }) => [
      line ?? "",
      attribution.method,
      "pair",
      `${first.index}+${second.index}`,
      "",
      "",
      "",
      textCell(`${first.text} + ${second.text}`),
      score,
      standardError ?? "",
      ...about,
    ]),
    ...specialPieces(attribution, explanation).map(({ token, piece, score }) => [
      line ?? "",
      attribution.method,
      "special",
      token,
      explanation.tokens[token]?.segment ?? "",
      "",
      "",
      textCell(cleanText(piece)),
      score,
      "",
      ...about,
    ]),
  ]);
}

/** Names of the columns of {@link csvRows}. */
export const csvHeader = [
  "line",
  "method",
  "units",
  "index",
  "segment",
  "start",
  "end",
  "text",
  "score",
  "standardError",
  "prediction",
  "probability",
  "logit",
  "target",
  "versus",
];
