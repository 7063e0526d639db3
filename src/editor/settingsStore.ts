import * as vscode from "vscode";
import type { Message } from "../common/message";
import { settingSection } from "./ids";
import { settingProblems } from "./settingProblems";
import { type Settings, settingsFrom } from "./settings";

/** The checked settings, read again only when they change. */
export class SettingsStore implements vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #subscription: vscode.Disposable;
  #settings: Settings | null = null;
  /** Fires after a setting of the extension has changed. */
  readonly onDidChange = this.#changed.event;

  constructor() {
    this.#subscription = vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration(settingSection)) {
        this.#settings = null;
        this.#changed.fire();
      }
    });
  }

  /** The settings now. */
  get(): Settings {
    const configuration = vscode.workspace.getConfiguration(settingSection);
    this.#settings ??= settingsFrom(
      (key) => configuration.get(key),
      (key) => configuration.inspect(key)?.globalValue,
    );
    return this.#settings;
  }

  /** What is wrong with the settings as written. */
  problems(): Message[] {
    const configuration = vscode.workspace.getConfiguration(settingSection);
    return settingProblems((key) => configuration.get(key));
  }

  /** Changes a setting where it is set already, in the workspace or for the person. */
  async set(key: string, value: unknown): Promise<void> {
    const configuration = vscode.workspace.getConfiguration(settingSection);
    const here = configuration.inspect(key)?.workspaceValue !== undefined;
    await configuration.update(
      key,
      value,
      here ? vscode.ConfigurationTarget.Workspace : vscode.ConfigurationTarget.Global,
    );
  }

  dispose(): void {
    this.#subscription.dispose();
    this.#changed.dispose();
  }
}
