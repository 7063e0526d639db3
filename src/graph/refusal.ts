import { ExplainError } from "../common/errors";
import type { Message } from "../common/message";

/** The error for a model file that cannot be what it says it is; `reason` completes "the file is damaged: …". */
export function corrupt(reason: string): ExplainError {
  return new ExplainError(
    "model-file-corrupt",
    "The model file is damaged or is not an ONNX model: {0}. Download or export it again.",
    reason,
  );
}

/** The error for a model file that asks for something it must not have; `reason` completes "the file is not safe: …". */
export function unsafe(reason: string): ExplainError {
  return new ExplainError(
    "model-file-unsafe",
    "The model file is not safe to open: {0}. Use a copy from a source you trust.",
    reason,
  );
}

/** The error for a well-formed model that is beyond this product; `reason` is a whole clause. */
export function unsupported(reason: string): ExplainError {
  return new ExplainError(
    "model-unsupported",
    "This model cannot be used: {0}. Export it again or choose another model.",
    reason,
  );
}

/** The error for a method that follows one stream of tokens, on a model that has two. */
export function twoStreams(): ExplainError {
  return new ExplainError(
    "method-unavailable",
    "This model reads a text in one part and answers in another, and this method follows one of them only. Choose another method.",
  );
}

/** The error for a method that follows vectors through attention, where they cannot be followed. */
export function notLinear(): ExplainError {
  return new ExplainError(
    "method-unavailable",
    "In this model something else than one linear map lies between the heads of attention and what they are added to. Choose another method.",
  );
}

/** Why a rewriting of a graph refuses it; `null` where it does not. Throws what is no refusal. */
export function refusalOf(rewrite: () => unknown): Message | null {
  try {
    rewrite();
    return null;
  } catch (error) {
    const { reason, text } = ExplainError.from(error);
    if (reason !== "operator-unsupported" && reason !== "model-unsupported" && reason !== "method-unavailable") {
      throw error;
    }
    return text;
  }
}
