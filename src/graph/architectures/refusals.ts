import { ExplainError } from "../../common/errors";

/** The error for a checkpoint whose weights cannot be what its settings say; `reason` is a clause. */
export function corruptWeights(reason: string): ExplainError {
  return new ExplainError(
    "model-file-corrupt",
    "The checkpoint is damaged or does not fit its config.json: {0}. Save or download it again.",
    reason,
  );
}

/** The error for a config.json that cannot be; `reason` is a clause. */
export function corruptSettings(reason: string): ExplainError {
  return new ExplainError(
    "model-file-corrupt",
    "config.json is not usable: {0}. Download the model again or choose another.",
    reason,
  );
}

/** The error for a setting whose value asks for something that is not computed here. */
export function unknownSetting(name: string, value: unknown): ExplainError {
  return new ExplainError(
    "model-unsupported",
    "config.json has {0} as {1}, which is not supported for checkpoints here. Export the model to ONNX.",
    name.slice(0, 80),
    shownSetting(value),
  );
}

/** A value of a settings file in a sentence; lists and settings are only called that, since they may be nested without end. */
export function shownSetting(value: unknown): string {
  return typeof value === "object" && value !== null
    ? Array.isArray(value)
      ? "a list"
      : "settings of its own"
    : String(JSON.stringify(value)).slice(0, 80);
}
