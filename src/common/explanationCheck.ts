import {
  type Check,
  hasFields,
  isBoolean,
  isCount,
  isIndex,
  isKeyOf,
  isListOf,
  isOneOf,
  isRecordOf,
  isText,
  orMissing,
  orNull,
} from "./checks";
import type {
  AttentionInfo,
  AttentionStage,
  Attribution,
  AttributionScale,
  Curve,
  ExplainedModel,
  Explanation,
  Looker,
  Measured,
  MeasuredMethod,
  MeasureScale,
  PairScore,
  SpecialScore,
  Target,
  TargetKind,
  Token,
  Unit,
  Window,
} from "./explanation";
import { isMeasureId } from "./measure";
import type { Message } from "./message";
import { isMethodId, type MethodId } from "./method";
import type { ModelReference } from "./model";
import { isFigure as isNumber } from "./prediction/form";
import { isPrediction } from "./prediction/registry";
import { isUnitKind } from "./scoredUnits";
import { isTask, type Task } from "./task";

const isError = (value: unknown): value is number => isNumber(value) && value >= 0;
const isMethod = (value: unknown): value is MethodId => isText(value) && isMethodId(value);
const isSegment = isOneOf(0, 1, 2);
const isArgument = (value: unknown): value is string | number => isText(value) || isNumber(value);
const isParameter = (value: unknown): value is Attribution["parameters"][string] =>
  value === null || isText(value) || isNumber(value) || isBoolean(value);
/** An error that is not known yet is infinite, which is `null` once it has been written as JSON. */
const isErrorList = ((value) => isListOf(orNull(isError))(value)) as Check<readonly number[]>;

/** Whether a value is a sentence with what fills it. */
export const isMessage = hasFields<Message>({ template: isText, args: isListOf(isArgument) });

const isToken = hasFields<Token>({
  index: isCount,
  id: isCount,
  piece: isText,
  text: isText,
  start: isCount,
  end: isCount,
  special: isBoolean,
  segment: isSegment,
});

const isUnit = hasFields<Unit>({ start: isCount, end: isCount, segment: isSegment, tokens: isListOf(isCount) });

const targetKinds = { logit: 0, "log-odds": 0, number: 0, "log-probability": 0, span: 0, cosine: 0 };
const isTargetKind = isKeyOf<TargetKind>(targetKinds);

const isTarget = hasFields<Target>({
  label: isText,
  versus: orNull(isText),
  position: orNull(isNumber),
  kind: isTargetKind,
  value: isNumber,
  baselineValue: orNull(isNumber),
});

const isAttribution = hasFields<Attribution>({
  method: isMethod,
  units: isUnitKind,
  scores: isListOf(isNumber),
  specials: isListOf(hasFields<SpecialScore>({ token: isCount, score: isNumber })),
  standardErrors: orNull(isErrorList),
  pairs: orMissing(
    isListOf(
      hasFields<PairScore>({ first: isCount, second: isCount, score: isNumber, standardError: orNull(isError) }),
    ),
  ),
  scale: isKeyOf<AttributionScale>({ ...targetKinds, probability: 0, attention: 0, none: 0 }),
  baseValue: orNull(isNumber),
  fullValue: orNull(isNumber),
  parameters: isRecordOf(isParameter),
  quality: isRecordOf(isNumber),
  converged: orNull(isBoolean),
  partial: isBoolean,
  notes: isListOf(isMessage),
  evaluations: isCount,
  milliseconds: isNumber,
});

const isAttention = hasFields<AttentionInfo>({
  layers: isIndex,
  heads: isIndex,
  kind: isKeyOf<AttentionInfo["kind"]>({ self: 0, cross: 0, causal: 0 }),
  stages: orMissing(
    isListOf(
      hasFields<AttentionStage>({
        part: isOneOf("encoder", "decoder", "cross"),
        layer: isCount,
        heads: orMissing(isCount),
      }),
    ),
  ),
  lookers: isListOf(isListOf(hasFields<Looker>({ layer: isCount, head: isCount, query: isCount, weight: isNumber }))),
});

const isMeasuredFigure = hasFields<Measured>({
  value: isNumber,
  spread: orNull(isError),
  curve: orNull(hasFields<Curve>({ x: isListOf(isNumber), y: isListOf(isNumber) })),
  scale: isKeyOf<MeasureScale>({ probability: 0, number: 0, none: 0 }),
  evaluations: isCount,
  notes: isListOf(isMessage),
});

/** Whether a value says how faithful a method's scores are. */
export const isMeasured = hasFields<MeasuredMethod>({
  method: isMethod,
  values: (value): value is MeasuredMethod["values"] =>
    isRecordOf(isMeasuredFigure)(value) && Object.keys(value).every(isMeasureId),
});

const isModel = hasFields<ExplainedModel>({
  id: isText,
  reference: hasFields<ModelReference>({ directory: isText, file: orNull(isText) }),
  file: isText,
  task: (value): value is Task => isText(value) && isTask(value),
  sha256: isText,
  labels: isListOf(isText),
});

/** Whether a value that was kept elsewhere is an explanation as this version makes them. */
export const isExplanation = hasFields<Explanation>({
  schema: isOneOf(2),
  text: isText,
  pair: orNull(isText),
  output: orNull(isText),
  model: isModel,
  prediction: isPrediction,
  target: isTarget,
  tokens: isListOf(isToken),
  words: isListOf(isUnit),
  sentences: isListOf(isUnit),
  masked: isListOf(isCount),
  attributions: isListOf(isAttribution),
  attention: orNull(isAttention),
  measures: isListOf(isMeasured),
  windows: isListOf(
    hasFields<Window>({
      start: isCount,
      end: isCount,
      firstToken: isCount,
      endToken: isCount,
      segment: orMissing(isOneOf(0, 1, 2)),
    }),
  ),
  seed: isCount,
  warnings: isListOf(isMessage),
  versions: hasFields<Explanation["versions"]>({ explainWithTransformer: isText, onnxruntime: isText }),
  milliseconds: isNumber,
});
