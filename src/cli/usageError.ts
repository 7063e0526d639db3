import { cleanText } from "../common/cleanWords";
import type { ErrorReason } from "../common/errors";

/** A command line that cannot be carried out as it stands; ends the program with status 2. */
export class UsageError extends Error {
  /** Printed before the sentence. */
  readonly reason: ErrorReason | "usage";

  constructor(sentence: string, reason: ErrorReason | "usage" = "usage") {
    super(cleanText(sentence));
    this.name = "UsageError";
    this.reason = reason;
  }
}
