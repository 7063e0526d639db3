import * as vscode from "vscode";
import { commandIds } from "./ids";
import { showWarning } from "./surfaces";
import type { Translate } from "./translate";

/** What is explained; the rest says how to go on. It stays English, as the bundled model is. */
const sentence =
  "A gorgeous, witty and seductive movie, though its unsubtle ending never quite earns the tears it asks for.";
const rest = `

Blue words speak for positive, orange ones for negative. With a model of other classes: for and against the class above the text.
Rest the pointer on a word for its numbers. Then select other words, or write your own, and run Explain with Transformer again.
`;

/** Opens a text that is not in any file, and explains its first sentence. */
export async function explainSample(): Promise<void> {
  const document = await vscode.workspace.openTextDocument({ language: "markdown", content: sentence + rest });
  // With the panel in focus the text would cover it.
  const beside = vscode.window.activeTextEditor ?? vscode.window.visibleTextEditors[0];
  const editor = await vscode.window.showTextDocument(document, beside?.viewColumn ?? vscode.ViewColumn.One);
  editor.selection = new vscode.Selection(new vscode.Position(0, 0), new vscode.Position(0, sentence.length));
  await vscode.commands.executeCommand(commandIds.explainSelection);
}

/** Says why nothing can be explained where there is no text, and offers one. */
export async function offerSample(translate: Translate): Promise<void> {
  const button = translate("Explain a sample");
  const answer = await showWarning(
    translate("There is no text to explain here. Open a text file and select some words, or try a sample."),
    button,
  );
  if (answer === button) {
    await explainSample();
  }
}
