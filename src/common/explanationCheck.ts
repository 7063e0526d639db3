import {
  type Check,
  hasFields,
  isBoolean,
  isCount,
  isIndex,
  isListOf,
  isNumber,
  isOneOf,
  isRecordOf,
  isText,
  orNull,
} from "./checks";
import type {
  AttentionInfo,
  Attribution,
  ClassScore,
  ExplainedModel,
  Explanation,
  Looker,
  SpecialScore,
  Target,
  Token,
  Unit,
  Window,
} from "./explanation";
import type { Message } from "./message";
import { isMethodId, type MethodId } from "./method";
import type { ModelReference } from "./model";

const isMethod = (value: unknown): value is MethodId => isText(value) && isMethodId(value);
const isSegment = isOneOf(0, 1);
const isArgument = (value: unknown): value is string | number => isText(value) || isNumber(value);
const isParameter = (value: unknown): value is Attribution["parameters"][string] =>
  value === null || isText(value) || isNumber(value) || isBoolean(value);
/** An error that is not known yet is infinite, which is `null` once it has been written as JSON. */
const isErrorList = ((value) => isListOf(orNull(isNumber))(value)) as Check<readonly number[]>;

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

const isClassScore = hasFields<ClassScore>({
  index: isCount,
  label: isText,
  logit: isNumber,
  probability: orNull(isNumber),
});

const isTarget = hasFields<Target>({
  label: isText,
  versus: orNull(isText),
  position: orNull(isNumber),
  kind: isOneOf("logit", "log-odds", "number"),
  value: isNumber,
  baselineValue: orNull(isNumber),
});

const isAttribution = hasFields<Attribution>({
  method: isMethod,
  units: isOneOf("token", "word", "sentence"),
  scores: isListOf(isNumber),
  specials: isListOf(hasFields<SpecialScore>({ token: isCount, score: isNumber })),
  standardErrors: orNull(isErrorList),
  scale: isOneOf("logit", "log-odds", "number", "probability", "attention", "none"),
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
  kind: isOneOf("self", "cross", "causal"),
  lookers: isListOf(isListOf(hasFields<Looker>({ layer: isCount, head: isCount, query: isCount, weight: isNumber }))),
});

const isModel = hasFields<ExplainedModel>({
  id: isText,
  reference: hasFields<ModelReference>({ directory: isText, file: orNull(isText) }),
  file: isText,
  task: isOneOf("text-classification"),
  sha256: isText,
  labels: isListOf(isText),
});

/** Whether a value that was kept elsewhere is an explanation as this version makes them. */
export const isExplanation = hasFields<Explanation>({
  schema: isOneOf(1),
  text: isText,
  pair: orNull(isText),
  model: isModel,
  prediction: isListOf(isClassScore),
  target: isTarget,
  tokens: isListOf(isToken),
  words: isListOf(isUnit),
  sentences: isListOf(isUnit),
  masked: isListOf(isCount),
  attributions: isListOf(isAttribution),
  attention: orNull(isAttention),
  windows: isListOf(hasFields<Window>({ start: isCount, end: isCount, firstToken: isCount, endToken: isCount })),
  seed: isCount,
  warnings: isListOf(isMessage),
  versions: hasFields<Explanation["versions"]>({ explainWithTransformer: isText, onnxruntime: isText }),
  milliseconds: isNumber,
});
