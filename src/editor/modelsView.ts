import * as vscode from "vscode";
import { ExplainError } from "../common/errors";
import { modelsViewId } from "./ids";
import type { DownloadParts } from "./modelParts";
import type { ModelNode, ModelTree } from "./modelTree";

/** What the view of models needs of its surroundings. */
export interface ModelsViewParts extends DownloadParts {
  readonly settings: { readonly onDidChange: vscode.Event<void> };
  readonly onError: (error: ExplainError) => void;
}

/** The view of models in the side bar. Nothing is searched, and no engine started, before somebody looks at it. */
export class ModelsView implements vscode.TreeDataProvider<ModelNode>, vscode.Disposable {
  readonly #parts: ModelsViewParts;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #disposables: vscode.Disposable;
  #tree: Promise<ModelTree> | undefined;
  #shown = "";
  readonly onDidChangeTreeData = this.#changed.event;

  constructor(parts: ModelsViewParts) {
    this.#parts = parts;
    this.#disposables = vscode.Disposable.from(
      this.#changed,
      vscode.window.registerTreeDataProvider(modelsViewId, this),
      parts.settings.onDidChange(() => this.#model() === this.#shown || this.refresh()),
      vscode.workspace.onDidChangeWorkspaceFolders(() => this.refresh()),
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.refresh()),
    );
  }

  /** What choosing and downloading a model needs. */
  get parts(): DownloadParts {
    return this.#parts;
  }

  /** Searches again. */
  refresh(): void {
    this.#changed.fire();
  }

  async getChildren(node?: ModelNode): Promise<ModelNode[]> {
    this.#shown = this.#model();
    try {
      return [...(await (await this.#loaded()).children(node))];
    } catch (error) {
      this.#parts.onError(ExplainError.from(error));
      return [];
    }
  }

  async getTreeItem(node: ModelNode): Promise<vscode.TreeItem> {
    return (await this.#loaded()).item(node);
  }

  dispose(): void {
    this.#disposables.dispose();
  }

  #model(): string {
    return JSON.stringify(this.#parts.current());
  }

  #loaded(): Promise<ModelTree> {
    this.#tree ??= import("./modelTree").then(({ ModelTree: Tree }) => new Tree(this.#parts));
    return this.#tree;
  }
}
