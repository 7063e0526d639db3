import * as vscode from "vscode";
import { ExplainError } from "../common/errors";
import type { Explanation } from "../common/explanation";
import { lookSource } from "../common/look";
import { quickMeasureIds, rerunMeasureIds } from "../common/measure";
import { blindMethods } from "../common/method";
import type { FromPanel, PanelRequests } from "../common/panelProtocol";
import type { AnalyseParts } from "../editor/analyseFile";
import { rememberAnswer } from "../editor/asking";
import type { Controller } from "../editor/controller";
import type { Engine } from "../editor/engine";
import { type Explained, followedIn } from "../editor/explained";
import { rangeOf } from "../editor/offsets";
import type { Renderer } from "../editor/render";
import type { SettingsStore } from "../editor/settingsStore";
import { chooseMethod, type OfferedMethods } from "./methodChoice";
import { contentTokens } from "./panelMessages";
import { besideOf } from "./panelStatus";
import { placeScores } from "./placeScores";
import { translatePlan } from "./translated";

/** What the requests of a web view are answered with. */
export interface RequestParts extends AnalyseParts {
  readonly controller: Controller;
  readonly engine: Engine;
  readonly renderer: Renderer;
  readonly settings: SettingsStore;
  /** What is remembered for the workspace. */
  readonly memory: vscode.Memento;
  readonly offered: Pick<OfferedMethods, "planOf">;
  /** What the panel shows. */
  readonly shown: () => Explained | null;
  /** Takes a web view that has started as one that is to be kept up to date. */
  readonly start: () => Promise<PanelRequests["ready"]["result"]>;
}

type Answer<K extends keyof PanelRequests> = (
  parts: RequestParts,
  params: PanelRequests[K]["params"],
  signal: AbortSignal,
) => PanelRequests[K]["result"] | Promise<PanelRequests[K]["result"]>;

/** Loaded when first needed, as the ways to write explanations down are. */
const exporting = () => import("../editor/exportExplanation");

/** What answers each request. */
const answers: { readonly [K in keyof PanelRequests]: Answer<K> } = {
  ready: (parts) => parts.start(),
  look: (parts, { window, look }, signal) =>
    parts.engine.request("look", { source: lookSource(current(parts).explanation, window), look }, signal),
  predictMasked: (parts, { masked }, signal) => {
    const { explained, explanation } = current(parts);
    const asked = { request: explained.request, masked: contentTokens(explanation, masked) };
    return parts.engine.request("predictMasked", asked, signal);
  },
  placeScores: (parts, params) => {
    const { explained, explanation } = current(parts);
    return placeScores(parts.engine, explained, explanation, params);
  },
  explainAgain,
  explainBeside: async (parts, { text }) => {
    const { explained } = current(parts);
    const { zeroShot } = explained.request;
    const kind = besideOf(explained)?.kind ?? "pair";
    void parts.controller.again(
      explained,
      kind === "labels" ? { zeroShot: { ...zeroShot, labels: text } } : { pair: text },
    );
    await rememberAnswer(parts.memory, kind, text);
    return null;
  },
  insert: async (parts, { outcome }) => {
    const { insertWritten } = await import("../editor/insertWritten");
    await insertWritten(current(parts).explained, outcome);
    return null;
  },
  explainMoreExactly: (parts) => {
    void parts.controller.moreExactly(current(parts).explained);
    return null;
  },
  chooseMethod: async (parts, { method }) => {
    await chooseMethod(parts, current(parts).explained, method);
    return null;
  },
  plan: async (parts, _, signal) => {
    const { explained, explanation } = current(parts);
    return translatePlan(await parts.offered.planOf(explained, explanation, signal), parts.translate);
  },
  addMethod: (parts, { method }) => {
    void parts.controller.addMethods(current(parts).explained, [method, ...blindMethods]);
    return null;
  },
  measure: (parts, { byRunningAgain }) => {
    const measures = byRunningAgain ? rerunMeasureIds : quickMeasureIds;
    void parts.controller.measure(current(parts).explained, measures);
    return null;
  },
  analyseFile: async (parts, { changed }) => {
    const { analyseFile, documentToAnalyse } = await import("../editor/analyseFile");
    await analyseFile(parts, await documentToAnalyse(parts.shown()?.uri), changed);
    return null;
  },
  useRawText: (parts) => {
    void parts.controller.useRawText(current(parts).explained);
    return null;
  },
  tryAgain: ({ controller }) => {
    for (const failed of controller.failed) {
      void controller.again(failed);
    }
    return null;
  },
  export: async (parts, { format, to }) => {
    const { exportNamed } = await exporting();
    await exportNamed(current(parts).explained, format, to, parts.translate);
    return null;
  },
  picture: async (parts) => {
    const { pictureOf } = await exporting();
    return { svg: await pictureOf(current(parts).explained) };
  },
  savePicture: async (parts, { png }) => {
    const { savePicture } = await exporting();
    await savePicture(current(parts).explained, png, parts.translate);
    return null;
  },
  highlight: ({ renderer, shown }, { tokens }) => {
    const explained = shown();
    if (explained?.explanation) {
      renderer.highlight(explained, contentTokens(explained.explanation, tokens));
    }
    return null;
  },
  reveal,
  cancel: ({ controller, studies }) => {
    controller.cancel();
    studies.cancel();
    return null;
  },
};

/** Answers a request of the web view; rejects with what is wrong with it. */
export async function answerPanel(
  parts: RequestParts,
  { request, params }: FromPanel,
  signal: AbortSignal,
): Promise<PanelRequests[keyof PanelRequests]["result"]> {
  return await answerOf(request)(parts, params, signal);
}

/** The message's parser has put name and parameters together, which the compiler cannot see of a union. */
function answerOf(request: keyof PanelRequests): Answer<keyof PanelRequests> {
  return answers[request] as Answer<keyof PanelRequests>;
}

function current({ shown }: RequestParts): { readonly explained: Explained; readonly explanation: Explanation } {
  const explained = shown();
  if (!explained?.explanation) {
    throw new ExplainError("cancelled", "There is no explanation to ask about.");
  }
  return { explained, explanation: explained.explanation };
}

/** Whether the model has what is asked for is for the engine to say. */
function explainAgain(
  parts: RequestParts,
  { target, versus, position, masked }: PanelRequests["explainAgain"]["params"],
): null {
  const { explained, explanation } = current(parts);
  void parts.controller.again(explained, { target, versus, position, masked: contentTokens(explanation, masked) });
  return null;
}

async function reveal(parts: RequestParts, { token }: PanelRequests["reveal"]["params"]): Promise<null> {
  const { explained } = current(parts);
  const found = followedIn(explained).flatMap(({ place }) => {
    const part = place.tracked.parts[token];
    return part && part.start < part.end ? [{ part, uri: place.uri }] : [];
  })[0];
  if (!found) {
    return null;
  }
  const { part, uri } = found;
  const document = await vscode.workspace.openTextDocument(uri);
  const range = rangeOf(document, part);
  const visible = vscode.window.visibleTextEditors.find((editor) => editor.document === document);
  const column = visible?.viewColumn ?? vscode.ViewColumn.One;
  const editor = await vscode.window.showTextDocument(document, { viewColumn: column, selection: range });
  editor.revealRange(range, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
  return null;
}
