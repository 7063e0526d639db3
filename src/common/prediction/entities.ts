import { hasFields, isCount, isIndex, isIndexList, isListOf, isOneOf, isText, orNull } from "../checks";
import { formatPercent } from "../format";
import { message } from "../message";
import { isFigure, type Outcome, type PredictionForm } from "./form";

/** An entity in a text: {@link Outcome.index} is its place in the list, its logit the mean over the tokens that decide. */
export interface Entity extends Omit<Outcome, "quoted"> {
  readonly probability: number;
  /** UTF-16 offsets in the text. */
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** The tokens from its first to its last. */
  readonly tokens: readonly number[];
}

/** The likeliest label of a token. */
export interface TokenLabel {
  readonly token: number;
  readonly label: string;
  readonly probability: number;
}

/** Entities in the order of the text, and the label of each of its tokens. */
export interface EntitiesPrediction {
  readonly kind: "entities";
  /** The token that was asked about; `null` where the most probable entity is. */
  readonly position: number | null;
  readonly entities: readonly Entity[];
  readonly tokens: readonly TokenLabel[];
}

const isEntity = hasFields<Entity>({
  index: isIndex,
  label: isText,
  logit: isFigure,
  probability: isFigure,
  start: isCount,
  end: isCount,
  text: isText,
  tokens: isIndexList,
});

/** How entities are listed. */
export const entities: PredictionForm<EntitiesPrediction> = {
  outcomes(prediction) {
    const found = [...prediction.entities].sort((a, b) => b.probability - a.probability);
    return found.length > 0 ? found : [nothing(prediction)];
  },
  /** What is asked about, where that is one token. */
  headline(prediction) {
    const { position, tokens } = prediction;
    const asked = entityAt(prediction) ?? tokens.find(({ token }) => token === position);
    return asked ? [{ index: 0, logit: 0, ...asked }] : entities.outcomes(prediction).slice(0, 1);
  },
  position: (prediction) => entityAt(prediction)?.tokens[0] ?? prediction.position,
  places: ({ entities: found }) =>
    found.map(({ tokens, text, label }) => ({ position: tokens[0] ?? 0, label: `${text} ${label}` })),
  marks: ({ entities: found }) => found.map(({ start, end, label }) => ({ start, end, label })),
  /** The likeliest label of each token of the entity, or of the one token that is explained where it is in none. */
  watched({ entities: found, tokens }, at, labels) {
    const own = at === null ? [] : (found.find((entity) => entity.tokens.includes(at))?.tokens ?? [at]);
    return tokens
      .filter(({ token, label }) => own.includes(token) && labels.includes(label))
      .map(({ token, label }) => ({ token, output: labels.indexOf(label) }));
  },
  saysOf({ tokens }, asked) {
    const found = tokens.find(({ token }) => token === asked);
    return found ? [message("Likeliest label here: {0} {1}.", found.label, formatPercent(found.probability))] : [];
  },
  placed: (prediction, place) => ({
    ...prediction,
    entities: prediction.entities.map((entity) => ({ ...entity, ...place(entity) })),
  }),
  columns: ["Entity", "Logit", "Probability"],
  scores: "support",
  check: hasFields<EntitiesPrediction>({
    kind: isOneOf("entities"),
    position: orNull(isIndex),
    entities: isListOf(isEntity),
    tokens: isListOf(hasFields<TokenLabel>({ token: isIndex, label: isText, probability: isFigure })),
  }),
};

/** The entity that is asked about; nothing where no token is, or it is in none. */
function entityAt({ position, entities: found }: EntitiesPrediction): Entity | undefined {
  return position === null ? undefined : found.find(({ tokens }) => tokens.includes(position));
}

/** Where there is no entity: how sure that is at the token where it is least. */
function nothing({ tokens }: EntitiesPrediction): Outcome {
  const probability = Math.min(1, ...tokens.map((token) => token.probability));
  return { index: 0, label: "no entity", logit: 0, probability };
}
