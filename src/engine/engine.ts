import type { EngineOptions, EngineRequests, ExplainProgress, RunPlan } from "../common/engineProtocol";
import type { Attribution, ExplainRequest, Explanation, MeasuredMethod } from "../common/explanation";
import type { Look, LookKind, LookSource, Looks } from "../common/look";
import type { ModelDescription, ModelReference } from "../common/model";
import type { Prediction } from "../common/prediction/registry";
import { checkText } from "../common/textLimits";
import { implementations, methodAvailability } from "../methods/registry";
import { onnxBytes } from "../models/folder";
import { explainByMostFaithful } from "./chosen";
import { checkedOptions, firstOptions } from "./engineOptions";
import { explainText } from "./explain";
import type { LoadedModel } from "./loadedModel";
import { answerLook } from "./looks/registry";
import { measureText } from "./measureText";
import { readContents } from "./modelContents";
import { ModelStore } from "./modelStore";
import { planRun } from "./planned";
import { prepareRead, readOutputs } from "./readText";
import { checkRequest } from "./requestCheck";
import { RunReporter } from "./runReporter";
import { runtimeVersion } from "./runtime";
import { lackOf, offeredBy } from "./usableMethods";

/** Everything the product computes, in the calling process; the engine process and the command line both run it. */
export interface Engine {
  configure(options: EngineOptions): Promise<EngineRequests["configure"]["result"]>;
  describeModel(reference: ModelReference, signal: AbortSignal): Promise<ModelDescription>;
  explain(
    request: ExplainRequest,
    signal: AbortSignal,
    onProgress?: (progress: ExplainProgress) => void,
  ): Promise<Explanation>;
  /** What every method would take, and the measures of the request on some attributions; runs nothing. */
  plan(request: ExplainRequest, attributions: readonly Attribution[]): Promise<RunPlan>;
  /** The measures of the request on attributions of its text, and on random scores. */
  measure(
    request: ExplainRequest,
    attributions: readonly Attribution[],
    signal: AbortSignal,
    onProgress?: (progress: ExplainProgress) => void,
  ): Promise<readonly MeasuredMethod[]>;
  predictMasked(
    request: ExplainRequest,
    masked: readonly number[],
    signal: AbortSignal,
  ): Promise<{ readonly prediction: Prediction }>;
  /** Something of the inside of a model on a text; the result is that of the look's kind. */
  look<K extends LookKind>(source: LookSource, look: Look<K>, signal: AbortSignal): Promise<Looks[K]["result"]>;
  /** Frees all models. */
  dispose(): Promise<void>;
}

/** How a text is explained, by who chooses the method that is shown first. */
const explainers = { given: explainText, faithful: explainByMostFaithful } as const;

/** Makes an engine without any model loaded; models are loaded when first asked for. */
export function createEngine(options: EngineOptions = firstOptions): Engine {
  const store = new ModelStore(checkedOptions(options));
  const use = <T>(
    { model, task }: ExplainRequest,
    work: (loaded: LoadedModel) => Promise<T>,
    onLoading?: () => void,
  ): Promise<T> => store.use(model, (loaded) => work(loaded.forTask(task)), onLoading, task);

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
      return await use(
        request,
        (model) => explainers[request.choose](model, request, signal, reporter),
        () => reporter.phase("loading", 0),
      );
    },
    async plan(request, attributions) {
      checkRequest(request);
      checkText(request.text, request.pair);
      return await use(request, (model) => planRun(model, request, attributions));
    },
    async measure(request, attributions, signal, onProgress) {
      checkRequest(request);
      checkText(request.text, request.pair);
      const reporter = new RunReporter(onProgress ?? (() => undefined));
      return await use(
        request,
        (model) => measureText(model, request, attributions, signal, reporter),
        () => reporter.phase("loading", 0),
      );
    },
    async predictMasked(request, masked, signal) {
      checkRequest({ ...request, masked });
      checkText(request.text, request.pair);
      return await use(request, async (model) => {
        const text = await prepareRead(model, { ...request, masked }, signal);
        return { prediction: model.task.predict(await readOutputs(model, text, request, signal), request) };
      });
    },
    look: (source, look, signal) =>
      store.use(source.model, (model) => answerLook(look, { model, source, signal }), undefined, "any"),
    dispose: () => store.dispose(),
  };
}

async function describe(model: LoadedModel, signal: AbortSignal): Promise<ModelDescription> {
  const { folder, session, task, layers, heads, causal } = model;
  const { contents, lacks } = await readContents(model, signal);
  return {
    id: folder.id,
    reference: folder.reference,
    file: folder.file,
    files: folder.files,
    task: task.id,
    tasks: model.tasks,
    gives: task.gives,
    labels: task.labels,
    inputs: session.inputs,
    outputs: session.outputs,
    opset: session.opset,
    layers,
    heads,
    attentionKind: layers === 0 ? null : causal ? "causal" : "self",
    maxTokens: folder.config.maxTokens,
    sha256: await session.sha256,
    bytes: onnxBytes(folder),
    contents,
    memory: model.held.parts,
    methods: methodAvailability(offeredBy(model)).map((method) => {
      const why = method.available ? lackOf(implementations[method.id], lacks) : null;
      return why ? { ...method, available: false, why } : method;
    }),
  };
}
