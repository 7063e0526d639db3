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

/** In what numbers most weights of a file are stored: floats of so many bits, or whole numbers of eight or four with their scales. */
export type Precision = "fp32" | "fp16" | "bf16" | "int8" | "uint8" | "q4" | "q4f16" | "bnb4";

/** One of the files that a model can be computed by. */
export interface ModelFile {
  /** Relative to the model's folder. */
  readonly file: string;
  /** Its size with that of the weights that lie beside it. */
  readonly bytes: number;
  /** `null` where it cannot be told without loading the file. */
  readonly precision: Precision | null;
}

/** Where a model stands in a training that saved several. */
export interface TrainingStep {
  /** The folder that the training wrote into. */
  readonly directory: string;
  /** `null` for what was saved into that folder itself, at the end. */
  readonly step: number | null;
}

/** A folder that is a model or nearly, as a list shows it. */
export interface FoundModel {
  readonly id: string;
  readonly directory: string;
  /** `null` where it is not one of several models of one training. */
  readonly training: TrainingStep | null;
  /** Which source it comes from, and that source's heading. */
  readonly source: string;
  readonly title: string;
  /** Whether it is a copy of what can be downloaded again. */
  readonly removable: boolean;
  /** The `.onnx` file that is used; `null`, as task and kind of output, where the model cannot be used. */
  readonly file: string | null;
  readonly bytes: number;
  /** What it can be computed by, the usual file first; of an encoder and a decoder the latter. */
  readonly files: readonly ModelFile[];
  /** The family of models it belongs to, as `config.json` calls it, and its layers and heads; `null` where that does not say. */
  readonly architecture: string | null;
  readonly layers: number | null;
  readonly heads: number | null;
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

/** What a model's folder says of it in its `README.md`. */
export interface ModelCard {
  /** As the front matter names it. */
  readonly licence: string | null;
  /** What comes after the front matter, as a stranger wrote it, or its beginning. */
  readonly text: string;
  readonly isCut: boolean;
}

/** A model's description with what is only asked for when a person looks at the model. */
export interface ModelInspection extends ModelDescription {
  /** The family of models, as `config.json` calls it. */
  readonly architecture: string | null;
  readonly hiddenSize: number | null;
  /** Numbers in the weights, all of them together. */
  readonly parameters: number;
  readonly tokenizer: { readonly kind: string | null; readonly vocabulary: number };
  /** The files of the folder that compute the model, each for itself. */
  readonly choices: readonly ModelFile[];
  /** The largest difference between a logit and that of the file as it was shipped, on one short text; `null` where they are the same model or it cannot be told. */
  readonly drift: number | null;
  readonly card: ModelCard | null;
}
