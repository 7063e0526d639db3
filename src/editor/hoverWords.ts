import { cleanName } from "../common/cleanWords";
import { withinError } from "../common/colourScale";
import { canBeMoreExact, doubtsOf } from "../common/doubts";
import type { Attribution, Explanation, Token, UnitKind } from "../common/explanation";
import { formatOutput, formatPercent } from "../common/format";
import { importanceOf } from "../common/importance";
import { type ColouringChoice, methodInfo } from "../common/method";
import { outcomeName } from "../common/prediction/form";
import type { Prediction } from "../common/prediction/registry";
import { outcomesOf, questionAt, saidOf } from "../common/prediction/registry";
import {
  measuredUnit,
  ranks,
  scoredUnits,
  shares,
  shownError,
  shownScore,
  unitBuckets,
  unitOfToken,
} from "../common/scoredUnits";
import { asksAboutTokens } from "../common/task";
import { methodWords } from "./endNote";
import { commandIds } from "./ids";
import { commandLink, endOfMarkdown, escapeMarkdown } from "./markdown";
import { type Translate, translateMessage } from "./translate";

/** What a hover says, besides the explanation itself. */
export interface HoverSource {
  readonly id: number;
  readonly explanation: Explanation;
  readonly stale: boolean;
  /** The panel keeps showing this explanation. */
  readonly pinned: boolean;
  /** The text was read from the document and is not as it stands there. */
  readonly isRead: boolean;
  /** The prediction with this token masked, when it is known. */
  readonly masked: Prediction | null;
  /** The method that is to colour the text; `null` where importance is not shown. */
  readonly importance: ColouringChoice | null;
}

/** The commands a hover's links may run. */
export const hoverCommands = [
  commandIds.explainWord,
  commandIds.maskToken,
  commandIds.showPanel,
  commandIds.showHead,
  commandIds.pin,
  commandIds.explainAgain,
  commandIds.explainMoreExactly,
  commandIds.useRawText,
] as const;

/** Keeps columns of numbers apart, which the editor's tables do not. */
const columnGap = "&emsp;";

/** Stand in a sentence for what must not be escaped, until it is. */
const headMark = "\uE000";
const queryMark = "\uE001";

/** The Markdown of a hover on a token: what the model saw, every method's numbers, what masking it does, who looks at it, and links. */
export function hoverWords(source: HoverSource, token: Token, translate: Translate): string {
  const { explanation } = source;
  const shown = importanceOf(explanation, source.importance);
  const [doubt] = doubtsOf(explanation, shown);
  const facts = translate("piece {0} · id {1} · token {2}", cleanName(token.piece), token.id, token.index);
  return [
    `**${escapeMarkdown(cleanName(token.text) || token.text)}**  ${escapeMarkdown(facts)}`,
    doubt ? escapeMarkdown(`⚠ ${translateMessage(translate, doubt)}`) : "",
    ...saidOf(explanation.prediction, token.index).map((said) => escapeMarkdown(translateMessage(translate, said))),
    scoreTable(explanation, shown, token, translate),
    ...sentences(source, token, translate),
    links(source, token, translate),
  ]
    .filter((part) => part !== "")
    .join(endOfMarkdown);
}

function scoreTable(
  explanation: Explanation,
  shown: Attribution | undefined,
  token: Token,
  translate: Translate,
): string {
  const rows = explanation.attributions.flatMap((attribution) => {
    const row = scoreRow(explanation, attribution, attribution === shown, token, translate);
    return row ? [row] : [];
  });
  if (rows.length === 0) {
    return "";
  }
  const head = [translate("Method"), translate("Score"), translate("Rank"), translate("Share")].map(escapeMarkdown);
  return `| ${head.join(" | ")} |\n| :-- | --: | --: | --: |\n${rows.join("\n")}`;
}

function scoreRow(
  explanation: Explanation,
  attribution: Attribution,
  colours: boolean,
  token: Token,
  translate: Translate,
): string | null {
  const units = scoredUnits(explanation, attribution);
  const place = unitOfToken(units, token.index);
  const unit = units[place];
  if (!unit) {
    return null;
  }
  const scores = units.map(({ score }) => score);
  const label = unitLabel(methodWords(attribution, translate), attribution.units, translate);
  const isFaint = unitBuckets(units, attribution)[place] === 0;
  const coloured = isFaint ? translate("{0}, too weak for a colour", label) : translate("{0}, coloured", label);
  const name = colours ? coloured : label;
  const error = unit.standardError ? shownError(unit.standardError) : "";
  const unsure = withinError(measuredUnit(unit));
  const hasShare = !unsure && scores.some((score) => score !== 0);
  return `| ${[
    name,
    shownScore(methodInfo(attribution.method).scores, unit.score) + (error && ` ${error}`),
    unsure ? translate("within its error") : translate("{0} of {1}", ranks(scores)[place] ?? 0, units.length),
    hasShare ? formatPercent(shares(scores)[place] ?? 0) : "",
  ]
    .map((cell, column) => `${column > 0 ? columnGap : ""}${escapeMarkdown(cell)}`)
    .join(" | ")} |`;
}

/** A method's name, and what gets its scores where that is not the token the hover is about. */
function unitLabel(label: string, units: UnitKind, translate: Translate): string {
  switch (units) {
    case "token":
      return label;
    case "word":
      return translate("{0}, by word", label);
    case "sentence":
      return translate("{0}, by sentence", label);
  }
}

function sentences(source: HoverSource, token: Token, translate: Translate): string[] {
  const { explanation, masked } = source;
  const result: string[] = [];
  const [best] = outcomesOf(explanation.prediction);
  const after = best && masked && outcomesOf(masked).find((one) => outcomeName(one) === outcomeName(best));
  if (explanation.masked.includes(token.index)) {
    result.push(escapeMarkdown(translate("This token is masked.")));
  } else if (best && after) {
    result.push(
      escapeMarkdown(
        translate("Masked: {0} {1} → {2}.", cleanName(outcomeName(best)), formatOutput(best), formatOutput(after)),
      ),
    );
  }
  const looker = explanation.attention?.lookers[token.index]?.[0];
  const from = looker && explanation.tokens[looker.query];
  if (looker && from) {
    const head = commandLink(translate("layer {0}, head {1}", looker.layer + 1, looker.head + 1), commandIds.showHead, [
      source.id,
      looker.layer,
      looker.head,
    ]);
    const name = cleanName(from.special ? from.piece : from.text);
    const sentence = escapeMarkdown(translate("Looked at most by {0} from {1}.", headMark, queryMark));
    result.push(sentence.replace(headMark, () => head).replace(queryMark, () => quoted(name)));
  }
  const parts = result.join(" ");
  const stale = source.stale ? [escapeMarkdown(translate("The text has been edited since."))] : [];
  return [...(parts === "" ? [] : [parts]), ...stale];
}

/** A token inside a sentence: words in italics, signs in quotation marks, since a slanted comma reads as one of the sentence's own. */
function quoted(name: string): string {
  return /[\p{L}\p{N}]/u.test(name) ? `*${escapeMarkdown(name)}*` : `“${escapeMarkdown(name)}”`;
}

/** Whether the model can be asked about a token by itself. */
function hasQuestion({ model, prediction }: Explanation, { segment, start }: Token): boolean {
  return (
    segment === 0 &&
    (asksAboutTokens(model.task) || questionAt(prediction, { isWritten: false, offset: start }) !== null)
  );
}

function links(source: HoverSource, token: Token, translate: Translate): string {
  const mask = source.explanation.masked.includes(token.index)
    ? translate("Unmask and explain again")
    : translate("Mask and explain again");
  const shown = importanceOf(source.explanation, source.importance);
  return [
    source.stale
      ? commandLink(translate("Explain again"), commandIds.explainAgain, [source.id])
      : commandLink(mask, commandIds.maskToken, [source.id, token.index]),
    ...(hasQuestion(source.explanation, token) && !source.stale
      ? [commandLink(translate("Explain this word"), commandIds.explainWord, [source.id, token.index])]
      : []),
    commandLink(translate("Show in panel"), commandIds.showPanel, [source.id, token.index]),
    commandLink(source.pinned ? translate("Unpin") : translate("Pin"), commandIds.pin, [source.id]),
    ...(shown && canBeMoreExact(shown) && !source.stale
      ? [commandLink(translate("Explain more exactly"), commandIds.explainMoreExactly, [source.id])]
      : []),
    ...(source.isRead ? [commandLink(translate("Use the raw text"), commandIds.useRawText, [source.id])] : []),
  ].join(" · ");
}
