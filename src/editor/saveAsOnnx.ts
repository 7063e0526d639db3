import { existsSync } from "node:fs";
import * as path from "node:path";
import { formatBytes } from "../common/format";
import type { ModelReference } from "../common/model";
import { modelName } from "../common/modelName";
import { runCancellable } from "./cancellable";
import type { ModelParts } from "./modelParts";
import { shortPath } from "./modelWords";
import { confirmAction, pickFolder, showBriefly } from "./surfaces";

/** Saves a checkpoint as an ONNX model's folder where the person says; a saved model that is there already is replaced only when they agree. Throws what the engine does, gives whether it was saved: they may give it up. */
export async function saveAsOnnx({ engine, translate }: ModelParts, model: ModelReference): Promise<boolean> {
  const name = modelName(model.directory);
  const parent = await pickFolder(translate("Where to put {0} as ONNX", name), translate("Save here"));
  if (parent === undefined) {
    return false;
  }
  const output = path.join(parent, `${name.replaceAll("/", "-")}-onnx`);
  const isReplacing = existsSync(output);
  const isAgreed =
    !isReplacing ||
    (await confirmAction(
      translate("Replace {0}?", path.basename(output)),
      [translate("The model that was saved in {0} is deleted when the new one is complete.", shortPath(output))],
      translate("Replace"),
    ));
  if (!isAgreed) {
    return false;
  }
  await runCancellable(translate("Saving {0} as ONNX", name), (signal, report) =>
    engine.save({ model, output, isReplacing }, signal, ({ done, total }) =>
      report(translate("{0} of {1}", formatBytes(done), formatBytes(total))),
    ),
  );
  showBriefly(translate("Saved: {0}", shortPath(output)), 4000);
  return true;
}
