import * as vscode from "vscode";
import { inert, inertLines } from "./inert";

/*
 * With surfaceLists.ts the only place that hands words to the editor, which the lint step checks. A sentence of ours may carry the words of a stranger: a model's, a folder's,
 * the runtime's. Here all of it is made inert.
 */

/** Shows an error with buttons; resolves with the button that was pressed. */
export async function showError(sentence: string, ...buttons: string[]): Promise<string | undefined> {
  return vscode.window.showErrorMessage(inert(sentence), ...buttons);
}

/** Shows a warning with buttons; resolves with the button that was pressed. */
export async function showWarning(sentence: string, ...buttons: string[]): Promise<string | undefined> {
  return vscode.window.showWarningMessage(inert(sentence), ...buttons);
}

/** Asks in a dialogue, with lines of detail, whether something is to be done that cannot be undone; whether its button was pressed. */
export async function confirmAction(question: string, detail: readonly string[], button: string): Promise<boolean> {
  const options = { modal: true, detail: detail.map(inert).join("\n") };
  return (await vscode.window.showWarningMessage(inert(question), options, button)) === button;
}

/** Says what was done, with a button that goes on from it; resolves with the button that was pressed. */
export async function offer(sentence: string, button: string): Promise<string | undefined> {
  return vscode.window.showInformationMessage(inert(sentence), button);
}

/** Shows words in the status bar for a while. */
export function showBriefly(words: string, milliseconds: number): void {
  vscode.window.setStatusBarMessage(inert(words), milliseconds);
}

/** Shows a notification with a button that cancels until `task` ends; `report` changes its words. */
export async function showProgress(
  title: string,
  onCancel: () => void,
  task: (report: (words: string) => void) => Promise<void>,
): Promise<void> {
  const options = { location: vscode.ProgressLocation.Notification, title: inert(title), cancellable: true };
  await vscode.window.withProgress(options, (progress, token) => {
    token.onCancellationRequested(onCancel);
    return task((words) => progress.report({ message: inert(words) }));
  });
}

/** What a status item looks like and does. */
export interface StatusLook {
  /** The name of an icon of the editor, with its modifier. */
  readonly icon: string;
  readonly words: string;
  readonly tooltip: vscode.MarkdownString;
  /** What a click runs. */
  readonly command: string;
  readonly isError: boolean;
}

/** An item of the status bar. */
export class StatusEntry implements vscode.Disposable {
  readonly #item: vscode.StatusBarItem;

  constructor(id: string, name: string) {
    this.#item = vscode.window.createStatusBarItem(id, vscode.StatusBarAlignment.Left, 50);
    this.#item.name = name;
  }

  /** Makes it look and do as said. */
  show({ icon, words, tooltip, command, isError }: StatusLook): void {
    const shown = inert(words);
    this.#item.text = `$(${icon}) ${shown}`;
    this.#item.tooltip = tooltip;
    this.#item.command = command;
    this.#item.backgroundColor = isError ? new vscode.ThemeColor("statusBarItem.errorBackground") : undefined;
    this.#item.accessibilityInformation = { label: shown, role: "button" };
    this.#item.show();
  }

  dispose(): void {
    this.#item.dispose();
  }
}

/** Markdown of ours, in which everything else was escaped (`escapeMarkdown`), with links that may run `commands` and no others. */
export function markdownOf(markdown: string, commands: readonly string[]): vscode.MarkdownString {
  const content = new vscode.MarkdownString(markdown);
  content.isTrusted = { enabledCommands: [...commands] };
  return content;
}

/** Words in a line of their own above a line of the text, and what a click on them runs. */
export type Lens = vscode.CodeLens;

/** Makes such words. */
export function lensAbove(
  at: vscode.Position,
  { words, ...command }: { readonly words: string; readonly command: string; readonly arguments: unknown[] },
): Lens {
  return new vscode.CodeLens(new vscode.Range(at, at), { title: inert(words), ...command });
}

/** Lets the person write into a box that holds `value` at first; `undefined` where that is given up. */
export async function askText(words: {
  readonly title: string;
  readonly prompt: string;
  readonly value: string;
}): Promise<string | undefined> {
  const { title, prompt, value } = words;
  return vscode.window.showInputBox({ title: inert(title), prompt: inert(prompt), value, ignoreFocusOut: true });
}

/** Lets the person write what nobody is to see; `undefined` where that is given up. */
export async function askSecret({
  title,
  prompt,
}: {
  readonly title: string;
  readonly prompt: string;
}): Promise<string | undefined> {
  return vscode.window.showInputBox({
    title: inert(title),
    prompt: inert(prompt),
    password: true,
    ignoreFocusOut: true,
  });
}

/** What a row of a tree says. */
export interface TreeRow {
  readonly label: string;
  readonly description?: string;
  readonly tooltip?: vscode.MarkdownString;
  /** The name of an icon of the editor. */
  readonly icon?: string;
  readonly isError?: boolean;
  /** Whether it has rows below it, and shows them at first. */
  readonly below: "none" | "shown" | "hidden";
  /** What when-clauses of menus know it by. */
  readonly context: string;
  readonly id: string;
}

/** Makes a row of a tree. */
export function treeItem({ label, description, tooltip, icon, isError, below, context, id }: TreeRow): vscode.TreeItem {
  const { None, Expanded, Collapsed } = vscode.TreeItemCollapsibleState;
  const item = new vscode.TreeItem(inert(label), { none: None, shown: Expanded, hidden: Collapsed }[below]);
  item.id = id;
  item.contextValue = context;
  if (description) {
    item.description = inert(description);
  }
  if (tooltip) {
    item.tooltip = tooltip;
  }
  if (icon) {
    const colour = isError ? new vscode.ThemeColor("problemsErrorIcon.foreground") : undefined;
    item.iconPath = new vscode.ThemeIcon(icon, colour);
  }
  return item;
}

/** Lets the person choose a folder; resolves with its path. */
export async function pickFolder(title: string, button: string): Promise<string | undefined> {
  const picked = await vscode.window.showOpenDialog({
    canSelectFiles: false,
    canSelectFolders: true,
    canSelectMany: false,
    openLabel: inert(button),
    title: inert(title),
  });
  return picked?.[0]?.fsPath;
}

/** Lets the person choose a file; `filters` are extensions by the name of the kind. */
export async function pickFileToOpen(
  title: string,
  filters: Readonly<Record<string, string[]>>,
): Promise<vscode.Uri | undefined> {
  const picked = await vscode.window.showOpenDialog({ title: inert(title), filters: { ...filters } });
  return picked?.[0];
}

/** Lets the person name a file to write; `filters` are its extensions by the name of the kind. */
export async function pickFileToSave(
  title: string,
  suggested: vscode.Uri,
  filters: Readonly<Record<string, string[]>>,
): Promise<vscode.Uri | undefined> {
  return vscode.window.showSaveDialog({ title: inert(title), defaultUri: suggested, filters: { ...filters } });
}

/** The log that a person can open. */
export class Log implements vscode.Disposable {
  readonly #channel: vscode.LogOutputChannel;

  constructor(name: string) {
    this.#channel = vscode.window.createOutputChannel(name, { log: true });
  }

  info(text: string): void {
    this.#channel.info(inertLines(text));
  }

  warn(text: string): void {
    this.#channel.warn(inertLines(text));
  }

  show(): void {
    this.#channel.show();
  }

  dispose(): void {
    this.#channel.dispose();
  }
}
