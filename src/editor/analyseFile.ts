import * as vscode from "vscode";
import { studyOptions } from "../common/attentionStudy";
import { ExplainError } from "../common/errors";
import { formatDuration } from "../common/format";
import { leastChangeRuns, mostSearchedRuns } from "../common/look";
import { defaultOptions } from "../common/options";
import type { Engine } from "./engine";
import type { FileStudies, FileStudy } from "./fileStudies";
import { readFileTexts } from "./fileTexts";
import type { ModelOf } from "./modelChoice";
import type { PanelPort } from "./panelPort";
import type { SettingsStore } from "./settingsStore";
import { pickFrom } from "./surfaceLists";
import { showProgress } from "./surfaces";
import type { Translate } from "./translate";

/** What analysing a file needs of its surroundings. */
export interface AnalyseParts {
  readonly studies: FileStudies;
  readonly engine: Pick<Engine, "request">;
  readonly settings: Pick<SettingsStore, "get">;
  readonly panel: Pick<PanelPort, "show">;
  readonly model: ModelOf;
  readonly translate: Translate;
}

/**
 * Analyses attention over all texts of a document, shows the result in the panel as it grows, and how far it is in a notification that cancels. Whether attention is changed
 * too is asked where `changed` does not say it.
 */
export async function analyseFile(
  parts: AnalyseParts,
  document: vscode.TextDocument,
  changed: boolean | null,
): Promise<void> {
  const { studies, engine, settings, panel, translate } = parts;
  const texts = await readFileTexts(document, engine, translate);
  const isChanged = texts && (changed ?? (await askChanged(texts.texts.length, translate)));
  if (!texts || isChanged === undefined || isChanged === null) {
    return;
  }
  const model = await parts.model(document);
  const request = { ...defaultOptions, ...studyOptions(settings.get().options), model };
  panel.show(undefined, { analysis: "file" });
  await showProgress(
    translate("Attention over {0}", texts.source),
    () => studies.cancel(),
    async (report) => {
      const tell = (): void => report(studies.current ? progressWords(studies.current, translate) : "");
      const listener = studies.onDidChange(tell);
      try {
        await studies.study(texts, request, isChanged);
      } finally {
        listener.dispose();
      }
    },
  );
}

/** The document that a command means: the one of its address, or the one in front. Throws `input-unreadable` for a file that is no text. */
export async function documentToAnalyse(address: unknown): Promise<vscode.TextDocument> {
  const shown = vscode.window.activeTextEditor ?? vscode.window.visibleTextEditors[0];
  if (!(address instanceof vscode.Uri) && shown) {
    return shown.document;
  }
  try {
    if (address instanceof vscode.Uri) {
      return await vscode.workspace.openTextDocument(address);
    }
  } catch {
    throw new ExplainError("input-unreadable", "The file cannot be read as text. Choose a file of texts.");
  }
  throw new ExplainError("input-unreadable", "Open a file of texts first: a text a line, a table, or JSON lines.");
}

/** Whether attention is changed, too; `undefined` where the person chooses neither. */
async function askChanged(texts: number, translate: Translate): Promise<boolean | undefined> {
  const picked = await pickFrom(
    [
      { label: translate("Orders of words and heads"), changed: false },
      {
        label: translate("With shuffled and most different attention, too"),
        description: translate(
          "{0} to {1} more runs of the model for each text",
          leastChangeRuns,
          leastChangeRuns + mostSearchedRuns,
        ),
        changed: true,
      },
    ],
    {
      title: translate("Is attention an explanation here?"),
      placeholder: texts === 1 ? translate("1 text") : translate("{0} texts", texts),
    },
  );
  return picked?.changed;
}

function progressWords({ study, failed, total, remainingMilliseconds }: FileStudy, translate: Translate): string {
  const words = translate("{0} of {1} texts", (study?.texts ?? 0) + failed, total);
  return remainingMilliseconds === null
    ? words
    : translate("{0}, about {1} left", words, formatDuration(remainingMilliseconds));
}
