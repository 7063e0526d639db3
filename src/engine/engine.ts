import type { EngineOptions, EngineRequests, ExplainProgress, RunPlan } from "../common/engineProtocol";
import type { Attribution, ExplainRequest, Explanation, MeasuredMethod, PlacedRequest } from "../common/explanation";
import type { Look, LookKind, LookSource, Looks } from "../common/look";
import type { ModelDescription, ModelInspection, ModelReference } from "../common/model";
import type { Prediction } from "../common/prediction/registry";
import { checkText } from "../common/textLimits";
import { implementations, methodAvailability } from "../methods/registry";
import { modelBytesOf } from "../models/folder";
import { explainByMostFaithful } from "./chosen";
import { checkedOptions, firstOptions } from "./engineOptions";
import { explainText } from "./explain";
import { continueText } from "./generation/continueText";
import { inspected } from "./inspected";
import type { LoadedModel } from "./loadedModel";
import { answerLook } from "./looks/registry";
import { measureText } from "./measureText";
import { readContents } from "./modelContents";
import { ModelStore } from "./modelStore";
import { placedRequest } from "./placedRequest";
import { planRun } from "./planned";
import { prepareRead, readOutputs } from "./readText";
import { checkRequest } from "./requestCheck";
import { RunReporter } from "./runReporter";
import { runtimeVersion } from "./runtime";
import { textsInRow } from "./textsInRow";
import { lackOf, offeredBy } from "./usableMethods";

/** Everything the product computes, in the calling process; the engine process and the command line both run it. */
export interface Engine {
  configure(options: EngineOptions): Promise<EngineRequests["configure"]["result"]>;
  describeModel(reference: ModelReference, signal: AbortSignal): Promise<ModelDescription>;
  /** A model's description and what else a page of it says. */
  inspectModel(reference: ModelReference, signal: AbortSignal): Promise<ModelInspection>;
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
  /** The token of a request's text at a UTF-16 offset, or that ends there. */
  tokenAt(request: ExplainRequest, offset: number): Promise<{ readonly token: number | null }>;
  /** Something of the inside of a model on a text; the result is that of the look's kind. */
  look<K extends LookKind>(source: LookSource, look: Look<K>, signal: AbortSignal): Promise<Looks[K]["result"]>;
  /** Frees all models. */
  dispose(): Promise<void>;
}

/** How a text is explained, by who chooses the method that is shown first. */
const explainers = { given: explainText, faithful: explainByMostFaithful } as const;

/** Runs work with the model of a request, for its task, and with the request as that model reads it. */
function usingModels(store: ModelStore) {
  return <T>(
    asked: ExplainRequest,
    work: (model: LoadedModel, request: PlacedRequest) => Promise<T>,
    running: { readonly signal: AbortSignal; readonly reporter?: RunReporter } | null = null,
  ): Promise<T> =>
    store.use(
      asked.model,
      async (loaded) => {
        const model = loaded.forTask(asked.task);
        const written = async () => running && (await continueText(model, asked, running.signal, running.reporter));
        return await work(model, await placedRequest(model, asked, written));
      },
      () => running?.reporter?.phase("loading", 0),
      asked.task,
    );
}

/** Makes an engine without any model loaded; models are loaded when first asked for. */
export function createEngine(options: EngineOptions = firstOptions): Engine {
  const store = new ModelStore(checkedOptions(options));
  const use = usingModels(store);

  return {
    async configure(next) {
      store.configure(checkedOptions(next));
      return { onnxruntime: await runtimeVersion() };
    },
    describeModel: (reference, signal) => store.use(reference, (model) => describe(model, signal)),
    inspectModel: (reference, signal) =>
      store.use(reference, async (model) => inspected(model, await describe(model, signal))),
    async explain(request, signal, onProgress) {
      // What cannot be carried out, and a text that no model can read, is refused before a model is loaded for it.
      checkRequest(request);
      checkText(request.text, request.pair);
      const reporter = new RunReporter(onProgress ?? (() => undefined));
      return await use(request, (model, placed) => explainers[placed.choose](model, placed, signal, reporter), {
        signal,
        reporter,
      });
    },
    async plan(request, attributions) {
      checkRequest(request);
      checkText(request.text, request.pair);
      return await use(request, (model, placed) => planRun(model, placed, attributions));
    },
    async measure(request, attributions, signal, onProgress) {
      checkRequest(request);
      checkText(request.text, request.pair);
      const reporter = new RunReporter(onProgress ?? (() => undefined));
      return await use(request, (model, placed) => measureText(model, placed, attributions, signal, reporter), {
        signal,
        reporter,
      });
    },
    async predictMasked(request, masked, signal) {
      checkRequest({ ...request, masked });
      checkText(request.text, request.pair);
      return await use(request, (model, placed) => predictMasked(model, { ...placed, masked }, signal), { signal });
    },
    async tokenAt(request, offset) {
      checkRequest(request);
      checkText(request.text, request.pair);
      return await use(request, async (model) => ({ token: tokenAt(model, request, offset) }));
    },
    look: (source, look, signal) =>
      store.use(source.model, (model) => answerLook(look, { model, source, signal }), undefined, "any"),
    dispose: () => store.dispose(),
  };
}

function tokenAt(model: LoadedModel, request: ExplainRequest, offset: number): number | null {
  const { tokens } = textsInRow(request.text, model.task.second(request), model);
  const own = tokens.filter(({ special, segment }) => !special && segment === 0);
  const found = own.find(({ end }) => offset < end);
  const before = own.findLast(({ end }) => end === offset);
  return (found && found.start <= offset ? found : before)?.index ?? null;
}

/** The prediction of a text with words masked; where the model writes, what comes in place of the token that is asked about, behind what was written before it. */
async function predictMasked(
  model: LoadedModel,
  request: PlacedRequest,
  signal: AbortSignal,
): Promise<{ readonly prediction: Prediction }> {
  const continuation = await continueText(model, request, signal);
  const read = await readOutputs(model, await prepareRead(model, request, signal, continuation), request, signal);
  const question = continuation ? { ...request, position: null } : request;
  return { prediction: model.task.predict({ ...read, continuation: null }, question) };
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
    bytes: modelBytesOf(folder),
    contents,
    memory: model.held.parts,
    methods: methodAvailability(offeredBy(model)).map((method) => {
      const why = method.available ? lackOf(implementations[method.id], lacks, model) : null;
      return why ? { ...method, available: false, why } : method;
    }),
  };
}
