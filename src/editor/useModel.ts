import * as vscode from "vscode";
import { cleanName } from "../common/cleanWords";
import type { ModelReference } from "../common/model";
import { modelName } from "../common/modelName";
import { settingKeys, settingSection } from "./ids";
import { pathInWorkspace } from "./modelChoice";
import type { ModelParts } from "./modelParts";
import { rememberModel } from "./modelSearch";
import { isNetworkPath } from "./settings";
import { showBriefly } from "./surfaces";

/**
 * Makes a model the usual one: in the workspace's settings where it lies in the workspace, else in the person's own. The engine has read it before anything is written;
 * throws its `ExplainError` where it cannot.
 */
export async function useModel(parts: ModelParts, { directory, file }: ModelReference): Promise<void> {
  const { bundled, engine, memory, workspaceFolder, translate } = parts;
  showBriefly(translate("Reading the model…"), 2000);
  // A folder that cannot be used is refused now, not at the next run.
  await engine.request("describeModel", { directory, file });
  const configuration = vscode.workspace.getConfiguration(settingSection);
  const { Global, Workspace } = vscode.ConfigurationTarget;
  const setHere = configuration.inspect(settingKeys.modelPath)?.workspaceValue !== undefined;
  // A path of this machine means nothing to others who open the project; of other computers only the person's own settings are believed.
  const inWorkspace =
    directory === bundled || isNetworkPath(directory) ? null : pathInWorkspace(directory, workspaceFolder());
  if (inWorkspace === null && setHere) {
    await configuration.update(settingKeys.modelPath, undefined, Workspace);
  }
  const written = inWorkspace ?? (directory === bundled ? undefined : directory);
  const target = inWorkspace === null ? Global : Workspace;
  await configuration.update(settingKeys.modelPath, written, target);
  if (file !== null || configuration.get(settingKeys.modelFile)) {
    await configuration.update(settingKeys.modelFile, file ?? undefined, target);
  }
  if (directory !== bundled) {
    await rememberModel(memory, directory);
  }
  showBriefly(translate("Model: {0}", cleanName(modelName(directory))), 4000);
}
