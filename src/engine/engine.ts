import type {
  AggregateRequest,
  AttentionOverview,
  AttentionSource,
  EngineOptions,
  EngineRequests,
  ExplainProgress,
  HeadMatrix,
} from "../common/engineProtocol";
import { ExplainError } from "../common/errors";
import type { ClassScore, ExplainRequest, Explanation } from "../common/explanation";
import type { ModelDescription, ModelReference } from "../common/model";
import { checkText } from "../common/textLimits";
import type { LayerAttention } from "../methods/attentionScores";
import { Pacer } from "../methods/pacer";
import { methodAvailability } from "../methods/registry";
import { aggregateMatrix, headMatrix, makeOverview } from "./attentionViews";
import { readContents } from "./contents";
import { checkedOptions, firstOptions } from "./engineOptions";
import { explainText } from "./explain";
import { rulesOf } from "./gradientAttribution";
import type { LoadedModel } from "./loadedModel";
import { ModelStore } from "./modelStore";
import { combinedPrediction } from "./prediction";
import { prepareText } from "./preparedText";
import { checkRequest } from "./requestCheck";
import { RunReporter } from "./runReporter";
import { runtimeVersion } from "./runtime";
import { offeredBy } from "./usableMethods";

/** Everything the product computes, in the calling process; the engine process and the command line both run it. */
export interface Engine {
  configure(options: EngineOptions): Promise<EngineRequests["configure"]["result"]>;
  describeModel(reference: ModelReference, signal: AbortSignal): Promise<ModelDescription>;
  explain(
    request: ExplainRequest,
    signal: AbortSignal,
    onProgress?: (progress: ExplainProgress) => void,
  ): Promise<Explanation>;
  predictMasked(
    request: ExplainRequest,
    masked: readonly number[],
    signal: AbortSignal,
  ): Promise<{ readonly prediction: readonly ClassScore[] }>;
  attentionOverview(
    source: AttentionSource,
    special: readonly boolean[],
    signal: AbortSignal,
  ): Promise<AttentionOverview>;
  attentionHead(source: AttentionSource, layer: number, head: number, signal: AbortSignal): Promise<HeadMatrix>;
  attentionAggregate(request: AggregateRequest, signal: AbortSignal): Promise<HeadMatrix>;
  /** Frees all models. */
  dispose(): Promise<void>;
}

/** Makes an engine without any model loaded; models are loaded when first asked for. */
export function createEngine(options: EngineOptions = firstOptions): Engine {
  const store = new ModelStore(checkedOptions(options));

  const attentionOf = <T>(
    source: AttentionSource,
    signal: AbortSignal,
    work: (layers: readonly LayerAttention[], rollout: () => Promise<HeadMatrix>) => Promise<T>,
  ): Promise<T> =>
    store.use(source.model, async (model) => {
      checkSource(source, model);
      const row = { ids: Int32Array.from(source.ids), segments: Int32Array.from(source.segments) };
      const { layers } = await model.attention.get(row, signal);
      return await work(layers, () => model.attention.rollout(row, signal));
    });

  return {
    async configure(next) {
      store.configure(checkedOptions(next));
      return { onnxruntime: await runtimeVersion() };
    },
    describeModel: (reference, signal) => store.use(reference, (model) => describe(model, signal)),
    async explain(request, signal, onProgress) {
      // What cannot be carried out, and a text that no model can read, is refused before a model is loaded for it.
      checkRequest(request);
      checkText(request.text, request.pair);
      const reporter = new RunReporter(onProgress ?? (() => undefined));
      return await store.use(
        request.model,
        (model) => explainText(model, request, signal, reporter),
        () => reporter.phase("loading", 0),
      );
    },
    async predictMasked(request, masked, signal) {
      checkRequest({ ...request, masked });
      checkText(request.text, request.pair);
      return await store.use(request.model, async (model) => {
        const { inputs } = prepareText({ ...request, masked }, model.tokenizer, model.folder.config.maxTokens);
        const logits = await model.batcher.evaluate(
          inputs.map(({ row }) => row),
          signal,
        );
        return {
          prediction: combinedPrediction(
            model.head,
            logits,
            inputs.map(({ share }) => share),
          ),
        };
      });
    },
    attentionOverview: (source, special, signal) =>
      attentionOf(source, signal, (layers) => makeOverview(layers, special, new Pacer(signal))),
    attentionHead: (source, layer, head, signal) =>
      attentionOf(source, signal, async (layers) => {
        const attention = layers[layer];
        if (!attention || !Number.isInteger(head) || head < 0 || head >= attention.heads) {
          throw noSuchHead(layer, head, layers);
        }
        return headMatrix(attention, head);
      }),
    attentionAggregate: ({ source, kind, layer }, signal) =>
      attentionOf(source, signal, async (layers, rollout) => {
        const chosen = layer === null ? layers : layers.slice(layer, layer + 1);
        if (chosen.length === 0) {
          throw noSuchHead(layer ?? 0, 0, layers);
        }
        return kind === "rollout" ? await rollout() : await aggregateMatrix(chosen, kind, new Pacer(signal));
      }),
    dispose: () => store.dispose(),
  };
}

function checkSource(source: AttentionSource, model: LoadedModel): void {
  if (model.layers === 0) {
    throw new ExplainError(
      "method-unavailable",
      "No attention weights were found in this model. Choose another model.",
    );
  }
  const { length } = source.ids;
  if (length === 0 || length !== source.segments.length || length > model.folder.config.maxTokens) {
    throw new ExplainError(
      "text-too-long",
      "Attention of {0} tokens cannot be computed. Explain the text again.",
      length,
    );
  }
}

function noSuchHead(layer: number, head: number, layers: readonly LayerAttention[]): ExplainError {
  return new ExplainError(
    "method-unavailable",
    "There is no head {1} in layer {0}: the model has layers 0 to {2} with heads 0 to {3}.",
    layer,
    head,
    layers.length - 1,
    (layers[0]?.heads ?? 1) - 1,
  );
}

async function describe(model: LoadedModel, signal: AbortSignal): Promise<ModelDescription> {
  const { folder, session, head, layers, heads, causal } = model;
  const { contents, refused } = await readContents(model, signal);
  return {
    id: folder.id,
    reference: folder.reference,
    file: folder.file,
    files: folder.files,
    task: folder.config.task,
    gives: head.gives,
    labels: head.labels,
    inputs: session.inputs,
    outputs: session.outputs,
    opset: session.opset,
    layers,
    heads,
    attentionKind: layers === 0 ? null : causal ? "causal" : "self",
    maxTokens: folder.config.maxTokens,
    sha256: await session.sha256,
    bytes: folder.bytes,
    contents,
    methods: methodAvailability(offeredBy(model)).map((method) => {
      const rules = rulesOf(method.id);
      const why = method.available && rules ? refused.get(rules) : undefined;
      return why ? { ...method, available: false, why } : method;
    }),
  };
}
