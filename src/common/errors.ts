import { formatMessage, type Message, message } from "./message";

/** Why something could not be done; the program acts on it, the person reads the message. */
export type ErrorReason =
  | "model-missing"
  | "model-file-corrupt"
  | "model-file-unsafe"
  | "model-unsupported"
  | "operator-unsupported"
  | "tokenizer-unsupported"
  | "tokenizer-corrupt"
  | "task-unsupported"
  | "request-invalid"
  | "question-missing"
  | "method-unknown"
  | "method-unavailable"
  | "label-unknown"
  | "column-unknown"
  | "text-empty"
  | "text-too-long"
  | "text-binary"
  | "input-unreadable"
  | "output-unwritable"
  | "hub-address"
  | "hub-unreachable"
  | "hub-denied"
  | "hub-missing"
  | "download-damaged"
  | "disk-full"
  | "not-enough-memory"
  | "engine-crashed"
  | "engine-unavailable"
  | "cancelled"
  | "internal";

/** An {@link ExplainError} as plain data, for crossing a process or a web view. */
export interface ErrorData {
  readonly reason: ErrorReason;
  readonly message: Message;
}

const brand = Symbol.for("explainWithTransformer.error");

/**
 * The one error class of the product: a reason for the program and one sentence for the person that says what to do. What fills the sentence may be the
 * words of a stranger: it is cleaned here.
 */
export class ExplainError extends Error {
  /** One thrown in another bundle, which has a class of its own, is one too. */
  static override [Symbol.hasInstance](thrown: unknown): boolean {
    return typeof thrown === "object" && thrown !== null && brand in thrown;
  }

  readonly [brand] = true;
  readonly reason: ErrorReason;
  /** The sentence before translation. */
  readonly text: Message;

  constructor(reason: ErrorReason, template: string, ...args: (string | number)[]) {
    const text = message(template, ...args);
    super(formatMessage(text));
    this.name = "ExplainError";
    this.reason = reason;
    this.text = text;
  }

  toData(): ErrorData {
    return { reason: this.reason, message: this.text };
  }

  static fromData(data: ErrorData): ExplainError {
    return new ExplainError(data.reason, data.message.template, ...data.message.args);
  }

  /** Wraps anything thrown; what is not an {@link ExplainError} becomes `internal` with its own message. */
  static from(thrown: unknown): ExplainError {
    if (thrown instanceof ExplainError) {
      return thrown;
    }
    return new ExplainError(
      "internal",
      "Something unexpected went wrong: {0}",
      thrown instanceof Error ? thrown.message : String(thrown),
    );
  }
}

/** The error every cancelled operation ends with. */
export function cancelledError(): ExplainError {
  return new ExplainError("cancelled", "Cancelled.");
}

/** Throws {@link cancelledError} once `signal` is aborted. */
export function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) {
    throw cancelledError();
  }
}

/** Whether every text would fail with the same error, if none was explained before. */
export function isAboutTheModel({ reason }: Pick<ErrorData, "reason">): boolean {
  return /^(model-|operator-|tokenizer-|task-|method-|label-|engine-unavailable)/.test(reason);
}
