import { randomBytes } from "node:crypto";
import * as vscode from "vscode";
import { cleanName } from "../common/cleanWords";
import { ExplainError } from "../common/errors";
import type { ExplainRequest, Explanation } from "../common/explanation";
import type { Message } from "../common/message";
import type { MethodId } from "../common/method";
import type { FoundModel, ModelReference } from "../common/model";
import { runCancellable } from "./cancellable";
import { type ComparedModel, comparisonBody } from "./comparisonPage";
import type { Engine } from "./engine";
import type { Explained } from "./explained";
import { inert } from "./inert";
import { inspectionBody, inspectionCommands } from "./inspectionPage";
import type { ModelOf } from "./modelChoice";
import { inOrder } from "./modelGroups";
import type { ModelParts } from "./modelParts";
import { isNode, type ModelNode, nodeReference } from "./modelTree";
import { fileWords, modelFacts, stepWords } from "./modelWords";
import { pageHtml } from "./pageHtml";
import { pickMany } from "./surfaceLists";

/** The pages that models are shown on. */
export type ModelPage = "inspect" | "compareFiles" | "compareSteps";

/** What the pages need of their surroundings. */
export interface PagesParts extends Omit<ModelParts, "engine"> {
  readonly engine: Pick<Engine, "request" | "explain">;
  /** The model that a document gets. */
  readonly model: ModelOf;
  /** What is explained under the cursor; `null` where nothing is. */
  readonly explained: () => Explained | undefined;
  /** The method that colours the text. */
  readonly method: () => MethodId;
}

/** A model on its way into a comparison. */
interface Candidate extends Pick<ComparedModel, "label" | "detail"> {
  readonly reference: ModelReference;
}

/** Opens a page about a row of the view of models, or about the model that is used now. Throws an `ExplainError` for a model that cannot be read, and where there is nothing to compare. */
export async function openModelPage(parts: PagesParts, page: ModelPage, given: unknown): Promise<void> {
  const node = isNode(given) ? given : null;
  await pages[page](parts, node);
}

const pages: Readonly<Record<ModelPage, (parts: PagesParts, node: ModelNode | null) => Promise<void>>> = {
  inspect,
  compareFiles,
  compareSteps,
};

async function inspect(parts: PagesParts, node: ModelNode | null): Promise<void> {
  const { engine, translate } = parts;
  const reference = await referenceOf(parts, node);
  await runCancellable(translate("Inspecting the model"), async (signal) => {
    const model = await engine.request("inspectModel", reference, signal);
    const body = inspectionBody(model, translate);
    show(cleanName(model.id), body, vscode.ViewColumn.Active, inspectionCommands);
  });
}

/** The model of a row, or the one that the document in front gets. */
async function referenceOf({ model }: PagesParts, node: ModelNode | null): Promise<ModelReference> {
  if (!node) {
    return await model(vscode.window.activeTextEditor?.document);
  }
  const last = node.kind === "training" ? inOrder(node.training.steps).at(-1) : undefined;
  const reference = last ? { directory: last.directory, file: null } : nodeReference(node);
  if (!reference) {
    throw new ExplainError("input-unreadable", "Choose one of the models below.");
  }
  return reference;
}

async function compareFiles(parts: PagesParts, node: ModelNode | null): Promise<void> {
  const { directory } = await referenceOf(parts, node);
  const [model] = await parts.engine.request("findModels", { bundled: directory, folders: [], recent: [] });
  const files = model?.files ?? [];
  if (!model || files.length < 2) {
    throw new ExplainError("input-unreadable", "There is only one file of this model, so there is nothing to compare.");
  }
  // What is stored as fp32 is what the others were made from.
  const ordered = [...files].sort((a, b) => Number(b.precision === "fp32") - Number(a.precision === "fp32"));
  const candidates = ordered.map((file) => ({
    label: file.file,
    detail: fileWords(file),
    reference: { directory, file: file.file },
  }));
  await compare(parts, parts.translate("Files of {0} on one text", cleanName(model.id)), candidates);
}

async function compareSteps(parts: PagesParts, node: ModelNode | null): Promise<void> {
  const { translate } = parts;
  const steps = inOrder(await stepsOf(parts, node));
  if (steps.length < 2) {
    throw new ExplainError(
      "input-unreadable",
      "This model is not one of several steps of a training, so there is nothing to compare.",
    );
  }
  const items = steps.map((model) => ({
    label: stepWords(model, translate),
    description: modelFacts(model, translate),
    picked: true,
    reference: { directory: model.directory, file: null },
  }));
  const chosen =
    steps.length === 2
      ? items
      : await pickMany(items, {
          title: translate("Steps to compare"),
          placeholder: translate("The others are held against the first one"),
        });
  if (chosen && chosen.length > 0) {
    const candidates = chosen.map(({ label, reference }) => ({ label, detail: "", reference }));
    await compare(parts, translate("Steps of a training on one text"), candidates);
  }
}

async function stepsOf(parts: PagesParts, node: ModelNode | null): Promise<readonly FoundModel[]> {
  if (node?.kind === "training") {
    return node.training.steps;
  }
  const { directory } = await referenceOf(parts, node);
  const places = { bundled: directory, folders: [], recent: [] };
  const [own] = await parts.engine.request("findModels", places);
  const home = own?.training?.directory ?? directory;
  const within = await parts.engine.request("findModels", { bundled: home, folders: [home], recent: [] });
  return within.filter(({ training, problem }) => training?.directory === home && problem === null);
}

/** Explains the text under the cursor with each model, by the method that colours it, and shows all of it beside the text. */
async function compare(parts: PagesParts, title: string, candidates: readonly Candidate[]): Promise<void> {
  const { engine, translate } = parts;
  const explained = parts.explained();
  if (!explained) {
    throw new ExplainError(
      "input-unreadable",
      "Explain a text first: the models are compared on the text under the cursor.",
    );
  }
  const method = parts.method();
  const asked: ExplainRequest = {
    ...explained.request,
    methods: [method],
    choose: "given",
    measures: [],
    target: null,
    versus: null,
  };
  // Beside the text, or in place of another page that is beside it already.
  const column = vscode.window.activeTextEditor ? vscode.ViewColumn.Beside : vscode.ViewColumn.Active;
  await runCancellable(title, async (signal, report) => {
    const models: ComparedModel[] = [];
    let target: string | null = explained.request.target;
    for (const { label, detail, reference } of candidates) {
      report(label);
      const result = await explainWith(engine, { ...asked, model: reference, target }, signal);
      target ??= "target" in result ? result.target.label : null;
      models.push({ label, detail, result });
    }
    show(title, comparisonBody({ title, method, models }, translate), column, []);
  });
}

/** An explanation, or why there is none; only a cancellation is thrown. */
async function explainWith(
  engine: PagesParts["engine"],
  request: ExplainRequest,
  signal: AbortSignal,
): Promise<Explanation | Message> {
  try {
    return await engine.explain(request, signal);
  } catch (thrown) {
    const error = ExplainError.from(thrown);
    if (signal.aborted || error.reason === "cancelled") {
      throw error;
    }
    return error.text;
  }
}

/** Opens a page that runs nothing; its links may run `commands`. */
function show(title: string, body: string, column: vscode.ViewColumn, commands: readonly string[]): void {
  const panel = vscode.window.createWebviewPanel("explainWithTransformer.model", inert(title), column, {
    enableScripts: false,
    enableFindWidget: true,
    enableCommandUris: [...commands],
    localResourceRoots: [],
  });
  const nonce = randomBytes(16).toString("base64url");
  panel.webview.html = pageHtml({ title, body, nonce, language: vscode.env.language });
}
