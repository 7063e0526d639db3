import type * as vscode from "vscode";
import type { Controller } from "../editor/controller";
import type { PanelPort } from "../editor/panelPort";

const shownKey = "panelShown";

/** Opens the panel beside the first explanation that a person ever gets, and never again by itself; `memory` remembers that. */
export function showPanelOnce(
  controller: Pick<Controller, "all" | "onDidChange">,
  panel: Pick<PanelPort, "show">,
  memory: vscode.Memento,
): vscode.Disposable {
  return controller.onDidChange(() => {
    const first = controller.all.find(({ explanation, run }) => explanation && !run);
    if (first && memory.get<unknown>(shownKey) !== true) {
      void memory.update(shownKey, true);
      panel.show(first);
    }
  });
}
