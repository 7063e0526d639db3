import { type Fields, fieldsOf, isFields, isListOf, isText } from "../common/checks";
import { cleanName } from "../common/cleanWords";
import { ExplainError } from "../common/errors";
import type { Explanation, Unit } from "../common/explanation";
import { isExplanation } from "../common/explanationCheck";
import type { MethodId } from "../common/method";
import type { ModelReference } from "../common/model";

/**
 * The explanation in what was exported as JSON, from the first line that has one. It is a stranger's: everything in it is checked, also that its parts fit each other.
 * Where its model is, nobody says: `model` stands for that. Throws `input-unreadable`.
 */
export function explanationInJson(content: string, model: ModelReference): Explanation {
  const value = parsed(content);
  if (!isFields(value) || !Array.isArray(value.tokens) || !Array.isArray(value.attributions)) {
    throw new ExplainError(
      "input-unreadable",
      "There is no exported explanation in the file. Choose one that was exported as JSON.",
    );
  }
  const found = made(value, model);
  if (!isExplanation(found) || !fits(found)) {
    throw new ExplainError(
      "input-unreadable",
      "The explanation in the file is not whole, or of another version. Export it again as JSON.",
    );
  }
  return found;
}

function parsed(content: string): unknown {
  for (const text of [content, content.split("\n", 1)[0] ?? ""]) {
    try {
      return JSON.parse(text);
    } catch {
      // The first line alone may be one of several results.
    }
  }
  return null;
}

const list = (value: unknown): readonly Fields[] => (Array.isArray(value) ? value.map(fieldsOf) : []);
const name = (value: unknown): unknown => (isText(value) ? cleanName(value) : value);
const said = (value: unknown): unknown =>
  isListOf(isText)(value) ? value.map((template) => ({ template: "{0}", args: [template] })) : value;

/** What the fields of an exported explanation say, not checked yet. */
function made(value: Fields, reference: ModelReference): object {
  const model = fieldsOf(value.model);
  const target = fieldsOf(value.target);
  const attention = isFields(value.attention) ? value.attention : null;
  const inText = fieldsOf(value.inText);
  const placed = (key: string) => {
    const [units, places] = [value[key], inText[key]];
    const isRead = Array.isArray(places);
    return Array.isArray(units)
      ? list(units).map((one, at) => (isRead ? { ...one, ...spanIn(places[at]) } : one))
      : undefined;
  };
  const tokens = placed("tokens");
  const labels = Array.isArray(model.labels) ? model.labels.map(name) : model.labels;
  const { text, pair = null, output = null, schema, masked, seed, versions, milliseconds } = value;
  return {
    schema,
    text,
    pair,
    output,
    model: { ...model, id: name(model.id), reference, labels },
    prediction: cleaned(value.prediction),
    target: { ...target, label: name(target.label), versus: name(target.versus) },
    tokens,
    words: placed("words"),
    sentences: placed("sentences"),
    masked,
    attributions: list(value.attributions).map((one) => ({ ...one, partial: false, notes: said(one.notes) })),
    attention: attention && {
      layers: attention.layers,
      heads: attention.heads,
      kind: attention.kind,
      ...(attention.stages === undefined ? {} : { stages: attention.stages }),
      // Files of other versions have none.
      lookers: attention.lookers ?? (tokens ?? []).map(() => []),
    },
    measures: list(value.measures).map(({ method, details, ...values }) => ({
      method,
      values: Object.fromEntries(
        Object.entries(values).map(([id, figure]) => {
          const behind = fieldsOf(fieldsOf(details)[id]);
          return [id, { ...behind, notes: said(behind.notes), value: figure }];
        }),
      ),
    })),
    windows: placed("windows"),
    seed,
    warnings: said(value.warnings),
    versions,
    milliseconds,
  };
}

/** A prediction with names of its labels that may be shown. */
function cleaned(value: unknown): unknown {
  return isFields(value)
    ? Object.fromEntries(
        Object.entries(value).map(([key, one]) => [
          key,
          Array.isArray(one)
            ? list(one).map((each) => ({ ...each, ...("label" in each ? { label: name(each.label) } : {}) }))
            : one,
        ]),
      )
    : value;
}

function spanIn(place: unknown): Fields {
  const [start, end] = Array.isArray(place) ? place : [];
  return { start, end };
}

/** Whether all that an explanation points to is there, and every list has as many entries as it must. */
function fits(explanation: Explanation): boolean {
  const { text, pair, output, tokens, words, sentences, masked, windows, attributions, attention, measures } =
    explanation;
  const lengths = [text.length, pair?.length ?? 0, output?.length ?? 0];
  const isPlace = ({ start, end, segment }: Pick<Unit, "start" | "end" | "segment">) =>
    start <= end && end <= (lengths[segment] ?? 0);
  const isToken = (index: number) => index < tokens.length;
  const units = [...words, ...sentences];
  const isOnce = (list: readonly { readonly method: MethodId }[]) =>
    new Set(list.map(({ method }) => method)).size === list.length;
  return (
    windows.length > 0 &&
    isOnce(attributions) &&
    isOnce(measures) &&
    tokens.every((token, at) => token.index === at && isPlace(token)) &&
    units.every((unit) => isPlace(unit) && unit.tokens.every(isToken)) &&
    masked.every(isToken) &&
    (!attention ||
      (attention.lookers.length === tokens.length &&
        attention.lookers
          .flat()
          .every(({ layer, head, query }) => layer < attention.layers && head < attention.heads && isToken(query)))) &&
    windows.every(({ firstToken, endToken }) => firstToken <= endToken && endToken <= tokens.length) &&
    attributions.every(({ scores, standardErrors, specials, pairs = [], units: kind }) => {
      const count = { token: tokens, word: words, sentence: sentences }[kind].length;
      const isWhole = scores.length === count && (standardErrors === null || standardErrors.length === count);
      const isUnit = (place: number) => place < count;
      return (
        isWhole &&
        pairs.every(({ first, second }) => first < second && isUnit(second)) &&
        specials.every(({ token }) => isToken(token))
      );
    })
  );
}
