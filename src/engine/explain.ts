import { type ErrorReason, ExplainError, throwIfCancelled } from "../common/errors";
import type { AttentionInfo, Attribution, Baseline, ExplainRequest, Explanation, Looker } from "../common/explanation";
import type { Message } from "../common/message";
import type { MethodId } from "../common/method";
import { aggregateHeads, attentionScores } from "../methods/attentionScores";
import { type FeatureSet, featureSet } from "../methods/features";
import { plainLime } from "../methods/lime";
import { adaptiveLime } from "../methods/limeAdaptive";
import type { LimeResult } from "../methods/limeResult";
import { LookerCollector } from "../methods/lookers";
import { type OcclusionResult, occlusion } from "../methods/occlusion";
import { Pacer } from "../methods/pacer";
import { randomScores } from "../methods/randomScores";
import { plannedEvaluations } from "../methods/registry";
import { Rollout } from "../methods/rollout";
import { type ClassTarget, resolveTarget } from "../tasks/classification";
import {
  limeAttribution,
  occlusionAttribution,
  type RunFigures,
  tokenAttribution,
  type WindowResult,
} from "./attributions";
import { tokenBaseline } from "./baseline";
import { driftWarnings } from "./drift";
import { type GradientMethod, gradientAttribution, isGradientMethod } from "./gradientAttribution";
import type { LoadedModel } from "./modelStore";
import { combinedPrediction, describeTarget } from "./prediction";
import { type PreparedText, prepareText, type WindowInput } from "./preparedText";
import type { RunReporter } from "./runReporter";
import { runtimeVersion } from "./runtime";
import { maskedRow, TextTarget } from "./textTarget";
import { leftOut, usableMethods } from "./usableMethods";
import { productVersion } from "./version";

/** The fewest evaluations a window of a long text gets of LIME's budget. */
const fewestLimeSamples = 64;

/** Why one method may fail on a model while the others go on. */
const refusals: ReadonlySet<ErrorReason> = new Set([
  "operator-unsupported",
  "model-unsupported",
  "method-unavailable",
  "not-enough-memory",
]);

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
      attributions: methods.flatMap((method) => this.#attributions.get(method) ?? []),
      milliseconds: performance.now() - this.#start,
    });
    if (methods.some((method) => method !== "attention" && method !== "rollout")) {
      this.#reporter.partial(base.explanation.windows.length, snapshot());
    }
    for (const method of methods) {
      if (method === "lime") {
        await this.#lime(text, base.target, snapshot);
      } else if (method === "occlusion") {
        await this.#occlusion(text, base.target);
      } else if (isGradientMethod(method)) {
        await this.#gradient(method, text, base.target);
      } else if (method === "random") {
        this.#random(text);
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
        ...[...this.#refused].map(([method, { text }]) => leftOut(method, text)),
        ...drift,
      ],
      model: { ...base.explanation.model, sha256: await this.#model.session.sha256 },
    };
  }

  /** Prediction, target, attention and what is computed from attention. */
  async #predict(
    text: PreparedText,
    methods: readonly MethodId[],
    warnings: readonly Message[],
  ): Promise<{ explanation: Explanation; target: ClassTarget }> {
    const { head, folder, session } = this.#model;
    this.#reporter.phase("predicting", text.inputs.length);
    const seen = await this.#attend(text, methods);
    const shares = text.inputs.map((input) => input.share);
    const prediction = combinedPrediction(head, seen.logits, shares);
    const target = resolveTarget(head, this.#request.target, this.#request.versus, prediction);
    const keptSpecials = Uint8Array.from(text.tokens, (token) => (token.special ? 1 : 0));
    const empty = await this.#model.batcher.evaluate(
      text.inputs.map((input) => maskedRow(input, keptSpecials, text.baseline.replacement)),
      this.#signal,
    );
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
        ...warnings,
        ...(session.differs ? [session.differs] : []),
        ...(session.attentionMissing && !seen.attention ? [session.attentionMissing] : []),
      ],
      versions: { explainWithTransformer: productVersion, onnxruntime: await runtimeVersion() },
      milliseconds: 0,
    };
    return { explanation, target };
  }

  async #attend(
    text: PreparedText,
    methods: readonly MethodId[],
  ): Promise<{ logits: readonly Float32Array[]; attention: AttentionInfo | null }> {
    const { layers, heads, causal } = this.#model;
    if (layers === 0) {
      return {
        logits: await this.#model.batcher.evaluate(
          text.inputs.map(({ row }) => row),
          this.#signal,
        ),
        attention: null,
      };
    }
    const layer = this.#request.layer ?? layers - 1;
    if (methods.includes("attention") && layer >= layers) {
      throw new ExplainError(
        "method-unavailable",
        "The layer chosen for attention does not exist: the model has {0} layers. Choose one of them.",
        layers,
      );
    }
    const start = performance.now();
    const pacer = new Pacer(this.#signal);
    const logits: Float32Array[] = [];
    const raw: Part[] = [];
    const rolled: Part[] = [];
    const lookers = new LookersOfText(text);
    for (const [index, input] of text.inputs.entries()) {
      const seen = await this.#model.attention.get(input.row, this.#signal);
      logits.push(seen.logits);
      const rollout = new Rollout(input.positions.length);
      const collector = new LookerCollector(input.positions.map((token) => text.tokens[token]?.special ?? true));
      const query = causal ? input.positions.length - 1 : 0;
      for (const [number, attention] of seen.layers.entries()) {
        if (methods.includes("rollout")) {
          rollout.addLayer(aggregateHeads(attention, "mean"));
        }
        if (number === layer) {
          raw.push({ input, values: attentionScores(attention, query, null) });
        }
        collector.addLayer(attention, number);
        if (pacer.due()) {
          await pacer.rest();
        }
      }
      rolled.push({ input, values: rollout.scores(query) });
      lookers.add(input, collector.lookers());
      this.#reporter.progress(index + 1);
      await pacer.rest();
    }
    const figures = (parameters: RunFigures["parameters"]) => this.#figures(start, parameters);
    if (methods.includes("attention")) {
      const quality = { specialMass: specialMass(raw) };
      const parameters = { layer, head: "mean" };
      this.#attributions.set(
        "attention",
        tokenAttribution(text, "attention", "attention", raw, quality, figures(parameters)),
      );
    }
    if (methods.includes("rollout")) {
      const quality = { specialMass: specialMass(rolled) };
      this.#attributions.set("rollout", tokenAttribution(text, "rollout", "attention", rolled, quality, figures({})));
    }
    return { logits, attention: { layers, heads, kind: causal ? "causal" : "self", lookers: lookers.result() } };
  }

  async #lime(text: PreparedText, target: ClassTarget, snapshot: () => Explanation): Promise<void> {
    const { lime, seed } = this.#request;
    const baseline = replacedBy(this.#request.baseline);
    const windows = text.inputs.length;
    const samples = windows === 1 ? lime.samples : Math.max(fewestLimeSamples, Math.floor(lime.samples / windows));
    const options = { ...lime, samples };
    const parameters = {
      seed,
      samples,
      baseline,
      sampling: lime.mode,
      features: lime.features,
      keep: lime.keep,
      ...(lime.mode === "adaptive" ? { tolerance: lime.tolerance } : {}),
    };
    const start = performance.now();
    const plan = this.#plan(text, lime.features);
    this.#reporter.phase(
      "lime",
      sum(plan.map(({ features }) => plannedEvaluations("lime", features.groups.length, { lime: options }))),
    );
    const results: WindowResult<LimeResult>[] = [];
    const keep = (all: readonly WindowResult<LimeResult>[]) =>
      this.#attributions.set("lime", limeAttribution(text, all, options, this.#figures(start, parameters)));
    for (const { input, features } of plan) {
      const before = sum(results.map(({ result }) => result.evaluations));
      const run = {
        seed,
        signal: this.#signal,
        onProgress: (done: number) => this.#reporter.progress(before + done),
      };
      const onPartial = (result: LimeResult) => {
        if (this.#reporter.wantsPartial) {
          keep([...results, { input, features, result }]);
          this.#reporter.partial(before + result.evaluations, snapshot());
        }
      };
      const masked = this.#target(text, input, features, target);
      const result =
        lime.mode === "plain"
          ? await plainLime(masked, options, run, onPartial)
          : await adaptiveLime(masked, options, run, onPartial);
      results.push({ input, features, result });
    }
    keep(results);
    if (this.#request.methods.at(-1) !== "lime" && this.#reporter.wantsPartial) {
      this.#reporter.partial(sum(results.map(({ result }) => result.evaluations)), snapshot());
    }
  }

  /** One method of a request; where the model does not let it pass, or memory is short, the others go on. */
  async #gradient(method: GradientMethod, text: PreparedText, target: ClassTarget): Promise<void> {
    const parts = { model: this.#model, text, target, request: this.#request };
    const control = { signal: this.#signal, reporter: this.#reporter };
    try {
      this.#attributions.set(method, await gradientAttribution(method, { ...parts, ...control }));
    } catch (error) {
      if (!(error instanceof ExplainError) || !refusals.has(error.reason)) {
        throw error;
      }
      this.#refused.set(method, error);
    }
  }

  async #occlusion(text: PreparedText, target: ClassTarget): Promise<void> {
    const { units } = this.#request;
    const baseline = replacedBy(this.#request.baseline);
    const start = performance.now();
    const plan = units === "token" ? this.#plan(text, "token") : this.#planUnits(text, units);
    this.#reporter.phase(
      "occlusion",
      sum(plan.map(({ features }) => plannedEvaluations("occlusion", features.groups.length, this.#request))),
    );
    const results: WindowResult<OcclusionResult>[] = [];
    for (const { input, features } of plan) {
      const before = sum(results.map(({ result }) => result.evaluations));
      const result = await occlusion(this.#target(text, input, features, target), {
        signal: this.#signal,
        onProgress: (done) => this.#reporter.progress(before + done),
      });
      results.push({ input, features, result });
    }
    const scale = target.versus === null ? "logit" : "log-odds";
    this.#attributions.set("occlusion", occlusionAttribution(text, results, scale, this.#figures(start, { baseline })));
  }

  #random(text: PreparedText): void {
    const { seed } = this.#request;
    const content = text.tokens.filter((token) => !token.special);
    const scores = randomScores(content.length, seed);
    const values = new Float64Array(text.tokens.length);
    content.forEach((token, index) => {
      values[token.index] = scores[index] ?? 0;
    });
    const positions = text.tokens.map((token) => token.index);
    const weights = Float64Array.from(text.tokens, (token) => (token.special ? 0 : 1));
    const row = { ids: new Int32Array(), segments: new Int32Array() };
    const parts = [{ input: { positions, weights, row, share: 1 }, values }];
    this.#attributions.set(
      "random",
      tokenAttribution(text, "random", "none", parts, {}, this.#figures(performance.now(), { seed })),
    );
  }

  #plan(text: PreparedText, kind: FeatureSet["kind"]): { input: WindowInput; features: FeatureSet }[] {
    const masked = new Set(text.masked);
    return text.inputs.map((input) => ({
      input,
      features: featureSet(kind, text, (token) => (input.weights[token.index] ?? 0) > 0 && !masked.has(token.index)),
    }));
  }

  /** Words or sentences left out as a whole; a unit cut by a window's edge is left out as far as the window holds it. */
  #planUnits(text: PreparedText, units: "word" | "sentence"): { input: WindowInput; features: FeatureSet }[] {
    return this.#plan(text, "token").map(({ input, features }) => {
      const usable = new Set(features.groups.flat());
      const groups = (units === "word" ? text.words : text.sentences)
        .map((unit) => unit.tokens.filter((token) => usable.has(token)))
        .filter((group) => group.length > 0);
      return { input, features: { kind: "word" as const, groups } };
    });
  }

  #target(text: PreparedText, input: WindowInput, features: FeatureSet, target: ClassTarget): TextTarget {
    return new TextTarget({
      featureSet: features,
      input,
      tokens: text.tokens.length,
      replacement: text.baseline.replacement,
      head: this.#model.head,
      target,
      batcher: this.#model.batcher,
    });
  }

  #figures(start: number, parameters: RunFigures["parameters"]): RunFigures {
    return { units: this.#request.units, parameters, milliseconds: performance.now() - start };
  }
}

interface Part {
  readonly input: WindowInput;
  readonly values: Float64Array;
}

/** The share of attention that special tokens get and no score shows, mean over the windows. */
function specialMass(parts: readonly Part[]): number {
  return sum(
    parts.map(({ input, values }) => {
      const hidden = values.filter((_, position) => (input.weights[input.positions[position] ?? 0] ?? 0) === 0);
      return (sum([...hidden]) / (sum([...values]) || 1)) * input.share;
    }),
  );
}

/** Takes each token's lookers from the window in whose middle it is most. */
class LookersOfText {
  readonly #found: { readonly weight: number; readonly lookers: readonly Looker[] }[];

  constructor(text: PreparedText) {
    this.#found = text.tokens.map(() => ({ weight: -1, lookers: [] }));
  }

  add(input: WindowInput, lookers: readonly (readonly Looker[])[]): void {
    input.positions.forEach((token, position) => {
      const weight = input.weights[token] ?? 0;
      if (weight > (this.#found[token]?.weight ?? 0)) {
        const own = (lookers[position] ?? []).map((looker) => ({
          ...looker,
          query: input.positions[looker.query] ?? 0,
        }));
        this.#found[token] = { weight, lookers: own };
      }
    });
  }

  result(): readonly (readonly Looker[])[] {
    return this.#found.map(({ lookers }) => lookers);
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** What methods that replace tokens do for a baseline: they cannot feed the zero vector. */
function replacedBy(baseline: Baseline): Baseline {
  return baseline === "zero" ? tokenBaseline(baseline) : baseline;
}
