import type * as vscode from "vscode";
import { type Message, message } from "../common/message";
import { isMethodId } from "../common/method";
import { settingKeys, settingSection } from "./ids";
import { type ReadSetting, settingChoices, settingLimits } from "./settings";
import { showWarning } from "./surfaces";
import { type Translate, translateMessage } from "./translate";

/** The numeric settings with their limits, and whether they must be whole. */
const numbers = [
  [settingKeys.seed, settingLimits.seed, true],
  [settingKeys.limeKeep, settingLimits.keep, true],
  [settingKeys.limeSamples, settingLimits.samples, true],
  [settingKeys.effort, settingLimits.effort, false],
  [settingKeys.limeTolerance, settingLimits.tolerance, false],
  [settingKeys.attentionLayer, settingLimits.layer, true],
  [settingKeys.engineThreads, settingLimits.threads, true],
  [settingKeys.engineMemory, settingLimits.memory, true],
] as const;

/** What is wrong with the settings as written: a sentence for each value that the default stands in for. */
export function settingProblems(read: ReadSetting): Message[] {
  const problems: Message[] = [];
  for (const [key, { minimum, maximum }, whole] of numbers) {
    const value = read(key);
    const fits = typeof value === "number" && value >= minimum && value <= maximum;
    if (value !== undefined && !(fits && (!whole || Number.isInteger(value)))) {
      const template = whole
        ? "The setting {0} is {1}; it must be a whole number from {2} to {3}. Its default is used."
        : "The setting {0} is {1}; it must be a number from {2} to {3}. Its default is used.";
      problems.push(message(template, nameOf(key), shown(value), String(minimum), String(maximum)));
    }
  }
  for (const [key, choices] of settingChoices) {
    const value = read(key);
    if (value !== undefined && !choices.some((choice) => choice === value)) {
      const template = "The setting {0} is {1}; it must be one of {2}. Its default is used.";
      problems.push(message(template, nameOf(key), shown(value), choices.join(", ")));
    }
  }
  const methods = read(settingKeys.methods);
  const unknown = Array.isArray(methods)
    ? methods.filter((name) => !(typeof name === "string" && isMethodId(name)))
    : methods === undefined
      ? []
      : [methods];
  if (unknown.length > 0) {
    const template = "The setting {0} names no method with {1}; it is left out.";
    problems.push(message(template, nameOf(settingKeys.methods), unknown.map(shown).join(", ")));
  }
  return problems;
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
