import type * as vscode from "vscode";
import { askText } from "./surfaces";

/** What a person is asked for in a box. */
export interface Asking {
  /** What the answer is remembered by in the workspace. */
  readonly key: string;
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
  const last: unknown = memory.get(`asked.${key}`);
  const words = (await askText({ title, prompt, value: typeof last === "string" ? last : first }))?.trim();
  if (!words) {
    return undefined;
  }
  await memory.update(`asked.${key}`, words);
  return words;
}
