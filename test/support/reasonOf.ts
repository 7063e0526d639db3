import { ExplainError } from "../../src/common/errors";

/** The reason of the error that `action` throws, or "none". */
export function reasonOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    return ExplainError.from(error).reason;
  }
  return "none";
}
