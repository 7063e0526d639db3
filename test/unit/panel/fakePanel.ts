import type * as vscode from "vscode";
import type { FromPanel, ToPanel } from "../../../src/common/panelProtocol";
import { EventEmitter } from "../editor/fakeVscode";

/** A panel whose web view a test plays: it sends requests and counts what is posted. */
export class FakePanel {
  readonly posted: ToPanel[] = [];
  readonly #messages = new EventEmitter<unknown>();
  readonly #disposed = new EventEmitter<void>();
  visible = true;
  iconPath: unknown;
  readonly webview = {
    options: {},
    html: "",
    cspSource: "https://panel.invalid",
    asWebviewUri: String,
    onDidReceiveMessage: this.#messages.event,
    postMessage: (message: ToPanel): Promise<boolean> => {
      // As it crosses: what is posted is written as JSON.
      this.posted.push(JSON.parse(JSON.stringify(message)) as ToPanel);
      return Promise.resolve(true);
    },
  };
  readonly onDidDispose = this.#disposed.event;
  readonly onDidChangeViewState = new EventEmitter<void>().event;

  /** The panel as the host sees it. */
  get real(): vscode.WebviewPanel {
    return this as unknown as vscode.WebviewPanel;
  }

  reveal(): void {}

  dispose(): void {
    this.#disposed.fire();
  }

  /** Sends a request of the web view; its answer is posted a moment later. */
  send(message: FromPanel): void {
    this.#messages.fire(message);
  }

  /** The events of one kind that were posted. */
  events<K extends string>(event: K): ToPanel[] {
    return this.posted.filter((message) => "event" in message && message.event === event);
  }
}
