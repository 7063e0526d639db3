import type { ErrorData } from "./errors";
import type { Message } from "./message";
import type { MethodId } from "./method";
import type { Task } from "./task";

/** What a model's outputs are: classes that share one probability, classes with a probability each, or plain numbers. */
export type OutputKind = "softmax" | "sigmoid" | "number";

/** A model as a person names it: its folder, and which `.onnx` file in it (relative; `null` picks the usual one). */
export interface ModelReference {
  readonly directory: string;
  readonly file: string | null;
}

/** Where models are looked for. */
export interface ModelPlaces {
  /** The folder of the model that comes with the product. */
  readonly bundled: string;
  /** Folders that are searched with all that is in them. */
  readonly folders: readonly string[];
  /** Folders that were chosen before. */
  readonly recent: readonly string[];
}

/** A folder that is a model or nearly, as a list shows it. */
export interface FoundModel {
  readonly id: string;
  readonly directory: string;
  /** Which source it comes from, and that source's heading. */
  readonly source: string;
  readonly title: string;
  /** The `.onnx` file that is used; `null`, as task and kind of output, where the model cannot be used. */
  readonly file: string | null;
  readonly bytes: number;
  readonly task: Task | null;
  readonly gives: OutputKind | null;
  /** The first labels in class order, as they may be shown, and how many there are. */
  readonly labels: readonly string[];
  readonly labelCount: number;
  /** Why the model cannot be used. */
  readonly problem: ErrorData | null;
}

/** Whether a method runs on a model and, if not, why. */
export interface MethodAvailability {
  readonly id: MethodId;
  readonly available: boolean;
  readonly why: Message | null;
}

/** The attention maps of one kind that lie behind each other. */
export interface AttentionGroup {
  /** `encoder` where another stream looks at its result. */
  readonly stream: "encoder" | "main";
  readonly kind: "self" | "cross" | "causal";
  readonly layers: number;
  /** `null` where the graph does not say. */
  readonly heads: number | null;
  /** How many heads have keys and values of their own, where several share them. */
  readonly sharedHeads: number | null;
  /** For each layer how many tokens to each side it looks at most, or `null` where no window was seen. */
  readonly windows: readonly (number | null)[];
  /** In how many layers value vectors were found, and in how many the projection after them. */
  readonly valueVectors: number;
  readonly projections: number;
}

/** What was found in a model's graph. */
export interface GraphContents {
  readonly embedding: { readonly vocabulary: number; readonly width: number; readonly input: string } | null;
  readonly attention: readonly AttentionGroup[];
  /** The states of each stream: the embeddings, and what each block leaves. */
  readonly hiddenStates: readonly { readonly stream: "encoder" | "main"; readonly count: number }[];
  readonly logits: string;
  /** What the graph is rewritten in, and how the result differs from the file as shipped. */
  readonly notes: readonly Message[];
}

/** What takes memory for a model: `graph` is what was read of its file and kept, `gradients` are its sessions with a backward pass, `inside` those that look into its blocks, `decoding` those that go on with texts, `attention` and `logits` what is remembered of runs. */
export type MemoryOwner =
  | "weights"
  | "embeddings"
  | "graph"
  | "gradients"
  | "inside"
  | "decoding"
  | "attention"
  | "logits";

/** How much memory one owner takes, in bytes; weights and gradients are estimated. */
export interface MemoryPart {
  readonly owner: MemoryOwner;
  readonly bytes: number;
}

/** What a model offers, read from its folder and its graph. */
export interface ModelDescription {
  readonly id: string;
  readonly reference: ModelReference;
  readonly file: string;
  /** All `.onnx` files of the folder, relative. */
  readonly files: readonly string[];
  readonly task: Task;
  /** What it can be asked, the usual first. */
  readonly tasks: readonly Task[];
  readonly gives: OutputKind;
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
  readonly contents: GraphContents;
  /** What the loaded model takes of the memory setting; owners that take nothing now are left out. */
  readonly memory: readonly MemoryPart[];
  readonly methods: readonly MethodAvailability[];
}
