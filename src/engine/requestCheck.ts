import { ExplainError } from "../common/errors";
import type { ExplainRequest } from "../common/explanation";
import { wrongField } from "../common/requestFields";

/** Throws `request-invalid`, naming the first field that is not as it must be: requests come from another process. */
export function checkRequest(request: ExplainRequest): void {
  const wrong = wrongField(request);
  if (wrong) {
    const { path, what } = wrong;
    throw new ExplainError("request-invalid", "The request cannot be carried out: {0} must be {1}.", path, what);
  }
}
