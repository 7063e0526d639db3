import type * as vscode from "vscode";
import type { Controller } from "./controller";
import { progressWords } from "./progressWords";
import { showProgress } from "./surfaces";
import type { Translate } from "./translate";

/** Work shorter than this shows no notification, in milliseconds. */
const patience = 2000;

/** Shows a cancellable notification while runs take long. */
export class ProgressNotification implements vscode.Disposable {
  readonly #controller: Controller;
  readonly #translate: Translate;
  readonly #subscription: vscode.Disposable;
  #timer: NodeJS.Timeout | undefined;
  #shown: { report(): void; end(): void } | null = null;

  constructor(controller: Controller, translate: Translate) {
    this.#controller = controller;
    this.#translate = translate;
    this.#subscription = controller.onDidChange(() => this.#update());
  }

  dispose(): void {
    this.#subscription.dispose();
    clearTimeout(this.#timer);
    this.#shown?.end();
  }

  #update(): void {
    if (this.#controller.running.length === 0) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
      this.#shown?.end();
      this.#shown = null;
    } else if (this.#shown) {
      this.#shown.report();
    } else {
      this.#timer ??= setTimeout(() => this.#show(), patience);
    }
  }

  #show(): void {
    const title = this.#translate("Explain with Transformer");
    const cancel = (): void => this.#controller.cancel();
    void showProgress(title, cancel, (report) => {
      return new Promise<void>((resolve) => {
        // The editor calls this some time later: the run may have ended, or another notification be there already.
        if (this.#shown || this.#controller.running.length === 0) {
          resolve();
          return;
        }
        this.#shown = { report: () => report(this.#words()), end: resolve };
        this.#shown.report();
      });
    });
  }

  #words(): string {
    const [first, ...waiting] = this.#controller.running;
    const words = first?.progress ? progressWords(first.progress, this.#translate) : "";
    return waiting.length > 0 ? this.#translate("{0} ({1} more waiting)", words, waiting.length) : words;
  }
}
