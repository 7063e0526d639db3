import { cleanName, cleanText } from "../common/cleanWords";
import { escapeHtml } from "../common/escapeHtml";
import { attributionOf, type Explanation, textsOf } from "../common/explanation";
import { formatNumber, formatPercent, formatScore } from "../common/format";
import type { Message } from "../common/message";
import { type MethodId, methodInfo } from "../common/method";
import { distanceFrom } from "../common/modelComparison";
import { scoredUnits, unitBuckets } from "../common/scoredUnits";
import { predictionWords } from "../common/words";
import { longestLabel } from "./endNote";
import { isolated, tableRow } from "./pageHtml";
import { type Translate, translateMessage } from "./translate";

/** One of several models that were asked the same. */
export interface ComparedModel {
  readonly label: string;
  /** What else is said of it, such as its precision. */
  readonly detail: string;
  /** Or why it could not be asked. */
  readonly result: Explanation | Message;
}

/** Several models on one text. */
export interface Comparison {
  readonly title: string;
  readonly method: MethodId;
  /** The first with an explanation is what the others are held against. */
  readonly models: readonly ComparedModel[];
}

/** The page that holds several models against each other on one text: what each predicts, how far it and its explanation are from the first one, and the text in the colours of each. */
export function comparisonBody({ title, method, models }: Comparison, translate: Translate): string {
  const reference = models.find(({ result }) => isExplanation(result));
  const first = reference && isExplanation(reference.result) ? reference.result : null;
  const about = first
    ? [
        translate("Explained: {0}, with {1}.", cleanName(first.target.label), translate(methodInfo(method).label)),
        translate(
          "Held against {0}. Order is how alike the order of words is (Kendall's τ-b, 1 where it is the same); scores are the largest difference of two scores of one word, as a share of the largest score of both.",
          cleanText(reference?.label ?? ""),
        ),
      ]
    : [];
  const heads = ["Model", "Prediction", "Change", "Order", "Scores"].map((name) => translate(name));
  const head = tableRow(
    heads.map((html, at) => ({ html: escapeHtml(html), isNumber: at > 1 })),
    "th",
  );
  const rows = models.map((model) => comparedRow(model, first, method, translate));
  const texts = models.flatMap((model) =>
    isExplanation(model.result) ? [colouredText(model, model.result, method, translate)] : [],
  );
  return [
    `<h1>${isolated(title)}</h1>`,
    ...about.map((words) => `<p class="dim">${escapeHtml(words)}</p>`),
    `<div class="wide"><table><thead>${head}</thead><tbody>${rows.join("")}</tbody></table></div>`,
    ...texts,
  ].join("\n");
}

function isExplanation(result: ComparedModel["result"]): result is Explanation {
  return "attributions" in result;
}

function comparedRow(
  { label, detail, result }: ComparedModel,
  first: Explanation | null,
  method: MethodId,
  translate: Translate,
): string {
  const more = detail === "" ? "" : `<br><span class="dim">${escapeHtml(detail)}</span>`;
  const name = { html: `${isolated(cleanText(label))}${more}` };
  if (!isExplanation(result) || !first) {
    const why = isExplanation(result) ? "" : translateMessage(translate, result);
    return `<tr><td>${name.html}</td><td class="no" colspan="4">${isolated(why)}</td></tr>`;
  }
  const prediction = { html: isolated(predictionWords(result.prediction, longestLabel)) };
  const figures = result === first ? ["–", "–", "–"] : distanceWords(first, result, method, translate);
  return tableRow([name, prediction, ...figures.map((words) => ({ html: escapeHtml(words), isNumber: true }))]);
}

function distanceWords(first: Explanation, other: Explanation, method: MethodId, translate: Translate): string[] {
  const { change, tau, largest } = distanceFrom(first, other, method);
  const unknown = translate("not comparable");
  const points = (value: number) => translate("{0} points", signed(100 * value, 2));
  return [
    change === null ? unknown : change.isProbability ? points(change.value) : signed(change.value, 3),
    tau === null ? unknown : formatNumber(tau),
    largest === null ? unknown : formatPercent(largest),
  ];
}

/** With a sign, unless nothing of it is left after rounding. */
function signed(value: number, digits: number): string {
  const text = Math.abs(value).toFixed(digits);
  return Number(text) === 0 ? text : `${value < 0 ? "−" : "+"}${text}`;
}

/** The text in the colours of one model, as the editor shows them. */
function colouredText(
  { label }: ComparedModel,
  explanation: Explanation,
  method: MethodId,
  translate: Translate,
): string {
  const attribution = attributionOf(explanation, method);
  const heading = `<h2>${isolated(cleanText(label))} <span class="dim">${isolated(predictionWords(explanation.prediction, longestLabel))}</span></h2>`;
  if (!attribution) {
    return `${heading}<p class="dim">${escapeHtml(translate("The method did not run on this model."))}</p>`;
  }
  const units = scoredUnits(explanation, attribution);
  const buckets = unitBuckets(units, attribution);
  const isSigned = methodInfo(method).scores === "signed";
  const paragraphs = textsOf(explanation).map(({ text, segment }) => {
    let html = "";
    let position = 0;
    for (const [at, unit] of units.entries()) {
      // Several tokens may share one character; it is written once.
      if (unit.segment !== segment || unit.start < position) {
        continue;
      }
      const bucket = buckets[at] ?? 0;
      const hue = isSigned ? (bucket > 0 ? "supports" : "against") : "size";
      const colour = bucket === 0 ? "" : ` class="${hue}${Math.abs(bucket)}"`;
      html += `${escapeHtml(text.slice(position, unit.start))}<mark${colour} title="${formatScore(unit.score)}">${escapeHtml(unit.text)}</mark>`;
      position = unit.end;
    }
    return `<p class="text" dir="auto">${html}${escapeHtml(text.slice(position))}</p>`;
  });
  return `${heading}${paragraphs.join("")}`;
}
