import * as vscode from "vscode";
import { inert } from "./inert";

/** Somebody who writes no letter for so long waits for an answer. */
const typingMilliseconds = 250;

/** The words above a list. */
export interface ListWords {
  readonly title: string;
  readonly placeholder: string;
}

/** Lets the person tick several items. */
export async function pickMany<T extends vscode.QuickPickItem>(
  items: readonly T[],
  { title, placeholder }: ListWords,
): Promise<T[] | undefined> {
  return vscode.window.showQuickPick(items.map(inertItem), {
    canPickMany: true,
    title: inert(title),
    placeHolder: inert(placeholder),
  });
}

/** Lets the person choose one of a few items. */
export async function pickFrom<T extends vscode.QuickPickItem>(
  items: readonly T[],
  { title, placeholder }: ListWords,
): Promise<T | undefined> {
  return vscode.window.showQuickPick(items.map(inertItem), { title: inert(title), placeHolder: inert(placeholder) });
}

/** Lets the person choose one item: of `items` at first, of those that `search` finds as soon as it has. */
export async function pickOne<T extends vscode.QuickPickItem>(
  items: readonly T[],
  search: (token: vscode.CancellationToken) => Promise<readonly T[]>,
  { title, placeholder }: ListWords,
): Promise<T | undefined> {
  return new Promise((resolve) => {
    const picker = vscode.window.createQuickPick<T>();
    picker.title = inert(title);
    picker.placeholder = inert(placeholder);
    picker.matchOnDescription = true;
    picker.matchOnDetail = true;
    picker.items = items.map(inertItem);
    picker.busy = true;
    let closed = false;
    const source = new vscode.CancellationTokenSource();
    search(source.token).then(
      (found) => {
        if (!closed) {
          picker.items = found.map(inertItem);
          picker.busy = false;
        }
      },
      () => {
        picker.busy = false;
      },
    );
    picker.onDidAccept(() => {
      resolve(picker.selectedItems[0]);
      picker.hide();
    });
    picker.onDidHide(() => {
      closed = true;
      source.cancel();
      source.dispose();
      resolve(undefined);
      picker.dispose();
    });
    picker.show();
  });
}

/**
 * Lets the person write, and choose one of the items that `search` finds for what they wrote; searches that are overtaken are broken off. What
 * stands in the place of items where there are none, or a search fails, cannot be chosen.
 */
export async function pickSearching<T extends vscode.QuickPickItem>(
  search: (written: string, signal: AbortSignal) => Promise<readonly T[]>,
  inPlace: { readonly nothing: string; readonly failed: (thrown: unknown) => vscode.QuickPickItem },
  { title, placeholder }: ListWords,
): Promise<T | undefined> {
  return new Promise((resolve) => {
    const picker = vscode.window.createQuickPick<T | Note>();
    picker.title = inert(title);
    picker.placeholder = inert(placeholder);
    picker.ignoreFocusOut = true;
    let running = new AbortController();
    let timer: NodeJS.Timeout | undefined;
    const look = async (written: string): Promise<void> => {
      const { signal } = running;
      try {
        const found = await search(written, signal);
        if (!signal.aborted) {
          picker.items =
            found.length > 0
              ? found.map((item) => ({ ...inertItem(item), alwaysShow: true }))
              : note({ label: inPlace.nothing });
        }
      } catch (thrown) {
        if (!signal.aborted) {
          picker.items = note(inPlace.failed(thrown));
        }
      }
      picker.busy = picker.busy && signal.aborted;
    };
    picker.onDidChangeValue((value) => {
      clearTimeout(timer);
      running.abort();
      running = new AbortController();
      picker.items = [];
      picker.busy = value.trim() !== "";
      if (picker.busy) {
        timer = setTimeout(() => void look(value.trim()), typingMilliseconds);
      }
    });
    picker.onDidAccept(() => {
      const [chosen] = picker.selectedItems;
      if (chosen && !("isNote" in chosen)) {
        resolve(chosen);
        picker.hide();
      }
    });
    picker.onDidHide(() => {
      clearTimeout(timer);
      running.abort();
      resolve(undefined);
      picker.dispose();
    });
    picker.show();
  });
}

/** A row that cannot be chosen. */
type Note = vscode.QuickPickItem & { readonly isNote: true };

function note(item: vscode.QuickPickItem): Note[] {
  return [{ ...inertItem(item), alwaysShow: true, isNote: true }];
}

function inertItem<T extends vscode.QuickPickItem>(item: T): T {
  const { label, description, detail } = item;
  return {
    ...item,
    label: inert(label),
    ...(description === undefined ? {} : { description: inert(description) }),
    ...(detail === undefined ? {} : { detail: inert(detail) }),
  };
}
