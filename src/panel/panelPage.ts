import { randomBytes } from "node:crypto";
import * as vscode from "vscode";
import { panelViewType } from "../editor/ids";
import type { Translate } from "../editor/translate";
import { panelHtml } from "./panelHtml";

/** Opens an empty panel beside the editor, which keeps the focus. */
export function createPanel(extensionUri: vscode.Uri, translate: Translate): vscode.WebviewPanel {
  return vscode.window.createWebviewPanel(
    panelViewType,
    translate("Explanation"),
    { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true },
    pageOptions(extensionUri),
  );
}

/** Puts the page of the web view into a panel; it starts to run at once. */
export function fillPanel(panel: vscode.WebviewPanel, extensionUri: vscode.Uri, translate: Translate): void {
  const { webview } = panel;
  const bundle = (name: string): string =>
    webview.asWebviewUri(vscode.Uri.joinPath(extensionUri, "dist", name)).toString();
  webview.options = pageOptions(extensionUri);
  panel.iconPath = {
    light: vscode.Uri.joinPath(extensionUri, "media", "panel-light.svg"),
    dark: vscode.Uri.joinPath(extensionUri, "media", "panel-dark.svg"),
  };
  webview.html = panelHtml({
    script: bundle("webview.js"),
    style: bundle("webview.css"),
    cspSource: webview.cspSource,
    nonce: randomBytes(16).toString("base64url"),
    language: vscode.env.language,
    title: translate("Explanation"),
  });
}

function pageOptions(extensionUri: vscode.Uri): vscode.WebviewOptions {
  return { enableScripts: true, localResourceRoots: [vscode.Uri.joinPath(extensionUri, "dist")] };
}
