import type { Message } from "./message";
import type { MethodId } from "./method";

/** What a model's head computes; this version runs single-text and pair classification. */
export type Task = "text-classification";

/** A model as a person names it: its folder, and which `.onnx` file in it (relative; `null` picks the usual one). */
export interface ModelReference {
  readonly directory: string;
  readonly file: string | null;
}

/** Whether a method runs on a model and, if not, why. */
export interface MethodAvailability {
  readonly id: MethodId;
  readonly available: boolean;
  readonly why: Message | null;
}

/** What a model offers, read from its folder and its graph. */
export interface ModelDescription {
  readonly id: string;
  readonly reference: ModelReference;
  readonly file: string;
  /** All `.onnx` files of the folder, relative. */
  readonly files: readonly string[];
  readonly task: Task;
  readonly labels: readonly string[];
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly opset: number;
  readonly layers: number;
  readonly heads: number;
  readonly attentionKind: "self" | "cross" | "causal" | null;
  readonly maxTokens: number;
  readonly sha256: string;
  readonly bytes: number;
  readonly methods: readonly MethodAvailability[];
}
