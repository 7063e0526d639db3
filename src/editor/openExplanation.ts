import * as vscode from "vscode";
import { ExplainError } from "../common/errors";
import type { ExplainRequest, Explanation } from "../common/explanation";
import { message } from "../common/message";
import { defaultOptions } from "../common/options";
import { outcomesOf } from "../common/prediction/registry";
import { explanationInJson } from "../exports/openedJson";
import type { Controller } from "./controller";
import type { Engine } from "./engine";
import type { ModelOf } from "./modelChoice";
import type { PanelPort } from "./panelPort";
import { pickFileToOpen } from "./surfaces";
import type { Translate } from "./translate";

/** A file of more bytes is not read. */
const mostBytes = 64 * 2 ** 20;

const otherModel = message(
  "The model that is chosen now is not the one of this explanation: its heads cannot be shown, and no methods can be added.",
);

/** What opening needs of its surroundings. */
export interface OpenParts {
  readonly controller: Pick<Controller, "restore">;
  readonly engine: Pick<Engine, "request">;
  readonly panel: Pick<PanelPort, "show">;
  readonly model: ModelOf;
  readonly translate: Translate;
}

/** Opens an explanation that was exported as JSON: its text in an untitled document with its colours, and the panel beside it. Throws `input-unreadable`. */
export async function openExplanation(parts: OpenParts, given: unknown): Promise<void> {
  const file =
    given instanceof vscode.Uri
      ? given
      : await pickFileToOpen(parts.translate("Open explanation"), { JSON: ["json", "jsonl"] });
  if (!file) {
    return;
  }
  const found = explanationInJson(await readText(file), { directory: "", file: null });
  const explanation = await withModel(found, parts);
  const { text, pair, model, masked, target, seed, prediction } = explanation;
  const isUsual = target.versus === null && target.label === outcomesOf(prediction)[0]?.label;
  const request: ExplainRequest = {
    ...defaultOptions,
    text,
    pair,
    model: model.reference,
    masked,
    seed,
    target: isUsual ? null : target.label,
    versus: target.versus,
    methods: explanation.attributions.map(({ method }) => method),
  };
  const document = await vscode.workspace.openTextDocument({ content: text });
  await vscode.window.showTextDocument(document);
  const read = { raw: text, text, runs: [text.length, 0, text.length], words: null, notes: [] };
  parts.panel.show(parts.controller.restore(document.uri, { start: 0, read }, request, explanation));
}

async function readText(file: vscode.Uri): Promise<string> {
  const { size } = await vscode.workspace.fs.stat(file);
  if (size > mostBytes) {
    throw new ExplainError("input-unreadable", "The file is too large to hold one explanation. Choose another.");
  }
  return new TextDecoder().decode(await vscode.workspace.fs.readFile(file));
}

/** The explanation with the chosen model where that is its own; else it says so. */
async function withModel(explanation: Explanation, { engine, model }: OpenParts): Promise<Explanation> {
  try {
    const reference = await model();
    const { sha256 } = await engine.request("describeModel", reference);
    if (sha256 === explanation.model.sha256) {
      return { ...explanation, model: { ...explanation.model, reference } };
    }
  } catch {
    // A model that cannot be loaded is another one.
  }
  const reference = { directory: explanation.model.id, file: null };
  return {
    ...explanation,
    model: { ...explanation.model, reference },
    warnings: [otherModel, ...explanation.warnings],
  };
}
