/** Runs inside a desktop VS Code: the main job by commands, judged by what the extension host can see. Results go to a file. */
const assert = require("node:assert/strict");
const { writeFileSync } = require("node:fs");
const path = require("node:path");
const { setTimeout: wait } = require("node:timers/promises");
const vscode = require("vscode");

const id = "explain-with-transformer.explain-with-transformer";

async function until(condition, what, seconds = 60) {
  const end = Date.now() + seconds * 1000;
  while (Date.now() < end) {
    const value = await condition();
    if (value) {
      return value;
    }
    await wait(100);
  }
  throw new Error(`Waited ${seconds} s for ${what}.`);
}

/** The words of the hovers at the first occurrence of a word. */
async function hoverAt(document, word) {
  const position = document.positionAt(document.getText().indexOf(word) + 1);
  const hovers = await vscode.commands.executeCommand("vscode.executeHoverProvider", document.uri, position);
  return hovers.flatMap(({ contents }) => contents.map((content) => content.value ?? content)).join("\n");
}

const tests = {
  "starts by itself": async () => {
    await until(() => vscode.extensions.getExtension(id)?.isActive, "the extension to start");
  },
  "explains the sentence at the cursor and shows its numbers in a hover": async () => {
    const folder = vscode.workspace.workspaceFolders[0].uri.fsPath;
    const document = await vscode.workspace.openTextDocument(path.join(folder, "reviews.md"));
    const editor = await vscode.window.showTextDocument(document);
    const position = document.positionAt(document.getText().indexOf("seductive"));
    editor.selection = new vscode.Selection(position, position);
    await vscode.commands.executeCommand("explainWithTransformer.explainSelection");
    const words = await until(async () => {
      const text = await hoverAt(document, "gorgeous");
      return text.includes("Owen values") && text;
    }, "a hover with scores");
    assert.match(words, /piece gorgeous/);
  },
  "opens the panel": async () => {
    await vscode.commands.executeCommand("explainWithTransformer.showPanel");
    await until(
      () =>
        vscode.window.tabGroups.all.some(({ tabs }) =>
          tabs.some(({ input }) => /explainWithTransformer\.panel/.test(input?.viewType)),
        ),
      "the panel's tab",
    );
  },
  "clears the explanation": async () => {
    const document = vscode.workspace.textDocuments.find(({ fileName }) => fileName.endsWith("reviews.md"));
    await vscode.commands.executeCommand("explainWithTransformer.clearAll");
    await until(async () => !(await hoverAt(document, "gorgeous")).includes("Owen values"), "the hover to go");
  },
};

exports.run = async () => {
  const passed = [];
  const failed = [];
  for (const [name, test] of Object.entries(tests)) {
    try {
      await test();
      passed.push(name);
    } catch (error) {
      failed.push({ name, error: String(error?.stack ?? error) });
    }
  }
  writeFileSync(process.env.EXPLAIN_TEST_RESULTS, JSON.stringify({ passed, failed }, null, 2));
};
