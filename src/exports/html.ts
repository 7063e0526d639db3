import { cleanName } from "../common/cleanWords";
import { bucketCount, largestBelieved } from "../common/colourScale";
import { escapeHtml } from "../common/escapeHtml";
import type { Attribution, Explanation } from "../common/explanation";
import { textsOf } from "../common/explanation";
import { formatNumber, formatPercent } from "../common/format";
import { fillTemplate, type Message } from "../common/message";
import { methodInfo, type ScoreKind } from "../common/method";
import { listedName } from "../common/prediction/form";
import { outcomesOf } from "../common/prediction/registry";
import { measuredUnit, type ScoredUnit, scoredUnits, unitBuckets } from "../common/scoredUnits";
import type { Export, Result } from "./export";
import { headPictures } from "./headPictures";
import {
  attributionHeading,
  attributionRemarks,
  directionWords,
  hueOf,
  hues,
  measureLines,
  opacityOf,
  pairsShown,
  predictionMessage,
  scoreOf,
  specialPieces,
} from "./pieces";

const styles = `
:root { color-scheme: light dark; font: 15px/1.6 system-ui, sans-serif; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.2rem; } h2 { font-size: 1rem; margin-bottom: 0.2rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
td, th { padding: 0 0.8rem 0 0; text-align: left; } td.number { text-align: right; }
p.text { white-space: pre-wrap; overflow-wrap: anywhere; } p.remark { opacity: 0.75; font-size: 0.87rem; }
p.legend { font-size: 0.87rem; } .ramp { white-space: nowrap; } .swatch { display: inline-block; width: 1.4em; height: 1em; vertical-align: -0.1em; } th.number { text-align: right; }
details { font-size: 0.87rem; } summary { cursor: pointer; }
.heads { display: flex; flex-wrap: wrap; gap: 0.8rem; } figure { margin: 0; } figcaption { font-size: 0.75rem; }
img { display: block; width: 8rem; height: 8rem; image-rendering: pixelated; outline: 1px solid rgb(128 128 128 / 0.4); }
mark { color: inherit; background: none; border-radius: 2px; }
${Array.from({ length: bucketCount }, (_, index) =>
  Object.entries(hues)
    .map(([name, hue]) => `.${name}${index + 1} { background: rgb(${hue} / ${opacityOf(index + 1)}); }`)
    .join(" "),
).join("\n")}
`;

/** What an HTML page of explanations begins with. The page needs nothing else; all text is escaped and there is no script. */
const htmlStart = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<title>Explain with Transformer</title>
<style>${styles}</style>
</head>
<body>
`;

/** What stands between two explanations of a page. */
const htmlBetween = "\n<hr>\n";

/** What the page ends with. */
const htmlEnd = `
</body>
</html>
`;

/** A page for a browser, with the colours in the text. */
export const html: Export = {
  label: "HTML",
  words: "a page with the colours in the text",
  extension: "html",
  begin: () => htmlStart,
  one: (result, index) => `${index === 0 ? "" : htmlBetween}${htmlArticle(result)}`,
  end: () => htmlEnd,
};

/** One explanation of the page. */
function htmlArticle(result: Result): string {
  const { explanation, matrices, line } = result;
  const classes = outcomesOf(explanation.prediction).map(
    ({ logit, probability, ...named }) =>
      `<tr><th>${isolated(listedName(named))}</th>${probability === null ? "" : `<td class="number">${formatPercent(probability)}</td>`}<td class="number">${formatNumber(logit)}</td></tr>`,
  );
  const notes = explanation.warnings.map((warning) => `<p class="remark">${sentence(warning)}</p>`);
  const measured = measureLines(result).map((one) => `<p class="remark">${escapeHtml(one)}</p>`);
  return `<article>
<h1>${line === null ? "" : `${line}: `}${sentence(predictionMessage(explanation))}</h1>
<table>${classes.join("")}</table>
${[...notes, ...explanation.attributions.map((attribution) => renderAttribution(attribution, explanation)), ...measured, headPictures(matrices)].join("\n")}
<p class="remark">Model ${isolated(explanation.model.id)}, seed ${explanation.seed}.</p>
</article>`;
}

/** What the strongest pairs do together, as a table; nothing of a method that scores no pairs. */
function pairsTable(attribution: Attribution, explanation: Explanation): string {
  const pairs = pairsShown(explanation, attribution);
  if (!pairs) {
    return "";
  }
  const rows = pairs.rows.map(
    ({ name, score, error }) => `<tr><td>${isolated(name)}</td><td class="number">${score} ${error}</td></tr>`,
  );
  return `<p class="remark">${pairs.heading}</p>${rows.length > 0 ? `<table>${rows.join("")}</table>` : ""}`;
}

function renderAttribution(attribution: Attribution, explanation: Explanation): string {
  const pieces = scoredUnits(explanation, attribution);
  const { scores: kind } = methodInfo(attribution.method);
  const buckets = unitBuckets(pieces, attribution);
  const paragraphs = textsOf(explanation).map(({ text, segment }) => {
    let html = "";
    let position = 0;
    for (const [at, piece] of pieces.entries()) {
      // Several tokens may share one character; it is written once.
      if (piece.segment !== segment || piece.start < position) {
        continue;
      }
      html += escapeHtml(text.slice(position, piece.start));
      html += `<mark${markClass(kind, buckets[at] ?? 0)} title="${scoreOf(attribution, piece.score)}">${escapeHtml(piece.text)}</mark>`;
      position = piece.end;
    }
    return `<p class="text" dir="auto">${html}${escapeHtml(text.slice(position))}</p>`;
  });
  const remarks = attributionRemarks(attribution).map((remark) => `<p class="remark">${escapeHtml(remark)}</p>`);
  const parts = [
    ...paragraphs,
    legend(attribution, explanation, largestBelieved(pieces.map(measuredUnit))),
    ...remarks,
    pairsTable(attribution, explanation),
    numbers(attribution, explanation, pieces),
  ];
  return `<h2>${escapeHtml(attributionHeading(attribution))}</h2>\n${parts.join("\n")}`;
}

/** What the colours mean, from the least score to the largest. */
function legend(attribution: Attribution, { target, prediction }: Explanation, largest: number): string {
  const { scores: kind } = methodInfo(attribution.method);
  const swatch = (bucket: number) => `<i class="${["swatch", hueClass(kind, bucket)].join(" ")}"></i>`;
  const buckets = Array.from({ length: bucketCount }, (_, index) => index + 1);
  const most = scoreOf(attribution, largest);
  if (kind !== "signed") {
    return `<p class="legend">0 ${buckets.map(swatch).join("")} ${most}</p>`;
  }
  const label = isolated(target.label);
  const versus = target.versus === null ? null : isolated(target.versus);
  const [against, supports] = directionWords({ prediction }, label, versus);
  const [least, positive] = [buckets.toReversed().map((bucket) => swatch(-bucket)), buckets.map(swatch)];
  return `<p class="legend">${against} ${scoreOf(attribution, -largest)} <span class="ramp">${least.join("")} 0 ${positive.join("")}</span> ${most} ${supports}</p>`;
}

function numbers(attribution: Attribution, explanation: Explanation, pieces: readonly ScoredUnit[]): string {
  const withErrors = attribution.standardErrors !== null;
  const cell = (words: string) => `<td class="number">${words}</td>`;
  const rows = pieces.map(
    ({ index, text, score, standardError }) =>
      `<tr>${cell(String(index))}<td dir="auto">${escapeHtml(text)}</td>${cell(scoreOf(attribution, score))}${withErrors ? cell(standardError?.toFixed(3) ?? "") : ""}</tr>`,
  );
  const specials = specialPieces(attribution, explanation).map(
    ({ piece, score }) =>
      `<tr>${cell("special")}<td dir="auto">${escapeHtml(piece)}</td>${cell(scoreOf(attribution, score))}${withErrors ? cell("") : ""}</tr>`,
  );
  const heading = `<tr><th class="number">#</th><th>Text</th><th class="number">Score</th>${withErrors ? '<th class="number">Standard error</th>' : ""}</tr>`;
  return `<details><summary>Numbers</summary><table class="scores">${heading}${[...rows, ...specials].join("")}</table></details>`;
}

function markClass(kind: ScoreKind, bucket: number): string {
  return bucket === 0 ? "" : ` class="${hueClass(kind, bucket)}"`;
}

/** The class of a colour. */
function hueClass(kind: ScoreKind, bucket: number): string {
  return `${hueOf(kind, bucket).hue}${Math.abs(bucket)}`;
}

/** A sentence of ours in which each word of another keeps its direction to itself. */
function sentence({ template, args }: Message): string {
  return fillTemplate(escapeHtml(template), args, (arg) => (typeof arg === "number" ? String(arg) : isolated(arg)));
}

function isolated(name: string): string {
  return `<bdi>${escapeHtml(cleanName(name))}</bdi>`;
}
