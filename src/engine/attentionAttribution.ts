import { ExplainError } from "../common/errors";
import type { AttentionInfo, Attribution, Looker } from "../common/explanation";
import { type Message, message } from "../common/message";
import type { MethodId } from "../common/method";
import type { RowsRead } from "../graph/rowsRead";
import { aggregateHeads, attentionScores } from "../methods/attentionScores";
import { LookerCollector } from "../methods/lookers";
import { Pacer } from "../methods/pacer";
import { rolloutScores } from "../methods/rollout";
import { type RunFigures, tokenAttribution } from "./attributions";
import type { PreparedText, WindowInput } from "./preparedText";
import { figuresOf, type TextRun } from "./textRun";

/** What running a model forward on a text gives: logits of every window, and what is computed from attention. */
export interface Seen {
  readonly logits: readonly Float32Array[];
  readonly attention: AttentionInfo | null;
  readonly attributions: readonly Attribution[];
}

/**
 * Runs the windows of a text forward; of `methods` those that need nothing but attention are done with that. Throws `method-unavailable` for a layer that
 * the model does not have.
 */
export async function seeAttention(run: Omit<TextRun, "target">, methods: readonly MethodId[]): Promise<Seen> {
  const { model, text, request, signal, reporter } = run;
  const { layers, heads, causal, session } = model;
  const reads = session.reads ?? (causal ? "last" : null);
  if (layers === 0) {
    const rows = text.inputs.map(({ row }) => row);
    return { logits: await model.batcher.evaluate(rows, signal), attention: null, attributions: [] };
  }
  const layer = request.layer ?? layers - 1;
  if (methods.includes("attention") && layer >= layers) {
    throw new ExplainError(
      "method-unavailable",
      "The layer chosen for attention does not exist: the model has {0} layers. Choose one of them.",
      layers,
    );
  }
  const start = performance.now();
  const pacer = new Pacer(signal);
  const logits: Float32Array[] = [];
  const raw: Part[] = [];
  const rolled: Part[] = [];
  const lookers = new LookersOfText(text);
  for (const [index, input] of text.inputs.entries()) {
    const seen = await model.attention.get(input.row, signal);
    logits.push(seen.logits);
    const means: Float32Array[] = [];
    const collector = new LookerCollector(input.positions.map((token) => text.tokens[token]?.special ?? true));
    const query = reads === "mean" ? "all" : reads === "last" ? input.positions.length - 1 : 0;
    for (const [number, attention] of seen.layers.entries()) {
      if (methods.includes("rollout")) {
        means.push(aggregateHeads(attention, "mean"));
      }
      if (number === layer) {
        raw.push({ input, values: attentionScores(attention, query, null) });
      }
      collector.addLayer(attention, number);
      if (pacer.due()) {
        await pacer.rest();
      }
    }
    rolled.push({ input, values: rolloutScores(means, input.positions.length, query) });
    lookers.add(input, collector.lookers());
    reporter.progress(index + 1);
    await pacer.rest();
  }
  const attribution = (
    method: "attention" | "rollout",
    parts: readonly Part[],
    parameters: RunFigures["parameters"],
  ) =>
    methods.includes(method)
      ? [
          {
            ...tokenAttribution(text, method, "attention", parts, {}, figuresOf(run, start, parameters)),
            notes: readingNotes(reads),
          },
        ]
      : [];
  return {
    logits,
    attention: { layers, heads, kind: causal ? "causal" : "self", lookers: lookers.result() },
    attributions: [...attribution("attention", raw, { layer, head: "mean" }), ...attribution("rollout", rolled, {})],
  };
}

/** Says whose attention is shown where that is not plainly one token. */
function readingNotes(reads: RowsRead | null): Message[] {
  return reads === null
    ? [
        message(
          "Which tokens the classes are computed from was not found in the model; shown is what the first one looks at.",
        ),
      ]
    : reads === "mean"
      ? [message("The classes are computed from the mean of all tokens; shown is what they look at on average.")]
      : [];
}

interface Part {
  readonly input: WindowInput;
  readonly values: Float64Array;
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
