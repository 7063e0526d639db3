import { cleanText } from "../common/cleanWords";
import type { ErrorReason } from "../common/errors";

const brand = Symbol.for("explainWithTransformer.usage");

/** A command line that cannot be carried out as it stands; ends the program with status 2. */
export class UsageError extends Error {
  /** One thrown in a bundle that is loaded later, which has a class of its own, is one too. */
  static override [Symbol.hasInstance](thrown: unknown): boolean {
    return typeof thrown === "object" && thrown !== null && brand in thrown;
  }

  readonly [brand] = true;
  /** Printed before the sentence. */
  readonly reason: ErrorReason | "usage";

  constructor(sentence: string, reason: ErrorReason | "usage" = "usage") {
    super(cleanText(sentence));
    this.name = "UsageError";
    this.reason = reason;
  }
}
