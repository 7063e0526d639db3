import type * as vscode from "vscode";
import { type Message, message } from "../common/message";
import type { Option } from "../common/option";
import { settingSection } from "./ids";
import { type ReadSetting, settable, settingLimits, settingValue } from "./settings";
import { showWarning } from "./surfaces";
import { type Translate, translateMessage } from "./translate";

/** What is wrong with the settings as written: a sentence for each value that the default stands in for. */
export function settingProblems(read: ReadSetting): Message[] {
  return settable.flatMap((option) => {
    const written = read(option.setting.key);
    return written === undefined ? [] : (problemOf(option, nameOf(option.setting.key), written) ?? []);
  });
}

function problemOf(option: Option<unknown>, name: string, written: unknown): Message | null {
  const { takes, nothing } = option;
  if (takes.kind === "list") {
    const unknown = Array.isArray(written)
      ? written.filter((one) => !takes.of.some((known) => known === one))
      : [written];
    const template = "The setting {0} names no method with {1}; it is left out.";
    return unknown.length > 0 ? message(template, name, unknown.map(shown).join(", ")) : null;
  }
  if (settingValue(option, written) !== undefined) {
    return null;
  }
  if (takes.kind === "map") {
    return message(
      "The setting {0} is {1}; it must hold a text for each name. What is none is left out.",
      name,
      shown(written),
    );
  }
  const limits = settingLimits(option);
  if (limits) {
    const template =
      takes.kind === "whole"
        ? "The setting {0} is {1}; it must be a whole number from {2} to {3}. Its default is used."
        : "The setting {0} is {1}; it must be a number from {2} to {3}. Its default is used.";
    return message(template, name, shown(written), String(limits.minimum), String(limits.maximum));
  }
  if (takes.kind === "choice") {
    const choices = [...(nothing === undefined ? [] : [nothing]), ...takes.choices].join(", ");
    const template = "The setting {0} is {1}; it must be one of {2}. Its default is used.";
    return message(template, name, shown(written), choices);
  }
  return null;
}

/** Says once of each setting that does not fit what would. */
export function sayOfSettings(
  settings: { problems(): Message[]; readonly onDidChange: vscode.Event<void> },
  translate: Translate,
): vscode.Disposable {
  const said = new Set<string>();
  const say = (): void => {
    for (const problem of settings.problems()) {
      const sentence = translateMessage(translate, problem);
      if (!said.has(sentence)) {
        said.add(sentence);
        void showWarning(sentence);
      }
    }
  };
  say();
  return settings.onDidChange(say);
}

function nameOf(key: string): string {
  return `${settingSection}.${key}`;
}

function shown(value: unknown): string {
  return (JSON.stringify(value) ?? "").slice(0, 60);
}
