import { agreementOf } from "../common/agreement";
import type { Attribution, Explanation, MeasuredMethod, Unit } from "../common/explanation";
import { formatMessage } from "../common/message";
import { placedAt } from "../common/prediction/registry";
import { OffsetMap } from "../common/reading";
import { scoredUnits } from "../common/scoredUnits";
import type { ChosenMatrix, Export, Result } from "./export";
import { jsonText } from "./jsonText";

interface Span {
  readonly start: number;
  readonly end: number;
}

type Place = Pick<Unit, "start" | "end" | "segment">;

/** One line of JSON for each result, and for each error. */
export const json: Export = {
  label: "JSON",
  words: "everything, for programs",
  extension: "json",
  one: (result) => `${jsonText(resultObject(result))}\n`,
  object: (value) => `${jsonText(value)}\n`,
};

/**
 * The documented JSON object of one result (schema 2): numbers unrounded, scores raw. Ranges of a text that was read from a document are the
 * document's own.
 */
function resultObject({ explanation, matrices, line, reading, plausibility }: Result): Record<string, unknown> {
  const { model, target } = explanation;
  const map = reading ? new OffsetMap(reading) : null;
  const place = ({ start, end, segment }: Place): Span =>
    map && segment === 0 ? map.toDocument({ start, end }) : { start, end };
  return {
    schema: explanation.schema,
    ...(line === null ? {} : { line }),
    text: explanation.text,
    ...(reading
      ? { reading: [{ ...place({ start: 0, end: reading.text.length, segment: 0 }), as: reading.kind }] }
      : {}),
    ...(explanation.pair === null ? {} : { pair: explanation.pair }),
    ...(explanation.output === null ? {} : { output: explanation.output }),
    model: { id: model.id, file: model.file, task: model.task, sha256: model.sha256, labels: model.labels },
    prediction: placedAt(explanation.prediction, (range) => place({ ...range, segment: 0 })),
    target: {
      label: target.label,
      versus: target.versus,
      position: target.position,
      kind: target.kind,
      value: target.value,
      baselineValue: target.baselineValue,
    },
    tokens: explanation.tokens.map(({ index, id, piece, text, start, end, special, segment }) => ({
      index,
      id,
      piece,
      text,
      ...place({ start, end, segment }),
      special,
      segment,
    })),
    words: explanation.words.map((unit) => ({ ...unit, ...place(unit) })),
    sentences: explanation.sentences.map((unit) => ({ ...unit, ...place(unit) })),
    masked: explanation.masked,
    attributions: explanation.attributions.map((attribution) => attributionObject(attribution, explanation, place)),
    attention: attentionObject(explanation, matrices),
    measures: explanation.measures.map(measuredObject),
    ...(plausibility ? { plausibility } : {}),
    ...(explanation.measures.length === 0 ? {} : { agreement: agreementOf(explanation) }),
    windows: explanation.windows.map((window) => ({ ...window, ...place({ segment: 0, ...window }) })),
    ...(reading ? { inText: placesInText(explanation) } : {}),
    seed: explanation.seed,
    warnings: explanation.warnings.map(formatMessage),
    versions: explanation.versions,
    milliseconds: explanation.milliseconds,
  };
}

/** Where everything is in the text itself, as start and end: what is read from a document has other places there. */
function placesInText({
  tokens,
  words,
  sentences,
  windows,
}: Explanation): Record<string, (readonly [number, number])[]> {
  const places = (list: readonly Span[]) => list.map(({ start, end }) => [start, end] as const);
  return { tokens: places(tokens), words: places(words), sentences: places(sentences), windows: places(windows) };
}

/** Each figure by the measure's name, and beside them what stands behind each. */
function measuredObject({ method, values }: MeasuredMethod): Record<string, unknown> {
  const figures = Object.entries(values);
  return {
    method,
    ...Object.fromEntries(figures.map(([id, { value }]) => [id, value])),
    details: Object.fromEntries(
      figures.map(([id, { value: _, notes, ...rest }]) => [id, { ...rest, notes: notes.map(formatMessage) }]),
    ),
  };
}

function attributionObject(
  attribution: Attribution,
  explanation: Explanation,
  place: (unit: Place) => Span,
): Record<string, unknown> {
  const ranges = scoredUnits(explanation, attribution).map((unit) => ({ ...place(unit), segment: unit.segment }));
  return {
    method: attribution.method,
    units: attribution.units,
    scores: attribution.scores,
    specials: attribution.specials,
    ...(attribution.units === "token" ? {} : { ranges }),
    standardErrors: attribution.standardErrors,
    ...(attribution.pairs ? { pairs: attribution.pairs } : {}),
    scale: attribution.scale,
    baseValue: attribution.baseValue,
    fullValue: attribution.fullValue,
    parameters: attribution.parameters,
    quality: attribution.quality,
    converged: attribution.converged,
    notes: attribution.notes.map(formatMessage),
    evaluations: attribution.evaluations,
    milliseconds: attribution.milliseconds,
  };
}

function attentionObject(
  { attention, windows }: Explanation,
  matrices: readonly ChosenMatrix[] | null,
): Record<string, unknown> | null {
  if (!attention) {
    return null;
  }
  const { layers, heads, kind, stages, lookers } = attention;
  return {
    layers,
    heads,
    kind,
    ...(stages ? { stages } : {}),
    lookers,
    matrices: (matrices ?? []).map(({ window, layer, head, kind: own, queries, keys, values }) => ({
      ...(windows.length > 1 ? { window } : {}),
      layer,
      head,
      kind: own,
      values: Array.from({ length: queries }, (_, query) =>
        Array.from(values.subarray(query * keys, (query + 1) * keys)),
      ),
    })),
  };
}
