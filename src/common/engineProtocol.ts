import type { ClassScore, ExplainRequest, Explanation } from "./explanation";
import type { MethodId } from "./method";
import type { ModelDescription, ModelReference } from "./model";
import type { Reading, ReadRequest } from "./reading";

/** How the engine process may use the machine. */
export interface EngineOptions {
  /** Threads of one run; 0 leaves it to the engine. */
  readonly threads: number;
  /** Megabytes for models and what is computed with them; least recently used models go first. */
  readonly memoryMegabytes: number;
}

/** The token ids whose attention is asked for: enough to compute it again after a restart. */
export interface AttentionSource {
  readonly model: ModelReference;
  readonly ids: readonly number[];
  readonly segments: readonly number[];
}

/** One attention matrix; `values[q * keys + k]` is how much query `q` looks at key `k`. */
export interface HeadMatrix {
  readonly queries: number;
  readonly keys: number;
  readonly values: Float32Array;
}

/** Figures of one head: mean row entropy in bits, mean |q − k| weighted by attention, share of attention on special tokens (0 to 1). */
export interface HeadFigures {
  readonly layer: number;
  readonly head: number;
  readonly entropy: number;
  readonly meanDistance: number;
  readonly specialMass: number;
}

/** All heads at thumbnail size: `thumbnails` is uint8 [layers, heads, side, side], 255 = `maximum[layer * heads + head]`. */
export interface AttentionOverview {
  readonly layers: number;
  readonly heads: number;
  readonly side: number;
  readonly thumbnails: Uint8Array;
  readonly maximum: Float32Array;
  readonly figures: readonly HeadFigures[];
}

/** Several heads as one matrix: the mean or maximum over heads of a layer (`null`: of all layers), or rollout (Abnar & Zuidema 2020). */
export interface AggregateRequest {
  readonly source: AttentionSource;
  readonly kind: "mean" | "maximum" | "rollout";
  readonly layer: number | null;
}

/** What one run of an explanation is doing. */
export interface ExplainProgress {
  readonly phase: "loading" | "predicting" | MethodId;
  /** Evaluations of the model done and planned in this phase; `total` 0 where unknown. */
  readonly done: number;
  readonly total: number;
  /** `null` where it is unknown, or too short to be said. */
  readonly remainingMilliseconds: number | null;
  /** A snapshot to show meanwhile. */
  readonly partial: Explanation | null;
}

/** Requests the engine process answers: parameters and result by method name. Each can be cancelled. */
export interface EngineRequests {
  configure: { params: EngineOptions; result: { readonly onnxruntime: string } };
  describeModel: { params: ModelReference; result: ModelDescription };
  /** Progress comes as `progress` notifications carrying `run`. */
  explain: { params: { readonly run: number; readonly request: ExplainRequest }; result: Explanation };
  /** The prediction with exactly the tokens `masked`, whatever the request masks, replaced by the baseline; most probable class first. */
  predictMasked: {
    params: { readonly request: ExplainRequest; readonly masked: readonly number[] };
    result: { readonly prediction: readonly ClassScore[] };
  };
  attentionOverview: {
    params: { readonly source: AttentionSource; readonly special: readonly boolean[] };
    result: AttentionOverview;
  };
  attentionHead: {
    params: { readonly source: AttentionSource; readonly layer: number; readonly head: number };
    result: HeadMatrix;
  };
  attentionAggregate: { params: AggregateRequest; result: HeadMatrix };
  /** The text of a part of a document without the marks of its kind. */
  readDocument: { params: ReadRequest; result: Reading };
  /** All passages of a document (paragraphs, values, comments), each with its own text. */
  readPassages: { params: ReadRequest; result: readonly Reading[] };
}

/** Notifications from the engine process. */
export interface EngineNotifications {
  progress: { readonly run: number; readonly progress: ExplainProgress };
}
