import { cleanName } from "../common/cleanWords";
import { doubtsOf, readingRemarks } from "../common/doubts";
import type { Attribution, Explanation } from "../common/explanation";
import { formatDuration, formatOutput } from "../common/format";
import { importanceOf } from "../common/importance";
import { methodInfo } from "../common/method";
import { outcomeName } from "../common/prediction/form";
import { outcomesOf, predictionForm } from "../common/prediction/registry";
import { maskedWords, predictionWords } from "../common/words";
import { longestLabel, methodWords } from "./endNote";
import type { Explained } from "./explained";
import { commandIds } from "./ids";
import { endOfMarkdown, escapeMarkdown } from "./markdown";
import { progressWords } from "./progressWords";
import type { Settings } from "./settings";
import { type Translate, translateMessage } from "./translate";

/** What the status item says. */
export interface StatusWords {
  /** The name of an icon of the editor, with its modifier. */
  readonly icon: string;
  readonly words: string;
  /** Markdown with command links. */
  readonly tooltip: string;
  readonly severity: "normal" | "warning" | "error";
}

/** What the status item is made from. */
export interface StatusSource {
  readonly running: readonly Pick<Explained, "progress">[];
  /** What is under the cursor. */
  readonly current:
    | (Pick<Explained, "explanation"> & { readonly stale: boolean; readonly hasOwnColours?: boolean })
    | undefined;
  /** One sentence about the last failure, until the next success. */
  readonly failure: string | null;
  /** The name of the model that would be used, and the pattern of the settings that chose it; `null` where it is the usual one. */
  readonly model: { readonly name: string; readonly pattern: string | null };
  readonly settings: Pick<Settings, "importanceMethod" | "showImportance" | "showAttention">;
}

/** The status item's words: what runs, else what is under the cursor, else what can be done. */
export function statusWords(source: StatusSource, translate: Translate): StatusWords {
  const [running] = source.running;
  const explanation = source.current?.explanation ?? null;
  const links = statusLinks(source, translate);
  if (running) {
    const words = running.progress ? progressWords(running.progress, translate) : translate("Waiting");
    return { icon: "loading~spin", words, tooltip: `${escapeMarkdown(words)}${links}`, severity: "normal" };
  }
  if (source.failure !== null) {
    const words = translate("Explain: failed");
    return { icon: "error", words, tooltip: `${escapeMarkdown(source.failure)}${links}`, severity: "error" };
  }
  if (!explanation) {
    const { pattern } = source.model;
    const name = cleanName(source.model.name);
    const hint = translate("Select text and run Explain with Transformer. Model: {0}.", name);
    const why = pattern === null ? "" : ` ${translate("It is chosen by the pattern {0}.", cleanName(pattern))}`;
    return {
      icon: "lightbulb",
      words: [translate("Explain"), ...(pattern === null ? [] : [name])].join(" · "),
      tooltip: `${escapeMarkdown(hint + why)}${links}`,
      severity: "normal",
    };
  }
  const stale = source.current?.stale === true;
  const { showImportance, importanceMethod } = source.settings;
  const shown = importanceOf(
    explanation,
    showImportance && source.current?.hasOwnColours !== true ? importanceMethod : null,
  );
  const worry = stale || doubtsOf(explanation, shown).length > 0;
  const words = [
    predictionWords(explanation.prediction, longestLabel),
    ...maskedWords(explanation, translate),
    ...(shown ? [translate(methodInfo(shown.method).label)] : []),
    cleanName(explanation.model.id),
  ].join(" · ");
  return {
    icon: stale ? "edit" : worry ? "warning" : "check",
    words,
    tooltip: `${statusTable(explanation, shown, stale, translate)}${links}`,
    severity: worry ? "warning" : "normal",
  };
}

function statusTable(
  explanation: Explanation,
  shown: Attribution | undefined,
  stale: boolean,
  translate: Translate,
): string {
  const lines = outcomesOf(explanation.prediction)
    .slice(0, 5)
    .map((score) => `| ${escapeMarkdown(cleanName(outcomeName(score)))} | ${formatOutput(score)} |`);
  const facts = explanation.attributions.map((attribution) => {
    const { evaluations, milliseconds, converged } = attribution;
    return [
      methodWords(attribution, translate),
      evaluations === 1 ? translate("1 evaluation") : translate("{0} evaluations", evaluations),
      formatDuration(milliseconds),
      ...(converged === false ? [translate("not converged")] : []),
    ].join(" · ");
  });
  const doubts = [...doubtsOf(explanation, shown), ...readingRemarks(explanation)].map((doubt) =>
    translateMessage(translate, doubt),
  );
  if (stale) {
    doubts.unshift(translate("The text has been edited since; explain it again."));
  }
  const [name, value, probability = value] = predictionForm(explanation.prediction.kind).columns;
  const head = [translate(name), translate(probability)];
  return [
    `| ${head.map(escapeMarkdown).join(" | ")} |\n| :-- | --: |\n${lines.join("\n")}`,
    ...[...doubts, ...facts].map(escapeMarkdown),
    escapeMarkdown(`${explanation.model.id} · ${explanation.model.file}`),
  ].join(endOfMarkdown);
}

function statusLinks(source: StatusSource, translate: Translate): string {
  const link = (words: string, command: string): string => `[${escapeMarkdown(words)}](command:${command})`;
  const links = [
    ...(source.running.length > 0 ? [link(translate("Cancel"), commandIds.cancel)] : []),
    ...(source.current?.explanation ? [link(translate("Show panel"), commandIds.showPanel)] : []),
    link(translate("Choose model…"), commandIds.chooseModel),
    link(translate("Choose methods…"), commandIds.chooseMethods),
    link(
      source.settings.showImportance ? translate("Hide importance") : translate("Show importance"),
      commandIds.toggleImportance,
    ),
    link(
      source.settings.showAttention ? translate("Hide attention") : translate("Show attention"),
      commandIds.toggleAttention,
    ),
    link(translate("Show log"), commandIds.showLog),
  ];
  return `${endOfMarkdown}${links.join(" · ")}`;
}
