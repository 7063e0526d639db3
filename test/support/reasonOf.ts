import { ExplainError } from "../../src/common/errors";

/** The error that `action` throws, as an {@link ExplainError}; fails when it throws none. */
export function thrownBy(action: () => unknown): ExplainError {
  try {
    action();
  } catch (error) {
    return ExplainError.from(error);
  }
  throw new Error("Nothing was thrown.");
}

/** The reason of the error that `action` throws, or "none". */
export function reasonOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    return ExplainError.from(error).reason;
  }
  return "none";
}
