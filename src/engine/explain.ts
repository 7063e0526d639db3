import { type ErrorReason, ExplainError, throwIfCancelled } from "../common/errors";
import type { Attribution, ExplainRequest, Explanation } from "../common/explanation";
import { type Message, message } from "../common/message";
import type { MethodId } from "../common/method";
import { productVersion } from "../common/version";
import { fitRequest } from "../methods/plan";
import { randomScores } from "../methods/randomScores";
import { resolveTarget } from "../tasks/classification";
import { seeAttention } from "./attentionAttribution";
import { tokenAttribution } from "./attributions";
import { movedPlaces } from "./baseline";
import { driftWarnings } from "./drift";
import { type GradientFinding, gradientAttribution, isGradientMethod } from "./gradientAttribution";
import type { LoadedModel } from "./loadedModel";
import { owenOnText } from "./owenAttribution";
import { limeOnText, occlusionOnText } from "./perturbationAttribution";
import { combinedPrediction, describeTarget } from "./prediction";
import { type PreparedText, prepareText, replacesTokens } from "./preparedText";
import type { RunReporter } from "./runReporter";
import { runtimeVersion } from "./runtime";
import { figuresOf, type TextRun } from "./textRun";
import { maskedRow } from "./textTarget";
import { segmentsUnread } from "./tokenInputs";
import { leftOut, offeredBy, usableMethods } from "./usableMethods";

/** Why one method may fail on a model while the others go on. */
const refusals: ReadonlySet<ErrorReason> = new Set([
  "operator-unsupported",
  "model-unsupported",
  "method-unavailable",
  "not-enough-memory",
]);

/** A method that changes the text fails for what the model cannot do only where it says so itself. */
const perturbationRefusals: ReadonlySet<ErrorReason> = new Set(["method-unavailable"]);

/**
 * Explains one text with a loaded model: prediction and attention first, so that something can be shown, then the methods of the request.
 * Rejects with an {@link ExplainError}; `cancelled` soon after `signal` aborts.
 */
export async function explainText(
  model: LoadedModel,
  request: ExplainRequest,
  signal: AbortSignal,
  reporter: RunReporter,
): Promise<Explanation> {
  return await new ExplainRun(model, request, signal, reporter).run();
}

class ExplainRun {
  readonly #model: LoadedModel;
  readonly #request: ExplainRequest;
  readonly #signal: AbortSignal;
  readonly #reporter: RunReporter;
  readonly #start = performance.now();
  readonly #attributions = new Map<MethodId, Attribution>();
  readonly #refused = new Map<MethodId, ExplainError>();
  /** Relevance, once it is known; shown until there is something of the method that it guides. */
  #guide: GradientFinding | null = null;

  constructor(model: LoadedModel, request: ExplainRequest, signal: AbortSignal, reporter: RunReporter) {
    this.#model = model;
    this.#request = request;
    this.#signal = signal;
    this.#reporter = reporter;
  }

  async run(): Promise<Explanation> {
    const { methods, warnings } = usableMethods(this.#model, this.#request.methods);
    const text = prepareText(this.#request, this.#model.tokenizer, this.#model.folder.config.maxTokens);
    const base = await this.#predict(text, methods, warnings);
    const snapshot = (): Explanation => ({
      ...base.explanation,
      attributions: this.#shown(methods),
      milliseconds: performance.now() - this.#start,
    });
    const waiting = methods.filter((method) => !this.#attributions.has(method));
    if (waiting.length > 0) {
      this.#reporter.partial(base.explanation.windows.length, snapshot());
    }
    for (const method of waiting) {
      if (this.#attributions.has(method)) {
        continue;
      }
      await this.#explain(method, base.run, snapshot);
      const found = this.#attributions.get(method);
      if (found && method !== waiting.at(-1) && this.#reporter.wantsPartial) {
        this.#reporter.partial(found.evaluations, snapshot());
      }
    }
    const [reason] = this.#refused.values();
    if (reason && this.#attributions.size === 0) {
      throw reason;
    }
    const rows = text.inputs.map(({ row }) => row);
    const showFirst = () => this.#reporter.partial(rows.length, snapshot());
    const drift = await driftWarnings(this.#model, rows, showFirst);
    throwIfCancelled(this.#signal);
    return {
      ...snapshot(),
      warnings: [
        ...base.explanation.warnings,
        ...[...this.#refused].map(([method, { text: why }]) => leftOut(method, why)),
        ...drift,
      ],
      model: { ...base.explanation.model, sha256: await this.#model.session.sha256 },
    };
  }

  /** What is known of the methods of the request; where one that is guided has nothing yet, its guide stands in by its own name. */
  #shown(methods: readonly MethodId[]): Attribution[] {
    const found = methods.flatMap((method) => this.#attributions.get(method) ?? []);
    return this.#guide && !this.#attributions.has("partitionShap") && !this.#attributions.has("lrp")
      ? [this.#guide.attribution, ...found]
      : found;
  }

  /** Prediction, target, attention and what is computed from attention. */
  async #predict(
    text: PreparedText,
    methods: readonly MethodId[],
    warnings: readonly Message[],
  ): Promise<{ explanation: Explanation; run: TextRun }> {
    const { head, folder, session, memory } = this.#model;
    const excess = memory.excess(session.bytes);
    this.#reporter.phase("predicting", text.inputs.length);
    const run = {
      model: this.#model,
      text,
      request: fitRequest(this.#request, text),
      signal: this.#signal,
      reporter: this.#reporter,
    };
    const seen = await seeAttention(run, methods);
    for (const attribution of seen.attributions) {
      this.#attributions.set(attribution.method, attribution);
    }
    const shares = text.inputs.map((input) => input.share);
    const prediction = combinedPrediction(head, seen.logits, shares);
    const target = resolveTarget(head, this.#request.target, this.#request.versus, prediction);
    const empty = await this.#withoutContent(text);
    const unread = segmentsUnread(
      { inputs: session.inputs, segments: folder.config.segments },
      text.inputs.map(({ row }) => row),
    );
    const moved = movedPlaces(text.baseline, this.#model.tokenizer, session.keepsPlaces);
    const explanation: Explanation = {
      schema: 1,
      text: text.text,
      pair: text.pair,
      model: {
        id: folder.id,
        reference: this.#request.model,
        file: folder.file,
        task: folder.config.task,
        sha256: "",
        labels: head.labels,
      },
      prediction,
      target: describeTarget(head, target, seen.logits, empty, shares),
      tokens: text.tokens,
      words: text.words,
      sentences: text.sentences,
      masked: text.masked,
      attributions: [],
      attention: seen.attention,
      windows: text.windows,
      seed: this.#request.seed,
      warnings: [
        ...text.warnings,
        ...(unread ? [unread] : []),
        ...(empty ? [] : [nothingLeft]),
        ...(moved && replacesTokens({ ...this.#request, methods }) ? [moved] : []),
        ...warnings,
        ...(excess ? [excess] : []),
        ...(session.differs ? [session.differs] : []),
        ...(session.attentionMissing && !seen.attention ? [session.attentionMissing] : []),
      ],
      versions: { explainWithTransformer: productVersion, onnxruntime: await runtimeVersion() },
      milliseconds: 0,
    };
    return { explanation, run: { ...run, target } };
  }

  /** The logits of the windows without any content token; `null` where nothing would be left to read. */
  async #withoutContent(text: PreparedText): Promise<readonly Float32Array[] | null> {
    const { batcher, session } = this.#model;
    const { vector, replacement } = text.baseline;
    const absent = vector === "zero" && session.keepsPlaces ? ({ kind: "id", id: -1 } as const) : replacement;
    const kept = Uint8Array.from(text.tokens, (token) => (token.special ? 1 : 0));
    const rows = text.inputs.map((input) => maskedRow(input, kept, absent));
    return rows.some(({ ids }) => ids.length === 0) ? null : await batcher.evaluate(rows, this.#signal);
  }

  /** Relevance by token, to guide Owen values; it is shown meanwhile. `null` where this model has none. */
  async #relevance(run: TextRun, snapshot: () => Explanation): Promise<readonly number[] | null> {
    if (this.#guide) {
      return this.#guide.byToken;
    }
    if (this.#refused.has("lrp") || !offeredBy(this.#model).has("gradients")) {
      return null;
    }
    try {
      this.#guide = await gradientAttribution("lrp", run);
      const { attribution, byToken } = this.#guide;
      if (run.request.methods.includes("lrp")) {
        this.#attributions.set("lrp", attribution);
      }
      this.#reporter.partial(attribution.evaluations, snapshot());
      return byToken;
    } catch (error) {
      if (error instanceof ExplainError && refusals.has(error.reason)) {
        return null;
      }
      throw error;
    }
  }

  async #explain(method: MethodId, run: TextRun, snapshot: () => Explanation): Promise<void> {
    const keep = (attribution: Attribution) => this.#attributions.set(method, attribution);
    try {
      if (method === "lime") {
        keep(
          await limeOnText(run, (partial, evaluations) => {
            keep(partial);
            this.#reporter.partial(evaluations, snapshot());
          }),
        );
      } else if (method === "occlusion") {
        keep(await occlusionOnText(run));
      } else if (method === "partitionShap") {
        keep(
          await owenOnText(
            run,
            () => this.#relevance(run, snapshot),
            (partial, rows) => {
              keep(partial);
              this.#reporter.partial(rows, snapshot());
            },
          ),
        );
      } else if (method === "random") {
        keep(randomAttribution(run));
      } else if (isGradientMethod(method)) {
        const found = await gradientAttribution(method, run);
        this.#guide = method === "lrp" ? found : this.#guide;
        keep(found.attribution);
      }
    } catch (error) {
      const mayBeLeftOut = isGradientMethod(method) ? refusals : perturbationRefusals;
      if (!(error instanceof ExplainError) || !mayBeLeftOut.has(error.reason)) {
        throw error;
      }
      this.#refused.set(method, error);
    }
  }
}

const nothingLeft = message(
  "This model has no special tokens and cannot read an empty text: the value without any word is missing.",
);

function randomAttribution(run: TextRun): Attribution {
  const { text, request } = run;
  const start = performance.now();
  const content = text.tokens.filter((token) => !token.special).map((token) => token.index);
  const values = randomScores(content.length, request.seed);
  const weights = Float64Array.from(text.tokens, (token) => (token.special ? 0 : 1));
  const row = { ids: new Int32Array(), segments: new Int32Array() };
  const parts = [{ input: { positions: content, weights, row, share: 1 }, values }];
  return tokenAttribution(text, "random", "none", parts, {}, figuresOf(run, start, { seed: request.seed }));
}
