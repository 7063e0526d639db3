import { cleanName } from "../common/cleanWords";
import { bucketCount, largestBelieved } from "../common/colourScale";
import { escapeHtml } from "../common/escapeHtml";
import type { Attribution, Explanation } from "../common/explanation";
import { textsOf } from "../common/explanation";
import { methodInfo, type ScoreKind } from "../common/method";
import { measuredUnit, scoredUnits, unitBuckets } from "../common/scoredUnits";
import type { Export } from "./export";
import { attributionHeading, directionWords, hueOf, hues, predictionLine, scoreOf } from "./pieces";
import { columnsOf, type PlacedText, placeText } from "./textLines";

/** In pixels: a column of the fixed-pitch text, a line, and what is left free around everything. */
const size = { column: 9, line: 26, margin: 20, letters: 15, small: 12 } as const;
const columns = 84;
const width = columns * size.column + 2 * size.margin;
const fonts = 'font-family="ui-monospace, Consolas, Menlo, monospace"';

/** A picture of the text, once for each method, with its colours and what they mean; it needs nothing else and has no script. */
export const svg: Export = {
  label: "SVG",
  words: "a picture of the coloured words with a legend",
  extension: "svg",
  holds: "one",
  one: ({ explanation }) => picture(explanation),
};

/** Draws from top to bottom. */
class Canvas {
  readonly #parts: string[] = [];
  y: number = size.margin;

  add(part: string): void {
    this.#parts.push(part);
  }

  /** A line of words in the font of headings. */
  words(
    text: string,
    { letters = size.small, isStrong = false }: { readonly letters?: number; readonly isStrong?: boolean } = {},
  ): void {
    this.y += letters + 4;
    this.add(
      `<text x="${size.margin}" y="${this.y}" font-size="${letters}"${isStrong ? ' font-weight="600"' : ""}>${escapeHtml(text)}</text>`,
    );
    this.y += 6;
  }

  /** All of it; `title` names the picture for who does not see it. */
  whole(title: string): string {
    const height = this.y + size.margin;
    return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" fill="#1f1f1f" font-family="system-ui, sans-serif">
<title>${escapeHtml(title)}</title>
<rect width="100%" height="100%" fill="#ffffff"/>
${this.#parts.join("\n")}
</svg>
`;
  }
}

function picture(explanation: Explanation): string {
  const canvas = new Canvas();
  canvas.words(predictionLine(explanation), { letters: 18, isStrong: true });
  for (const attribution of explanation.attributions) {
    canvas.y += 12;
    canvas.words(attributionHeading(attribution), { letters: size.letters, isStrong: true });
    drawText(canvas, explanation, attribution);
    drawLegend(canvas, explanation, attribution);
  }
  canvas.y += 8;
  canvas.words(`Model ${cleanName(explanation.model.id)}, seed ${explanation.seed}.`);
  return canvas.whole(predictionLine(explanation));
}

function drawText(canvas: Canvas, explanation: Explanation, attribution: Attribution): void {
  const units = scoredUnits(explanation, attribution);
  const buckets = unitBuckets(units, attribution);
  const { scores } = methodInfo(attribution.method);
  for (const { segment, text } of textsOf(explanation)) {
    const here = units.map((unit, at) => ({ ...unit, at })).filter((unit) => unit.segment === segment);
    const { lines, isRightToLeft } = placeText(text, here, columns);
    for (const line of lines) {
      for (const { place, ...piece } of line) {
        const unit = place === null ? undefined : here[place];
        const bucket = unit ? (buckets[unit.at] ?? 0) : 0;
        const score = unit ? scoreOf(attribution, unit.score) : "";
        drawPiece(canvas, piece, { bucket, scores, score, isRightToLeft });
      }
      canvas.y += size.line;
    }
  }
}

interface Look {
  readonly bucket: number;
  readonly scores: ScoreKind;
  readonly score: string;
  readonly isRightToLeft: boolean;
}

function drawPiece(canvas: Canvas, { text, column }: PlacedText, { bucket, scores, score, isRightToLeft }: Look): void {
  const wide = columnsOf(text) * size.column;
  const from = column * size.column;
  const x = isRightToLeft ? width - size.margin - from - wide : size.margin + from;
  if (bucket !== 0) {
    canvas.add(`<rect x="${x}" y="${canvas.y + 2}" width="${wide}" height="21" rx="2" ${fill(scores, bucket)}/>`);
  }
  if (text.trim() === "") {
    return;
  }
  const turned = isRightToLeft ? ` direction="rtl" text-anchor="end"` : "";
  const title = score === "" ? "" : `<title>${score}</title>`;
  canvas.add(
    `<text x="${x}" y="${canvas.y + 18}" font-size="${size.letters}" ${fonts}${turned} textLength="${wide}" lengthAdjust="spacingAndGlyphs" xml:space="preserve">${title}${escapeHtml(text)}</text>`,
  );
}

/** What the colours mean, from the least score to the largest. */
function drawLegend(canvas: Canvas, explanation: Explanation, attribution: Attribution): void {
  const { target } = explanation;
  const { scores } = methodInfo(attribution.method);
  const largest = largestBelieved(scoredUnits(explanation, attribution).map(measuredUnit));
  const buckets = Array.from({ length: bucketCount }, (_, index) => index + 1);
  const isSigned = scores === "signed";
  const label = cleanName(target.label);
  const [against, supports] = directionWords(
    explanation,
    label,
    target.versus === null ? null : cleanName(target.versus),
  );
  const least = isSigned ? `${against} ${scoreOf(attribution, -largest)}` : "0";
  const most = `${scoreOf(attribution, largest)}${isSigned ? ` ${supports}` : ""}`;
  const drawn = isSigned ? [...buckets.toReversed().map((bucket) => -bucket), ...buckets] : buckets;
  canvas.y += 4;
  let x = size.margin;
  const y = canvas.y + 12;
  const words = (text: string) => {
    const wide = columnsOf(text) * 7;
    canvas.add(
      `<text x="${x}" y="${y}" font-size="${size.small}" textLength="${wide}" lengthAdjust="spacingAndGlyphs">${escapeHtml(text)}</text>`,
    );
    x += wide + 8;
  };
  words(least);
  for (const bucket of drawn) {
    canvas.add(`<rect x="${x}" y="${y - 10}" width="14" height="12" ${fill(scores, bucket)}/>`);
    x += 14;
  }
  x += 8;
  words(most);
  canvas.y += 20;
}

function fill(scores: ScoreKind, bucket: number): string {
  const { hue, opacity } = hueOf(scores, bucket);
  return `fill="rgb(${hues[hue].replaceAll(" ", ",")})" fill-opacity="${opacity}"`;
}
