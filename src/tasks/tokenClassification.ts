import { cleanName } from "../common/cleanWords";
import { ExplainError } from "../common/errors";
import { meanValue } from "../common/moments";
import type { EntitiesPrediction, Entity } from "../common/prediction/entities";
import { outsideLabel, tagsOf } from "./bio";
import { classProbabilities } from "./classification";
import { comparedWithItself } from "./contrast";
import { argmax, type FoundEntity, findEntities } from "./entities";
import { findLabel } from "./labels";
import type { Target } from "./target";
import type { ReadText, TaskHead, TaskKind, TaskQuestion, WindowOutputs } from "./task";

/** Labels of tokens, such as named entities: the target is the logit of an entity's label rather than of being outside, the mean over its tokens. */
export const tokenClassification: TaskKind = {
  detects: ({ architecture }) => architecture !== null && /ForTokenClassification$/.test(architecture),
  fits: (width) => width > 1,
  flags: () => ["aggregation"],
  isLabelled: true,
  gives: () => "softmax",
  places: ({ tokens }) => tokens.flatMap(({ index, special, segment }) => (special || segment !== 0 ? [] : [index])),
  predict(head, read, question): EntitiesPrediction {
    const rows = rowsOf(read, head.labels.length);
    const probabilities = probabilitiesOf(rows, head);
    return {
      kind: "entities",
      position: question.position,
      entities: entitiesIn(read, head, question, rows).map((found, index) => entityOf(found, index, read, rows)),
      tokens: [...probabilities].map(([token, of]) => {
        const label = argmax(of);
        return { token, label: head.labels[label] ?? String(label), probability: of[label] ?? 0 };
      }),
    };
  },
  target(head, question, _, read) {
    const rows = rowsOf(read, head.labels.length);
    const asked = askedFor(head, question, read, rows);
    const window = windowOf(read, asked[0]?.token ?? 0);
    // A target is read in one run.
    const deciding = asked.filter(({ token }) => window?.at.includes(token));
    const { name, versus, pairs } = comparisons(deciding, head, question, rows);
    const isCompared = pairs.every(({ other }) => other !== null);
    const usual = { position: null, target: null, versus: null };
    const others = entitiesIn(read, head, question, rows)
      .filter((entity) => entity.deciding.every(({ token }) => window?.at.includes(token)))
      .map((entity) => readsOf(comparisons(entity.deciding, head, { ...question, ...usual }, rows).pairs, head));
    return {
      ...readsOf(pairs, head),
      ...(others.length > 1 ? { beside: others } : {}),
      link: isCompared ? "sigmoid" : pairs.length === 1 ? "softmax" : "identity",
      kind: isCompared ? "log-odds" : "logit",
      label: name,
      versus,
    } satisfies Target;
  },
};

/** What a token is read for, and against what. */
interface Pair {
  readonly token: number;
  readonly label: number;
  readonly other: number | null;
}

/** The mean over tokens of what is compared at each. */
function readsOf(pairs: readonly Pair[], { labels }: TaskHead): Pick<Target, "at" | "reads"> {
  const weight = 1 / pairs.length;
  return {
    at: pairs.map(({ token }) => token),
    reads: pairs.flatMap(({ label, other }, slot) => [
      { index: slot * labels.length + label, weight },
      ...(other === null ? [] : [{ index: slot * labels.length + other, weight: -weight }]),
    ]),
  };
}

/** The logits at each token, from the window in whose middle it is most. */
type Rows = ReadonlyMap<number, readonly number[]>;

function rowsOf(read: ReadText, width: number): Rows {
  return new Map(
    read.tokens.flatMap(({ index }) => {
      const window = windowOf(read, index);
      const slot = window?.at.indexOf(index) ?? -1;
      return window && slot >= 0
        ? [[index, Array.from({ length: width }, (_, at) => window.outputs[slot * width + at] ?? 0)] as const]
        : [];
    }),
  );
}

function windowOf({ windows }: ReadText, token: number): WindowOutputs | undefined {
  return windows
    .filter(({ at }) => at.includes(token))
    .reduce<WindowOutputs | undefined>(
      (best, window) => ((best?.weights[token] ?? -1) >= (window.weights[token] ?? 0) ? best : window),
      undefined,
    );
}

function probabilitiesOf(rows: Rows, { gives }: TaskHead): ReadonlyMap<number, readonly number[]> {
  return new Map([...rows].map(([token, logits]) => [token, classProbabilities(logits, gives)]));
}

function entitiesIn(
  read: ReadText,
  head: TaskHead,
  { aggregation = "first" }: TaskQuestion,
  rows: Rows,
): FoundEntity[] {
  const tokens = read.tokens.flatMap((token) => {
    const logits = rows.get(token.index);
    return logits
      ? [
          {
            token,
            continues: head.vocabulary.continues(token, read.text),
            probabilities: classProbabilities(logits, head.gives),
          },
        ]
      : [];
  });
  return findEntities(tokens, head.labels, aggregation);
}

function entityOf(
  { name, probability, tokens, deciding }: FoundEntity,
  index: number,
  { text, tokens: all }: ReadText,
  rows: Rows,
): Entity {
  const [start, end] = [all[tokens[0] ?? 0]?.start ?? 0, all[tokens.at(-1) ?? 0]?.end ?? 0];
  const logit = meanValue(deciding.map(({ token, label }) => rows.get(token)?.[label] ?? 0));
  return { index, label: name, logit, probability, start, end, text: text.slice(start, end), tokens };
}

/** A token with the label that is explained there. */
type Asked = FoundEntity["deciding"][number];

/**
 * What is asked about: the entity at the position or of the label, the most probable one; where there is none, the token alone, or the one that is most likely to be such.
 */
function askedFor(head: TaskHead, question: TaskQuestion, read: ReadText, rows: Rows): readonly Asked[] {
  const { position, target } = question;
  if (position !== null && !rows.has(position)) {
    throw new ExplainError(
      "request-invalid",
      "There is no token {0} in the text. Choose the index of a token that is no special one.",
      position,
    );
  }
  const entities = entitiesIn(read, head, question, rows)
    .filter(({ tokens }) => position === null || tokens.includes(position))
    .toSorted((a, b) => b.probability - a.probability);
  const wanted = target === null ? null : labelsNamed(target, head.labels);
  const found = entities.find(({ deciding }) => wanted === null || deciding.some(({ label }) => wanted.has(label)));
  if (found) {
    return found.deciding;
  }
  const possible = wanted ?? new Set(head.labels.flatMap((name, label) => (name === outsideLabel ? [] : [label])));
  const choices = [...rows].flatMap(([token, logits]) => {
    const probabilities = classProbabilities(logits, head.gives);
    return position === null || token === position
      ? [...possible].map((label) => ({ token, label, probability: probabilities[label] ?? 0 }))
      : [];
  });
  return choices.toSorted((a, b) => b.probability - a.probability).slice(0, 1);
}

/** What is compared at each token: its label with being outside, or with the one that is asked for. */
function comparisons(
  asked: readonly Asked[],
  { labels }: TaskHead,
  { target, versus }: TaskQuestion,
  rows: Rows,
): {
  readonly name: string;
  readonly versus: string | null;
  readonly pairs: readonly Pair[];
} {
  const tags = tagsOf(labels);
  const outside = labels.indexOf(outsideLabel);
  const others = versus === null ? null : labelsNamed(versus, labels);
  const pairs = asked.map(({ token, label }) => {
    const alike = [...(others ?? [])].filter((other) => tags[other]?.place === tags[label]?.place);
    const among = alike.length > 0 ? alike : [...(others ?? [])];
    const [best = null] = among.toSorted((a, b) => (rows.get(token)?.[b] ?? 0) - (rows.get(token)?.[a] ?? 0));
    return { token, label, other: versus === null ? (outside >= 0 && outside !== label ? outside : null) : best };
  });
  const [first] = pairs;
  const name =
    target !== null && labels.includes(cleanName(target)) ? cleanName(target) : (tags[first?.label ?? 0]?.name ?? "");
  const other = first?.other ?? null;
  if (pairs.some((pair) => pair.label === pair.other)) {
    throw comparedWithItself(name);
  }
  return { name, versus: other === null ? null : (tags[other]?.name ?? null), pairs };
}

/** The labels that a name means: of an entity all there are of it, or one as the model has it. */
function labelsNamed(name: string, labels: readonly string[]): ReadonlySet<number> {
  const wanted = cleanName(name).toLowerCase();
  const named = tagsOf(labels).flatMap((tag, label) => (tag.name.toLowerCase() === wanted ? [label] : []));
  return named.length > 0 ? new Set(named) : new Set([findLabel(labels, name)]);
}
