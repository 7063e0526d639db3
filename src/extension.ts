import * as vscode from "vscode";
import type { ExplainError } from "./common/errors";
import { formatMessage } from "./common/message";
import { modelName } from "./common/modelName";
import { registerCommands } from "./editor/commands";
import { ContextKeys } from "./editor/contextKeys";
import { Controller } from "./editor/controller";
import { Decorations } from "./editor/decorations";
import { ExplainAction } from "./editor/explainAction";
import { isBeside, isInputFailure, showFailure } from "./editor/failures";
import { FileStudies } from "./editor/fileStudies";
import { TokenHover } from "./editor/hover";
import { MarkHints } from "./editor/markHints";
import { bundledModelDirectory, type ModelOf, modelDirectory, modelFromSettings } from "./editor/modelChoice";
import { modelByPattern, modelNameOf, patternOf } from "./editor/modelPatterns";
import { ModelsView } from "./editor/modelsView";
import { NoteLenses } from "./editor/noteLenses";
import { PlainWords } from "./editor/plainWords";
import { ProgressNotification } from "./editor/progressNotification";
import { Renderer } from "./editor/render";
import { sayOfSettings } from "./editor/settingProblems";
import type { Settings } from "./editor/settings";
import { SettingsStore } from "./editor/settingsStore";
import { StatusItem } from "./editor/statusItem";
import { Log } from "./editor/surfaces";
import { type Translate, translateMessage } from "./editor/translate";
import { EngineClient } from "./engineClient/engineClient";
import { showPanelOnce } from "./panel/firstExplanation";
import { PanelHost } from "./panel/panelHost";

/** Builds the parts and connects them; the editor calls it when it has started, at the first command, or when a panel is restored. */
export function activate(context: vscode.ExtensionContext): void {
  const translate: Translate = (template, ...args) => vscode.l10n.t(template, ...args);
  const log = new Log("Explain with Transformer");
  const settings = new SettingsStore();
  const engine = new EngineClient({
    modulePath: context.asAbsolutePath("dist/engine.cjs"),
    options: engineOptions(settings.get()),
    log: (line) => log.info(line),
  });
  const bundled = bundledModelDirectory(context.extensionUri);
  const workspaceFolder = () => vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
  const onError = (error: ExplainError): void => {
    if (!isBeside(error)) {
      const broken = error.reason !== "cancelled" && !isInputFailure(error);
      status.fail(broken ? translateMessage(translate, error.text) : null);
      panel.fail(error);
    }
    void showFailure(error, translate);
  };
  const model: ModelOf = (document) => {
    const pattern = document && patternOf(settings.get(), document);
    return pattern
      ? modelByPattern(pattern, { bundled, workspaceFolder: workspaceFolder(), engine })
      : modelFromSettings(settings.get(), bundled, workspaceFolder());
  };
  const current = () => {
    const { modelPath, modelFile } = settings.get();
    return { directory: modelDirectory(modelPath, bundled, workspaceFolder()), file: modelFile };
  };
  const controller = new Controller({
    engine,
    settings: () => settings.get(),
    model,
    onError,
    log: (line) => log.info(line),
  });
  const studies = new FileStudies(engine);
  const status = new StatusItem({
    controller,
    settings,
    model: () => {
      const document = vscode.window.activeTextEditor?.document;
      const chosen = document && patternOf(settings.get(), document);
      const written = chosen?.model ?? settings.get().modelPath;
      return {
        name: chosen ? modelNameOf(chosen) : modelName(modelDirectory(written, bundled, workspaceFolder())),
        pattern: chosen?.pattern ?? null,
      };
    },
    translate,
  });
  const decorations = new Decorations();
  const renderer = new Renderer(controller, decorations, () => settings.get());
  const panel = new PanelHost({
    controller,
    engine,
    studies,
    model,
    renderer,
    settings,
    memory: context.workspaceState,
    extensionUri: context.extensionUri,
    log: (line) => log.warn(line),
    translate,
  });
  const models = new ModelsView({
    bundled,
    current,
    workspaceFolder,
    engine,
    memory: context.globalState,
    secrets: context.secrets,
    settings,
    onError,
    translate,
  });
  const hover = new TokenHover({
    controller,
    engine,
    settings: () => settings.get(),
    isPinned: (explained) => panel.isPinned(explained),
    translate,
  });
  const notes = new NoteLenses({ controller, settings, translate });
  const hints = new MarkHints(controller);
  const words = new PlainWords(controller, () => settings.get());
  context.subscriptions.push(
    log,
    settings,
    { dispose: () => engine.dispose() },
    controller,
    studies,
    status,
    decorations,
    renderer,
    panel,
    models,
    { dispose: engine.onCrash((sentence) => log.warn(formatMessage(sentence))) },
    new ContextKeys(controller, studies),
    new ProgressNotification(controller, translate),
    notes,
    hints,
    vscode.languages.registerHoverProvider({ pattern: "**" }, hover),
    vscode.languages.registerCodeLensProvider({ pattern: "**" }, notes),
    vscode.languages.registerInlayHintsProvider({ pattern: "**" }, hints),
    vscode.languages.registerDocumentHighlightProvider({ pattern: "**" }, words),
    vscode.languages.registerCodeActionsProvider({ pattern: "**" }, new ExplainAction(translate), {
      providedCodeActionKinds: [ExplainAction.kind],
    }),
    sayOfSettings(settings, translate),
    showPanelOnce(controller, panel, context.globalState),
    settings.onDidChange(() => {
      renderer.draw();
      engine.configure(engineOptions(settings.get())).catch((error: unknown) => log.warn(String(error)));
    }),
    registerCommands({
      controller,
      studies,
      engine,
      settings,
      panel,
      model,
      models,
      memory: context.workspaceState,
      showLog: () => log.show(),
      onError,
      translate,
    }),
  );
}

function engineOptions({ threads, memoryMegabytes }: Settings): { threads: number; memoryMegabytes: number } {
  return { threads, memoryMegabytes };
}
