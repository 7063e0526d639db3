import * as vscode from "vscode";
import type { Controller } from "./controller";
import { atCursor, currentEditor } from "./currentEditor";
import type { FileStudies } from "./fileStudies";
import { contextKeys } from "./ids";

/** Keeps the context keys, which when-clauses read, equal to what the controller holds. */
export class ContextKeys implements vscode.Disposable {
  readonly #controller: Controller;
  readonly #studies: FileStudies;
  readonly #known = new Map<string, boolean>();
  readonly #disposables: vscode.Disposable[];

  constructor(controller: Controller, studies: FileStudies) {
    this.#controller = controller;
    this.#studies = studies;
    this.#disposables = [
      controller.onDidChange(() => this.#update()),
      studies.onDidChange(() => this.#update()),
      vscode.window.onDidChangeActiveTextEditor(() => this.#update()),
      vscode.window.onDidChangeTextEditorSelection(() => this.#update()),
    ];
  }

  dispose(): void {
    vscode.Disposable.from(...this.#disposables).dispose();
  }

  #update(): void {
    const editor = currentEditor(this.#controller);
    const shown = editor ? this.#controller.shown(editor.document.uri) : [];
    this.#set(contextKeys.hasExplanation, shown.length > 0);
    this.#set(contextKeys.inExplanation, atCursor(this.#controller) !== undefined);
    this.#set(contextKeys.running, this.#controller.running.length > 0 || this.#studies.current?.isRunning === true);
  }

  #set(key: string, value: boolean): void {
    if (this.#known.get(key) !== value) {
      this.#known.set(key, value);
      void vscode.commands.executeCommand("setContext", key, value);
    }
  }
}
