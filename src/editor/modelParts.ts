import type * as vscode from "vscode";
import type { ModelReference } from "../common/model";
import type { EngineClient } from "../engineClient/engineClient";
import type { Translate } from "./translate";

/** What choosing and listing models needs of its surroundings. */
export interface ModelParts {
  readonly bundled: string;
  /** The usual model. */
  readonly current: () => ModelReference;
  readonly workspaceFolder: () => string | undefined;
  readonly engine: Pick<EngineClient, "request" | "save">;
  /** Remembers recent folders. */
  readonly memory: vscode.Memento;
  readonly translate: Translate;
}

/** What downloading a model needs of its surroundings. */
export interface DownloadParts extends ModelParts {
  /** Keeps access tokens of model hubs. */
  readonly secrets: Pick<vscode.SecretStorage, "get" | "store" | "delete">;
}
