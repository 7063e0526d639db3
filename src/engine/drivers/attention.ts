import { ExplainError } from "../../common/errors";
import type { AttentionInfo, Attribution, Looker } from "../../common/explanation";
import { type Message, message } from "../../common/message";
import type { MethodId } from "../../common/method";
import type { RowsRead } from "../../graph/rowsRead";
import { LookerCollector } from "../../methods/lookers";
import type { AttentionMethod, AttentionQuestion, AttentionReader } from "../../methods/method";
import { Pacer } from "../../methods/pacer";
import { implementations } from "../../methods/registry";
import { attributionOf, type Piece, positionsOf } from "../attributionOf";
import type { LoadedModel } from "../loadedModel";
import type { PreparedText, WindowInput } from "../preparedText";
import type { TextRun } from "../textRun";

/** What running a model forward on a text gives: logits of every window, and what is computed from attention, or why it is not. */
export interface Seen {
  readonly logits: readonly Float32Array[];
  readonly attention: AttentionInfo | null;
  readonly found: ReadonlyMap<MethodId, Attribution | ExplainError>;
}

/** Runs the windows of a text forward; those of `methods` that need nothing but attention are done with that. */
export async function seeAttention(run: Omit<TextRun, "target">, methods: readonly MethodId[]): Promise<Seen> {
  const { model, text, signal, reporter } = run;
  const { attention: runs, layers, heads, causal } = model;
  if (!runs) {
    const rows = text.inputs.map(({ row }) => row);
    const logits = await model.batcher.evaluate(rows, signal, (done) => reporter.progress(done));
    return { logits, attention: null, found: new Map() };
  }
  const question = attentionQuestion(run);
  const observers = methods.flatMap((id) => {
    const method = implementations[id];
    return method.asks === "attention" ? [new Observer(id, method, question)] : [];
  });
  const pacer = new Pacer(signal);
  const logits: Float32Array[] = [];
  let headCounts: readonly number[] = [];
  const lookers = new LookersOfText(text);
  for (const [index, input] of text.inputs.entries()) {
    const seen = await runs.get(input.row, signal);
    logits.push(seen.logits);
    headCounts = seen.layers.map(({ heads: own }) => own);
    const collector = new LookerCollector(input.positions.map((token) => text.tokens[token]?.special ?? true));
    for (const observer of observers) {
      observer.begin(input);
    }
    for (const [number, attention] of seen.layers.entries()) {
      for (const observer of observers) {
        observer.reader?.addLayer(attention, number);
      }
      collector.addLayer(attention, number);
      if (pacer.due()) {
        await pacer.rest();
      }
    }
    for (const observer of observers) {
      observer.end(input);
    }
    lookers.add(input, collector.lookers());
    reporter.progress(index + 1);
    await pacer.rest();
  }
  return {
    logits,
    attention: {
      layers,
      heads,
      kind: causal ? "causal" : "self",
      ...stagesOf(model, headCounts),
      lookers: lookers.result(),
    },
    found: new Map(observers.map((observer) => [observer.id, observer.result(run, readingNotes(model, text))])),
  };
}

/** Which part of an encoder and a decoder each layer is of; nothing for models of one stream. */
function stagesOf(
  { session }: Pick<LoadedModel, "session">,
  heads: readonly number[],
): Pick<AttentionInfo, "stages"> & Partial<Pick<AttentionInfo, "kind">> {
  if (!session.readsOutput) {
    return {};
  }
  const stages = session.layers.map(
    ({ stream, kind, layer }, at) =>
      ({
        part: stream === "encoder" ? "encoder" : kind === "cross" ? "cross" : "decoder",
        layer,
        heads: heads[at] ?? 0,
      }) as const,
  );
  return { kind: "cross", stages };
}

/** What methods are asked that look inside the model: whose view counts is that of the tokens whose states the target is computed from. */
export function attentionQuestion({
  model,
  text,
  request,
}: Pick<TextRun, "model" | "text" | "request">): AttentionQuestion {
  return {
    request,
    baseline: text.baseline.ofRows,
    layers: model.layers,
    query: readingQuery(model, text.inputs[0]?.row.at),
  };
}

/** Whose view counts in so many tokens: that of the tokens at which outputs are read, else of the one whose state the model reads, or of all. */
export function readingQuery(
  model: Pick<LoadedModel, "session" | "causal">,
  at: readonly number[] = [],
): AttentionQuestion["query"] {
  const reads = readsOf(model);
  return (tokens) => {
    if (at.length > 0) {
      return at;
    }
    return reads === "mean" ? Array.from({ length: tokens }, (_, token) => token) : [reads === "last" ? tokens - 1 : 0];
  };
}

function readsOf({ session, causal }: Pick<LoadedModel, "session" | "causal">): RowsRead | null {
  return session.reads ?? (causal ? "last" : null);
}

/** One attention method while the windows of a text go by. */
class Observer {
  readonly id: MethodId;
  reader: AttentionReader | null = null;
  readonly #method: AttentionMethod;
  readonly #question: AttentionQuestion;
  readonly #start = performance.now();
  readonly #pieces: Piece[] = [];
  #refused: ExplainError | null = null;

  constructor(id: MethodId, method: AttentionMethod, question: AttentionQuestion) {
    this.id = id;
    this.#method = method;
    this.#question = question;
  }

  begin({ positions }: WindowInput): void {
    try {
      this.reader = this.#method.observe(positions.length, this.#question);
    } catch (error) {
      if (!(error instanceof ExplainError)) {
        throw error;
      }
      this.#refused = error;
    }
  }

  end(input: WindowInput): void {
    if (this.reader) {
      this.#pieces.push({ share: input.share, features: positionsOf(input), scored: this.reader.scored() });
    }
  }

  result(run: Omit<TextRun, "target">, notes: readonly Message[]): Attribution | ExplainError {
    if (this.#refused) {
      return this.#refused;
    }
    const attribution = attributionOf(run, this.#method, this.#question, {
      method: this.id,
      scale: "attention",
      expected: this.#pieces.length,
      pieces: this.#pieces,
      isPartial: false,
      start: this.#start,
    });
    return { ...attribution, notes: [...attribution.notes, ...notes] };
  }
}

/** Says whose attention is shown where that is neither plainly one token nor those at which outputs are read. */
export function readingNotes(
  model: Pick<LoadedModel, "session" | "causal">,
  { inputs: [input] }: Pick<PreparedText, "inputs">,
): Message[] {
  if (input?.row.at) {
    return [];
  }
  const reads = readsOf(model);
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
