import { ExplainError } from "../../common/errors";
import type { HeadMatrix, Look, LookKind, LookSource, Looks } from "../../common/look";
import type { LayerAttention } from "../../methods/attentionScores";
import type { Row } from "../batcher";
import type { LoadedModel } from "../loadedModel";
import { exchanged } from "../textsInRow";

/** What a look is about: the tokens of {@link LookSource} on the model they name. */
export interface LookQuestion {
  readonly model: LoadedModel;
  readonly source: LookSource;
  readonly signal: AbortSignal;
}

/** Answers one kind of look. */
export type LookAnswer<K extends LookKind> = (look: Look<K>, question: LookQuestion) => Promise<Looks[K]["result"]>;

/** The attention that a look is about. */
export interface LookedAttention {
  readonly layers: readonly LayerAttention[];
  rollout(): Promise<HeadMatrix>;
}

/** The attention of all layers on the tokens; rejects where the model shows none, or could not have read the tokens. */
export async function lookedAttention(question: LookQuestion): Promise<LookedAttention> {
  const { model, signal } = question;
  const { attention } = model;
  if (!attention) {
    throw new ExplainError(
      "method-unavailable",
      "No attention weights were found in this model. Choose another model.",
    );
  }
  const row = lookedRow(question);
  const { layers } = await attention.get(row, signal);
  return { layers, rollout: () => attention.rollout(row, signal) };
}

/** The tokens as the model reads them. Throws `text-too-long` where it could not have. */
export function lookedRow({ model, source }: Pick<LookQuestion, "model" | "source">): Row {
  const { ids, segments, special } = source;
  const { length } = ids;
  if (
    length === 0 ||
    [segments, special].some((list) => list.length !== length) ||
    length > model.folder.config.maxTokens * (model.session.readsOutput ? 2 : 1)
  ) {
    throw new ExplainError(
      "text-too-long",
      "Attention of {0} tokens cannot be computed. Explain the text again.",
      length,
    );
  }
  // A text that is read by itself is a first one to the model. A tokenizer may give both texts of a pair one type.
  const isPair = segments.includes(0);
  const tokens = segments.map(
    (segment, at) => ({ segment: isPair && segment === 1 ? 1 : 0, special: special[at] === true }) as const,
  );
  const types = model.tokenizer.typeIds(model.task.asksFirst ? exchanged(tokens) : tokens);
  const output = model.session.readsOutput ? segments.indexOf(2) : -1;
  return {
    ids: Int32Array.from(ids),
    segments: Int32Array.from(types),
    ...(output < 0 ? {} : { outputFrom: output }),
  };
}

/** The refusal of a head that the model does not have. */
export function noSuchHead(layer: number, head: number, layers: readonly LayerAttention[]): ExplainError {
  return new ExplainError(
    "method-unavailable",
    "There is no head {1} in layer {0}: the model has layers 0 to {2}, with heads 0 to {3} there.",
    layer,
    head,
    layers.length - 1,
    ((layers[layer] ?? layers[0])?.heads ?? 1) - 1,
  );
}
