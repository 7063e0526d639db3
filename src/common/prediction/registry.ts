import { isFields, isKeyOf } from "../checks";
import type { Message } from "../message";
import { type ClassesPrediction, classes } from "./classes";
import { type EntitiesPrediction, entities } from "./entities";
import { type FillPrediction, fill } from "./fill";
import type {
  AskedOutcome,
  Insertion,
  InsertionToken,
  Mark,
  Outcome,
  PlaceAsked,
  PredictionForm,
  SpelledToken,
  TokenOutput,
  WrittenToken,
} from "./form";
import { type GeneratedPrediction, generated } from "./generated";
import { type NoPrediction, none } from "./none";
import { type NumberPrediction, number } from "./number";
import { type SimilarityPrediction, similarity } from "./similarity";
import { type SpansPrediction, spans } from "./spans";
import { type SurprisePrediction, surprise } from "./surprise";

/** What a model says of a text, by the kind of its answer. */
export type Prediction =
  | ClassesPrediction
  | NumberPrediction
  | EntitiesPrediction
  | FillPrediction
  | SpansPrediction
  | GeneratedPrediction
  | SimilarityPrediction
  | NoPrediction
  | SurprisePrediction;

/** The kinds of answers. */
export type PredictionKind = Prediction["kind"];

type PredictionOf<K extends PredictionKind> = Extract<Prediction, { readonly kind: K }>;

const forms: { readonly [K in PredictionKind]: PredictionForm<PredictionOf<K>> } = {
  classes,
  number,
  entities,
  fill,
  spans,
  generated,
  similarity,
  none,
  surprise,
};

/** What is said of a kind of prediction wherever its outcomes are listed. */
export function predictionForm(kind: PredictionKind): Pick<PredictionForm<never>, "columns" | "scores"> {
  return forms[kind];
}

/** What a prediction says, one by one; see {@link PredictionForm.outcomes}. */
export function outcomesOf<K extends PredictionKind>(prediction: PredictionOf<K>): readonly Outcome[] {
  return forms[prediction.kind as K].outcomes(prediction);
}

/** What is said of a prediction in a few words; see {@link PredictionForm.headline}. */
export function headlineOf<K extends PredictionKind>(prediction: PredictionOf<K>): readonly Outcome[] {
  const form = forms[prediction.kind as K];
  return form.headline?.(prediction) ?? form.outcomes(prediction).slice(0, 1);
}

/** The token of the text that an explanation is of; `null` where it is of no single one. See {@link PredictionForm.explained}. */
export function explainedToken<K extends PredictionKind>({
  prediction,
  target,
}: {
  readonly prediction: PredictionOf<K>;
  readonly target: { readonly position: number | null };
}): number | null {
  return forms[prediction.kind as K].explained?.(prediction) ?? target.position;
}

/** Which of several tokens a prediction is explained at; `null` where there is one. See {@link PredictionForm.position}. */
export function positionOf<K extends PredictionKind>({
  prediction,
  tokens,
}: {
  readonly prediction: PredictionOf<K>;
  readonly tokens: readonly SpelledToken[];
}): number | null {
  return forms[prediction.kind as K].position?.(prediction, tokens) ?? null;
}

/** What of a prediction can be explained each by itself; see {@link PredictionForm.places}. */
export function placesOf<K extends PredictionKind>(
  prediction: PredictionOf<K>,
): readonly { readonly position: number; readonly label: string }[] {
  return forms[prediction.kind as K].places?.(prediction) ?? [];
}

/** Which outputs at tokens the probability of a prediction is the mean of; see {@link PredictionForm.watched}. */
export function watchedOf<K extends PredictionKind>({
  prediction,
  target,
  model,
}: {
  readonly prediction: PredictionOf<K>;
  readonly target: { readonly position: number | null };
  readonly model: { readonly labels: readonly string[] };
}): readonly TokenOutput[] {
  return forms[prediction.kind as K].watched?.(prediction, target.position, model.labels) ?? [];
}

/** What a prediction marks in the text; see {@link PredictionForm.marks}. */
export function marksOf<K extends PredictionKind>({
  prediction,
  tokens,
}: {
  readonly prediction: PredictionOf<K>;
  readonly tokens: readonly Pick<Mark, "start" | "end">[];
}): readonly Mark[] {
  return forms[prediction.kind as K].marks?.(prediction, tokens) ?? [];
}

/** How strongly a prediction colours tokens by itself; `null` where scores alone do. See {@link PredictionForm.strengths}. */
export function strengthsOf<K extends PredictionKind>(prediction: PredictionOf<K>): ReadonlyMap<number, number> | null {
  return forms[prediction.kind as K].strengths?.(prediction) ?? null;
}

/** What a prediction says of one token; see {@link PredictionForm.saysOf}. */
export function saidOf<K extends PredictionKind>(prediction: PredictionOf<K>, token: number): readonly Message[] {
  return forms[prediction.kind as K].saysOf?.(prediction, token) ?? [];
}

/** What a model has written behind a text; `null` where it writes nothing. See {@link PredictionForm.output}. */
export function outputOf<K extends PredictionKind>(prediction: PredictionOf<K>): string | null {
  return forms[prediction.kind as K].output?.(prediction) ?? null;
}

/** The tokens that a model has written; see {@link PredictionForm.written}. */
export function writtenOf<K extends PredictionKind>(prediction: PredictionOf<K>): readonly WrittenToken[] {
  return forms[prediction.kind as K].written?.(prediction) ?? [];
}

/** A prediction with other places of the stretches of the text that it names; see {@link PredictionForm.placed}. */
export function placedAt<K extends PredictionKind>(
  prediction: PredictionOf<K>,
  place: (range: Pick<Mark, "start" | "end">) => Pick<Mark, "start" | "end">,
): PredictionOf<K> {
  return forms[prediction.kind as K].placed?.(prediction, place) ?? prediction;
}

/** What of a prediction can be written into the document; see {@link PredictionForm.insertion}. */
export function insertionOf<K extends PredictionKind>(
  { prediction, tokens }: { readonly prediction: PredictionOf<K>; readonly tokens: readonly InsertionToken[] },
  outcome: number | null,
): Insertion | null {
  return forms[prediction.kind as K].insertion?.(prediction, outcome, tokens) ?? null;
}

/** What is asked about a place; see {@link PredictionForm.questionAt}. */
export function questionAt<K extends PredictionKind>(
  prediction: PredictionOf<K>,
  place: PlaceAsked,
): AskedOutcome | null {
  return forms[prediction.kind as K].questionAt?.(prediction, place) ?? null;
}

const isKind = isKeyOf<PredictionKind>(forms);

/** Whether a value that was kept elsewhere is a prediction. */
export function isPrediction(value: unknown): value is Prediction {
  return isFields(value) && isKind(value.kind) && forms[value.kind].check(value);
}
