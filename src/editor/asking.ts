import type * as vscode from "vscode";
import { askText } from "./surfaces";

/** What an answer is remembered by in the workspace. */
export type AskedKey = "question" | "pair" | "labels";

/** What a person is asked for in a box. */
export interface Asking {
  readonly key: AskedKey;
  readonly title: string;
  readonly prompt: string;
  /** What is in the box as long as nothing was given; nothing where left out. */
  readonly first?: string;
}

/** Asks for words, with those that were given last in the box; `undefined` where the person gives none. */
export async function askRemembered(
  memory: vscode.Memento,
  { key, title, prompt, first = "" }: Asking,
): Promise<string | undefined> {
  const last: unknown = memory.get(nameOf(key));
  const words = (await askText({ title, prompt, value: typeof last === "string" ? last : first }))?.trim();
  if (!words) {
    return undefined;
  }
  await rememberAnswer(memory, key, words);
  return words;
}

/** Keeps an answer for the box that asks the next time. */
export async function rememberAnswer(memory: vscode.Memento, key: AskedKey, words: string): Promise<void> {
  await memory.update(nameOf(key), words);
}

const nameOf = (key: AskedKey) => `asked.${key}`;
