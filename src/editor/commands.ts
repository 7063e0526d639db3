import * as vscode from "vscode";
import { ExplainError } from "../common/errors";
import { importanceOf } from "../common/importance";
import { isMethodId, methodIds, methodInfo, usualMethods } from "../common/method";
import { options } from "../common/options";
import type { Controller } from "./controller";
import { atCursor, currentEditor } from "./currentEditor";
import type { Engine } from "./engine";
import { type Explained, isStale, locator, placesOf } from "./explained";
import { explainSelection, explainWithLabels } from "./explainSelected";
import type { ExportTarget } from "./exportExplanation";
import type { FileStudies } from "./fileStudies";
import { tokenPlace } from "./hover";
import { type CommandId, commandIds, settingKeys } from "./ids";
import type { ModelAction } from "./modelActions";
import type { ModelOf } from "./modelChoice";
import type { ModelPage } from "./modelPages";
import type { ModelsView } from "./modelsView";
import { rangeOf, spanOf } from "./offsets";
import { openDocument } from "./openDocuments";
import type { PanelPort } from "./panelPort";
import { rankedSpans, stepRank } from "./ranking";
import type { SettingsStore } from "./settingsStore";
import { pickMany } from "./surfaceLists";
import type { Translate } from "./translate";

/** What the commands need from their surroundings. */
export interface CommandParts {
  readonly controller: Controller;
  readonly studies: FileStudies;
  readonly engine: Engine;
  readonly settings: SettingsStore;
  readonly panel: PanelPort;
  /** The model that texts are explained with. */
  readonly model: ModelOf;
  readonly models: Pick<ModelsView, "parts" | "refresh">;
  /** What is remembered for the workspace. */
  readonly memory: vscode.Memento;
  readonly showLog: () => void;
  readonly onError: (error: ExplainError) => void;
  readonly translate: Translate;
}

/** Registers every command; the compiler checks that none is missing, a test that `package.json` has the same. */
export function registerCommands(parts: CommandParts): vscode.Disposable {
  const handlers = commandHandlers(parts);
  const guarded = Object.entries(handlers).map(([id, handler]) =>
    vscode.commands.registerCommand(id, async (...args: unknown[]) => {
      try {
        await handler(...args);
      } catch (thrown) {
        parts.onError(ExplainError.from(thrown));
      }
    }),
  );
  return vscode.Disposable.from(...guarded);
}

/** Arguments come from links and other extensions, and are checked. */
type Handler = (...args: unknown[]) => void | Promise<void>;

function commandHandlers(parts: CommandParts): Record<CommandId, Handler> {
  const { controller, settings, panel } = parts;
  const target = (id: unknown): Explained | undefined => {
    if (typeof id === "number") {
      return controller.byId(id);
    }
    return atCursor(controller) ?? soleExplanation(controller);
  };
  const exportTarget = async (id: unknown, to: ExportTarget): Promise<void> => {
    const explained = target(id);
    if (explained) {
      const { exportAsChosen } = await import("./exportExplanation");
      await exportAsChosen(explained, to, parts.translate);
    }
  };
  const onModel = async (action: ModelAction, node: unknown): Promise<void> => {
    const { actOnModel } = await import("./modelActions");
    if (await actOnModel(parts.models.parts, action, node)) {
      parts.models.refresh();
    }
  };
  const showPage = async (page: ModelPage, node: unknown): Promise<void> => {
    const { openModelPage } = await import("./modelPages");
    const { importanceMethod } = settings.get();
    const method = isMethodId(importanceMethod) ? importanceMethod : usualMethods.importance;
    const { engine, model } = parts;
    const explained = () => target(undefined);
    await openModelPage({ ...parts.models.parts, engine, model, explained, method: () => method }, page, node);
  };
  return {
    [commandIds.explainSelection]: () => explainSelection(parts),
    [commandIds.explainWithSecondText]: async () => {
      const { explainWithSecondText } = await import("./explainTogether");
      await explainWithSecondText(parts);
    },
    [commandIds.explainWithLabels]: () => explainWithLabels(parts),
    [commandIds.explainWord]: async (id, token) => {
      const { explainWord } = await import("./explainWord");
      await explainWord(parts, typeof id === "number" ? controller.byId(id) : undefined, token);
    },
    [commandIds.explainAs]: async () => {
      const { explainAs } = await import("./explainAs");
      await explainAs(parts);
    },
    [commandIds.explainSample]: async () => {
      const { explainSample } = await import("./sample");
      await explainSample();
    },
    [commandIds.explainAgain]: async (id) => {
      const explained = target(id);
      if (explained) {
        await controller.again(explained);
      }
    },
    [commandIds.explainMoreExactly]: async (id) => {
      const explained = target(id);
      if (explained) {
        await controller.moreExactly(explained);
      }
    },
    [commandIds.useRawText]: async (id) => {
      const explained = target(id);
      if (explained) {
        await controller.useRawText(explained);
      }
    },
    [commandIds.clear]: (id) => {
      const explained = target(id);
      if (explained) {
        controller.clear(explained);
        return;
      }
      const editor = currentEditor(controller);
      if (editor) {
        controller.clearAll(editor.document.uri);
      }
    },
    [commandIds.clearAll]: () => controller.clearAll(),
    [commandIds.nextToken]: () => stepToken(parts, 1),
    [commandIds.previousToken]: () => stepToken(parts, -1),
    [commandIds.showPanel]: (id, token) => {
      const explained = target(id);
      panel.show(explained, typeof token === "number" ? { token } : undefined);
    },
    [commandIds.showHead]: (id, layer, head) => {
      const explained = target(id);
      if (explained && typeof layer === "number" && typeof head === "number") {
        panel.show(explained, { layer, head });
      }
    },
    [commandIds.chooseModel]: async () => {
      const { chooseModel } = await import("./modelPicker");
      await chooseModel(parts.models.parts);
    },
    [commandIds.downloadModel]: async () => {
      const { downloadFromHub } = await import("./downloadFromHub");
      await downloadFromHub(parts.models.parts, () => parts.models.refresh());
    },
    [commandIds.refreshModels]: () => parts.models.refresh(),
    [commandIds.useModel]: (node) => onModel("use", node),
    [commandIds.useModelForFiles]: (node) => onModel("useForFiles", node),
    [commandIds.inspectModel]: (node) => showPage("inspect", node),
    [commandIds.compareFiles]: (node) => showPage("compareFiles", node),
    [commandIds.compareSteps]: (node) => showPage("compareSteps", node),
    [commandIds.saveAsOnnx]: (node) => onModel("save", node),
    [commandIds.revealModel]: (node) => onModel("reveal", node),
    [commandIds.removeDownload]: (node) => onModel("remove", node),
    [commandIds.chooseMethods]: () => chooseMethods(parts),
    [commandIds.compareMethods]: async (id) => {
      const explained = target(id);
      if (explained) {
        const { compareMethods } = await import("./compareMethods");
        await compareMethods(parts, explained);
      }
    },
    [commandIds.analyseFile]: async (address) => {
      const { analyseFile, documentToAnalyse } = await import("./analyseFile");
      await analyseFile(parts, await documentToAnalyse(address), null);
    },
    [commandIds.cancel]: () => {
      controller.cancel();
      parts.studies.cancel();
    },
    [commandIds.toggleImportance]: () => settings.set(settingKeys.importanceShow, !settings.get().showImportance),
    [commandIds.toggleAttention]: () => settings.set(settingKeys.attentionShow, !settings.get().showAttention),
    [commandIds.pin]: (id) => {
      const explained = target(id);
      if (explained) {
        panel.togglePin(explained);
      }
    },
    [commandIds.maskToken]: (id, token) => maskTokens(parts, target(id), token),
    [commandIds.exportExplanation]: (id) => exportTarget(id, "file"),
    [commandIds.openExplanation]: async (file) => {
      const { openExplanation } = await import("./openExplanation");
      await openExplanation(parts, file);
    },
    [commandIds.copyExplanation]: (id) => exportTarget(id, "clipboard"),
    [commandIds.showLog]: () => parts.showLog(),
  };
}

/** The only explanation of the active document: commands without a place mean it. */
function soleExplanation(controller: Controller): Explained | undefined {
  const editor = currentEditor(controller);
  const shown = editor ? controller.shown(editor.document.uri) : [];
  return shown.length === 1 ? shown[0] : undefined;
}

/** Masks the token of a link, or those under the cursors, or takes the mask off again, and explains the text again. */
async function maskTokens(
  { controller }: CommandParts,
  explained: Explained | undefined,
  token: unknown,
): Promise<void> {
  const explanation = explained?.explanation;
  if (!explained || !explanation || !openDocument(explained.uri)) {
    return;
  }
  const wanted = typeof token === "number" ? [token] : tokensUnderCursors(controller, explained);
  const valid = wanted.filter((index) => explanation.tokens[index]?.special === false);
  if (valid.length === 0) {
    throw new ExplainError("input-unreadable", "Put the cursor on an explained word to mask it.");
  }
  const masked = new Set(explained.request.masked);
  for (const index of valid) {
    if (!masked.delete(index)) {
      masked.add(index);
    }
  }
  const { target, versus, position } = explained.request;
  await controller.again(explained, { target, versus, position, masked: [...masked].sort((a, b) => a - b) });
}

function tokensUnderCursors(controller: Controller, explained: Explained): number[] {
  const editor = currentEditor(controller);
  if (!editor) {
    return [];
  }
  const { document } = editor;
  const tokens = explained.explanation?.tokens ?? [];
  const found = editor.selections.flatMap((selection) => {
    const { start, end } = spanOf(document, selection);
    if (selection.isEmpty) {
      return [
        tokenPlace(explained, document.uri, start)?.index ?? tokenPlace(explained, document.uri, start - 1)?.index,
      ];
    }
    return tokens
      .filter(({ index }) =>
        placesOf(explained, document.uri).some(({ place }) => {
          const part = place.tracked.parts[index];
          return part && part.start < part.end && part.start < end && part.end > start;
        }),
      )
      .map(({ index }) => index);
  });
  return [...new Set(found.filter((index) => index !== undefined))];
}

/** Selects the next weaker or stronger token of the explanation at the cursor and shows its numbers. */
async function stepToken({ controller, settings }: CommandParts, step: 1 | -1): Promise<void> {
  const editor = currentEditor(controller);
  const explained = editor && (atCursor(controller) ?? controller.shown(editor.document.uri).at(-1));
  const explanation = explained?.explanation;
  const attribution = explanation && importanceOf(explanation, settings.get().importanceMethod);
  if (!editor || !explained || !explanation || !attribution || isStale(explained)) {
    return;
  }
  const { document } = editor;
  const here = new Set(placesOf(explained, document.uri).map(({ segment }) => segment));
  const ranked = rankedSpans(explanation, attribution).flatMap((span) =>
    here.has(span.segment) ? (locator(explained, span.segment)(span) ?? []) : [],
  );
  const next = stepRank(ranked, spanOf(document, editor.selection), step);
  if (!next) {
    return;
  }
  const range = rangeOf(document, next);
  // The hover is asked for at the cursor, and at the end of a token the next one begins.
  editor.selection = new vscode.Selection(range.end, range.start);
  editor.revealRange(range, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
  await vscode.commands.executeCommand("editor.action.showHover");
}

async function chooseMethods({ settings, translate }: CommandParts): Promise<void> {
  const now = settings.get().options.methods;
  const items = methodIds.map((id) => ({ id, label: translate(methodInfo(id).label), picked: now.includes(id) }));
  const picked = await pickMany(items, {
    title: translate("Methods to run"),
    placeholder: translate("The one that colours the text always runs"),
  });
  if (picked && picked.length > 0) {
    await settings.set(
      options.methods.setting?.key ?? "",
      picked.map(({ id }) => id),
    );
  }
}
