import { isFields, isKeyOf } from "../checks";
import { type ClassesPrediction, classes } from "./classes";
import { type EntitiesPrediction, entities } from "./entities";
import { type FillPrediction, fill } from "./fill";
import type { Mark, Outcome, PredictionForm } from "./form";
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
export function predictionForm(
  kind: PredictionKind,
): Omit<PredictionForm<never>, "outcomes" | "headline" | "marks" | "position" | "check"> {
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

/** Which of several tokens a prediction is explained at; `null` where there is one. See {@link PredictionForm.position}. */
export function positionOf<K extends PredictionKind>(prediction: PredictionOf<K>): number | null {
  return forms[prediction.kind as K].position?.(prediction) ?? null;
}

/** What a prediction marks in the text; see {@link PredictionForm.marks}. */
export function marksOf<K extends PredictionKind>(prediction: PredictionOf<K>): readonly Mark[] {
  return forms[prediction.kind as K].marks?.(prediction) ?? [];
}

const isKind = isKeyOf<PredictionKind>(forms);

/** Whether a value that was kept elsewhere is a prediction. */
export function isPrediction(value: unknown): value is Prediction {
  return isFields(value) && isKind(value.kind) && forms[value.kind].check(value);
}
