import type { Attribution, ExplainRequest, Explanation, MeasuredMethod } from "./explanation";
import type { Look, LookKind, LookSource, Looks } from "./look";
import type { Message } from "./message";
import type { MethodId } from "./method";
import type { FoundModel, ModelDescription, ModelInspection, ModelPlaces, ModelReference } from "./model";
import type { Prediction } from "./prediction/registry";
import type { Reading, ReadRequest } from "./reading";
import type { Task } from "./task";

/** How the engine process may use the machine. */
export interface EngineOptions {
  /** Threads of one run; 0 leaves it to the engine. */
  readonly threads: number;
  /** Megabytes for models and what is computed with them; least recently used models go first. */
  readonly memoryMegabytes: number;
}

/** What one run of an explanation is doing. */
export interface ExplainProgress {
  readonly phase: "loading" | "writing" | "predicting" | "measuring" | MethodId;
  /** Evaluations of the model done and planned in this phase; `total` 0 where unknown. */
  readonly done: number;
  readonly total: number;
  /** `null` where it is unknown, or too short to be said. */
  readonly remainingMilliseconds: number | null;
  /** The text that a language model has written so far. */
  readonly written?: string;
  /** A snapshot to show meanwhile. */
  readonly partial: Explanation | null;
}

/** Progress without the snapshot that came with it. */
export type RunProgress = Omit<ExplainProgress, "partial">;

/** What a method would ask of a model on a text: at most so many evaluations, or `null`, and why it cannot run. */
export interface PlannedMethod {
  readonly method: MethodId;
  readonly evaluations: number | null;
  readonly why: Message | null;
}

/** What could be done about a text, and at most how many evaluations of the model each would take. */
export interface RunPlan {
  /** Every method there is. */
  readonly methods: readonly PlannedMethod[];
  /** Measuring what was asked about. */
  readonly measuring: number;
}

/** Requests the engine process answers: parameters and result by method name. Each can be cancelled. */
export interface EngineRequests {
  configure: { params: EngineOptions; result: { readonly onnxruntime: string } };
  describeModel: { params: ModelReference; result: ModelDescription };
  /** A model's description and what else a page of it says. */
  inspectModel: { params: ModelReference; result: ModelInspection };
  /** What a model is asked, where `task` is `null` by its folder, and the flags of the command line that have no say in it; nothing is loaded for it. */
  taskOf: {
    params: { readonly model: ModelReference; readonly task: Task | null };
    result: { readonly task: Task; readonly unread: readonly string[] };
  };
  /** Progress comes as `progress` notifications carrying `run`. */
  explain: { params: { readonly run: number; readonly request: ExplainRequest }; result: Explanation };
  /** What every method would take, and the measures of the request on some attributions; runs nothing. */
  plan: {
    params: { readonly request: ExplainRequest; readonly attributions: readonly Attribution[] };
    result: RunPlan;
  };
  /** The measures of the request on attributions of its text, and on random scores. Progress as of `explain`. */
  measure: {
    params: { readonly run: number; readonly request: ExplainRequest; readonly attributions: readonly Attribution[] };
    result: readonly MeasuredMethod[];
  };
  /** The prediction with exactly the tokens `masked`, whatever the request masks, replaced by the baseline; most probable class first. */
  predictMasked: {
    params: { readonly request: ExplainRequest; readonly masked: readonly number[] };
    result: { readonly prediction: Prediction };
  };
  /** The token of a request's text at a UTF-16 offset, or that ends there; `null` where there is none. */
  tokenAt: {
    params: { readonly request: ExplainRequest; readonly offset: number };
    result: { readonly token: number | null };
  };
  /** Something of the inside of the model on a text; the result is that of the look's kind in {@link Looks}. */
  look: { params: { readonly source: LookSource; readonly look: Look }; result: Looks[LookKind]["result"] };
  /** The models on this machine, and folders that are nearly one. */
  findModels: { params: ModelPlaces; result: readonly FoundModel[] };
  /** The folder of the model that a person means by a path or by the name of one that is found. */
  resolveModel: { params: { readonly name: string; readonly places: ModelPlaces }; result: string };
  /** Deletes a model that was downloaded, by its folder. */
  removeDownload: { params: { readonly directory: string }; result: null };
  /** Writes a checkpoint as an ONNX model's folder, which may take the place of one that was saved before; the result is its bytes. Progress comes as of `explain`, counted in bytes. */
  saveOnnx: {
    params: {
      readonly run: number;
      readonly model: ModelReference;
      readonly output: string;
      readonly isReplacing: boolean;
    };
    result: number;
  };
  /** The text of a part of a document without the marks of its kind. */
  readDocument: { params: ReadRequest; result: Reading };
  /** All passages of a document (paragraphs, values, comments), each with its own text. */
  readPassages: { params: ReadRequest; result: readonly Reading[] };
}

/** Notifications from the engine process. */
export interface EngineNotifications {
  progress: { readonly run: number; readonly progress: ExplainProgress };
}
