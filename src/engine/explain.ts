import { ExplainError, throwIfCancelled } from "../common/errors";
import type { Attribution, Explanation, PlacedRequest } from "../common/explanation";
import { formatMessage, type Message, message } from "../common/message";
import type { MethodId } from "../common/method";
import { productVersion } from "../common/version";
import { fitRequest } from "../methods/plan";
import { implementations } from "../methods/registry";
import { answered } from "./answered";
import { driftWarnings } from "./drift";
import { type Seen, seeAttention } from "./drivers/attention";
import { type EmbeddedFinding, embeddedAttribution } from "./drivers/embedded";
import { insideAttribution } from "./drivers/inside";
import { maskedAttribution } from "./drivers/masked";
import { measureMethods } from "./drivers/measures";
import { continueText } from "./generation/continueText";
import type { LoadedModel } from "./loadedModel";
import { describeTarget, windowsMean } from "./prediction";
import type { PreparedText } from "./preparedText";
import { readingWarnings } from "./readingWarnings";
import { type Predicted, predictedFrom, predictText, prepareRead, readText } from "./readText";
import type { RunReporter } from "./runReporter";
import { runtimeVersion } from "./runtime";
import type { TextRun } from "./textRun";
import { maskedRow } from "./textTarget";
import { isOffered, leftOut, usableMethods } from "./usableMethods";

/**
 * Explains one text with a loaded model: prediction and attention first, so that something can be shown, then the methods of the request. A method that fails is left out with its
 * reason; the others go on. Rejects with an {@link ExplainError}; `cancelled` soon after `signal` aborts.
 */
export async function explainText(
  model: LoadedModel,
  request: PlacedRequest,
  signal: AbortSignal,
  reporter: RunReporter,
): Promise<Explanation> {
  return await new ExplainRun(model, request, signal, reporter).run();
}

class ExplainRun {
  readonly #model: LoadedModel;
  readonly #request: PlacedRequest;
  readonly #signal: AbortSignal;
  readonly #reporter: RunReporter;
  readonly #start = performance.now();
  readonly #attributions = new Map<MethodId, Attribution>();
  readonly #refused = new Map<MethodId, ExplainError>();
  /** What guides other methods, once it is known. */
  readonly #guides = new Map<MethodId, EmbeddedFinding>();
  /** A guide that is shown until there is something of the method that it guides. */
  #standIn: { readonly attribution: Attribution; readonly until: MethodId } | null = null;

  /** The target without any word, once it is known, or why it is not. */
  #baseline: { readonly value: number | null; readonly warnings: readonly Message[] } | null = null;

  constructor(model: LoadedModel, request: PlacedRequest, signal: AbortSignal, reporter: RunReporter) {
    this.#model = model;
    this.#request = request;
    this.#signal = signal;
    this.#reporter = reporter;
  }

  async run(): Promise<Explanation> {
    const { methods, warnings } = usableMethods(this.#model, this.#request.methods);
    const continuation = await continueText(this.#model, this.#request, this.#signal, this.#reporter);
    const text = await prepareRead(this.#model, this.#request, this.#signal, continuation);
    const base = await this.#predict(text, methods, warnings);
    const snapshot = (): Explanation => ({
      ...base.explanation,
      target: { ...base.explanation.target, baselineValue: this.#baseline?.value ?? null },
      warnings: [...base.explanation.warnings, ...(this.#baseline?.warnings ?? [])],
      attributions: this.#shown(methods),
      milliseconds: performance.now() - this.#start,
    });
    const waiting = methods.filter((method) => !this.#attributions.has(method) && !this.#refused.has(method));
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
      await this.#findBaseline(base.run);
    }
    await this.#findBaseline(base.run);
    const [reason] = this.#refused.values();
    if (reason && this.#attributions.size === 0) {
      throw reason;
    }
    const { measures } = this.#request;
    const measured =
      measures.length === 0
        ? []
        : await answered(() => measureMethods(base.run, snapshot().attributions, measures, explainText));
    const rows = text.inputs.map(({ row }) => row);
    const showFirst = () => this.#reporter.partial(rows.length, snapshot());
    const drift = await driftWarnings(this.#model, rows, showFirst);
    throwIfCancelled(this.#signal);
    const last = snapshot();
    return {
      ...last,
      measures: measured instanceof ExplainError ? [] : measured,
      warnings: [
        ...last.warnings,
        ...[...this.#refused].map(([method, { text: why }]) => leftOut(method, why)),
        ...(measured instanceof ExplainError ? [message("Not measured: {0}", formatMessage(measured.text))] : []),
        ...drift,
      ],
      model: { ...base.explanation.model, sha256: await this.#model.session.sha256 },
    };
  }

  /** What is known of the methods of the request; where one that is guided has nothing yet, its guide stands in by its own name. */
  #shown(methods: readonly MethodId[]): Attribution[] {
    const found = methods.flatMap((method) => this.#attributions.get(method) ?? []);
    const standIn = this.#standIn;
    const isNeeded =
      standIn && !this.#attributions.has(standIn.until) && !this.#attributions.has(standIn.attribution.method);
    return isNeeded ? [standIn.attribution, ...found] : found;
  }

  /** Prediction, target, attention and what is computed from attention. */
  async #predict(
    whole: PreparedText,
    methods: readonly MethodId[],
    warnings: readonly Message[],
  ): Promise<{ explanation: Explanation; run: TextRun }> {
    const { task, folder } = this.#model;
    this.#reporter.phase("predicting", whole.inputs.length);
    const { predicted, seen } = await this.#see(whole, methods);
    for (const [method, found] of seen.found) {
      this.#keep(method, found);
    }
    const { prediction, target, text } = predicted;
    const explanation: Explanation = {
      schema: 2,
      text: text.text,
      pair: text.pair,
      output: text.output,
      model: {
        id: folder.id,
        reference: this.#request.model,
        file: folder.file,
        task: task.id,
        sha256: "",
        labels: task.labels,
      },
      prediction,
      target: describeTarget(target, windowsMean(target, seen.logits, { text, model: this.#model })),
      tokens: text.tokens,
      words: text.words,
      sentences: text.sentences,
      masked: text.masked,
      attributions: [],
      attention: seen.attention,
      measures: [],
      windows: text.windows,
      seed: this.#request.seed,
      warnings: readingWarnings(
        this.#model,
        text,
        { ...this.#request, methods },
        { left: warnings, hasAttention: seen.attention !== null },
      ),
      versions: { explainWithTransformer: productVersion, onnxruntime: await runtimeVersion() },
      milliseconds: 0,
    };
    return { explanation, run: { ...this.#runOf(text), target } };
  }

  /** What the model says, and its attention. Where the target is read at tokens, or with one of several hypotheses, these are known before, and attention is theirs. */
  async #see(text: PreparedText, methods: readonly MethodId[]): Promise<{ predicted: Predicted; seen: Seen }> {
    if (this.#model.task.places === null && !this.#model.task.hypotheses) {
      const seen = await seeAttention(this.#runOf(text), methods);
      return { predicted: predictedFrom(this.#model, text, this.#request, readText(text, seen.logits)), seen };
    }
    const onRead = (windows: number) => this.#reporter.progress(windows);
    const predicted = await predictText(this.#model, text, this.#request, this.#signal, onRead);
    this.#reporter.phase("predicting", predicted.text.inputs.length);
    return { predicted, seen: await seeAttention(this.#runOf(predicted.text), methods) };
  }

  #runOf(text: PreparedText): Omit<TextRun, "target"> {
    return {
      model: this.#model,
      text,
      request: fitRequest(this.#request, text),
      signal: this.#signal,
      reporter: this.#reporter,
    };
  }

  /**
   * Computes the target on the text without any word that is not masked already, once. It waits until the first colours are out, and comes before any masked method, whose rows must not
   * be run with others than always.
   */
  async #findBaseline({ text, target }: TextRun): Promise<void> {
    if (this.#baseline) {
      return;
    }
    const still = new Set([...text.masked, ...text.fixed]);
    const kept = Uint8Array.from(text.tokens, ({ special, index }) => (special || still.has(index) ? 1 : 0));
    const rows = text.inputs.map((input) => maskedRow(input, kept, text.baseline.replacement));
    if (rows.some(({ ids }) => ids.length === 0)) {
      this.#baseline = { value: null, warnings: [nothingLeft] };
      return;
    }
    const found = await answered(() => this.#model.batcher.evaluate(rows, this.#signal));
    this.#baseline =
      found instanceof ExplainError
        ? { value: null, warnings: [message("The value without any word is missing: {0}", formatMessage(found.text))] }
        : { value: windowsMean(target, found, { text, model: this.#model }), warnings: [] };
  }

  async #explain(method: MethodId, run: TextRun, snapshot: () => Explanation): Promise<void> {
    const implementation = implementations[method];
    const found = await answered(async () => {
      switch (implementation.asks) {
        case "attention":
          return null;
        case "embedded":
          return (await this.#embedded(method, run)).attribution;
        case "inside":
          return await insideAttribution(method, implementation, run);
        case "masked":
          return await maskedAttribution(method, implementation, run, {
            guideOf: (guide) => this.#guide(guide, method, run, snapshot),
            beforeRun: () => this.#findBaseline(run),
            onPartial: (partial, evaluations) => {
              this.#attributions.set(method, partial);
              this.#reporter.partial(evaluations, snapshot());
            },
          });
      }
    });
    if (found) {
      this.#keep(method, found);
    }
  }

  #keep(method: MethodId, found: Attribution | ExplainError): void {
    if (found instanceof ExplainError) {
      this.#attributions.delete(method);
      this.#refused.set(method, found);
    } else {
      this.#attributions.set(method, found);
    }
  }

  /** What a gradient method finds, once for each run. */
  async #embedded(method: MethodId, run: TextRun): Promise<EmbeddedFinding> {
    const implementation = implementations[method];
    if (implementation.asks !== "embedded") {
      throw new RangeError(`${method} does not go back through the model`);
    }
    const found = this.#guides.get(method) ?? (await embeddedAttribution(method, implementation, run));
    this.#guides.set(method, found);
    return found;
  }

  /** Another method's scores by token, to guide one; they are shown meanwhile. `null` where this model has none. */
  async #guide(
    guide: MethodId,
    guided: MethodId,
    run: TextRun,
    snapshot: () => Explanation,
  ): Promise<readonly number[] | null> {
    const isKnown = this.#guides.has(guide);
    if (!isKnown && (this.#refused.has(guide) || !isOffered(this.#model, guide))) {
      return null;
    }
    const found = await answered(() => this.#embedded(guide, run));
    if (found instanceof ExplainError) {
      return null;
    }
    this.#standIn = { attribution: found.attribution, until: guided };
    if (!isKnown) {
      if (run.request.methods.includes(guide)) {
        this.#attributions.set(guide, found.attribution);
      }
      this.#reporter.partial(found.attribution.evaluations, snapshot());
    }
    return found.byToken;
  }
}

const nothingLeft = message(
  "This model has no special tokens and cannot read an empty text: the value without any word is missing.",
);
