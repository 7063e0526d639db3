import { isFields, isListOf, isNumber, isText } from "./checks";
import { shortened } from "./cleanWords";
import { ExplainError } from "./errors";
import type { Attribution, Explanation } from "./explanation";
import { type Message, message } from "./message";
import { type MethodId, methodInfo } from "./method";
import { explainedToken, marksOf } from "./prediction/registry";

/** Where words stand in a text that people marked as the reason; UTF-16 offsets. */
export type Rationale = readonly { readonly start: number; readonly end: number }[];

/** What people marked in a text: for each passage that may be asked about, such as an entity, by all places where it stands, or (`null`) for whatever is explained. */
export type Marked = readonly { readonly about: Rationale | null; readonly words: Rationale }[];

/** How well a method's scores find what people marked (DeYoung et al. 2020, section 4.1). */
export interface Plausibility {
  readonly method: MethodId;
  /** F1 of tokens: as many of the highest scores as there are marked tokens, against these. */
  readonly tokenF1: number;
  /** F1 of passages: runs of these tokens, found where half of the union with a marked passage is shared. */
  readonly iouF1: number;
  /** Area under the curve of precision over recall of the scores. */
  readonly auprc: number;
  /** The share of marked tokens: about the area that random scores have. */
  readonly marked: number;
}

/** Code points of a passage that an error shows. */
const longestPassage = 60;

/**
 * What people marked, as a field of an input file says it: what {@link readRationale} reads, or an object of it by the passages that may be asked about; nothing where the line has none (`null`); `null` where it is neither.
 * Throws `input-unreadable` for a passage that is not in the text.
 */
export function readMarked(value: unknown, text: string): Marked | null {
  if (value === null) {
    return [];
  }
  const given = isText(value) && value.trim().startsWith("{") ? parsed(value) : value;
  if (!isFields(given)) {
    const words = readRationale(given, text);
    return words && [{ about: null, words }];
  }
  const found = Object.entries(given).map(([passage, why]) => {
    const words = readRationale(why, text);
    return words && { about: placesOf(passage, text), words };
  });
  return found.every((one) => one !== null) ? found : null;
}

/** All places of a passage in a text. */
function placesOf(passage: string, text: string): Rationale {
  const wanted = passage.trim();
  const places: { start: number; end: number }[] = [];
  for (let start = text.indexOf(wanted); wanted !== "" && start >= 0; start = text.indexOf(wanted, start + 1)) {
    places.push({ start, end: start + wanted.length });
  }
  if (places.length === 0) {
    throw notInText(passage);
  }
  return places;
}

/** What of it is about what an explanation explains: about the passage that shares most with the entity or answer, or the token, that the target is read at; nothing where none does. */
export function rationaleOf(explanation: Explanation, marked: Marked): Rationale {
  const token = explanation.tokens[explainedToken(explanation) ?? -1];
  const isAt = (one: Place) => token?.segment === 0 && shared(one, token) > 0;
  const asked = marksOf(explanation).find(isAt) ?? token;
  const sizes = marked.map(({ about }) =>
    about === null ? 1 : Math.max(0, ...about.map((place) => (asked && isAt(asked) ? shared(place, asked) : 0))),
  );
  const largest = Math.max(0, ...sizes);
  return largest === 0 ? [] : (marked[sizes.indexOf(largest)]?.words ?? []);
}

type Place = Rationale[number];

/** How many characters two places share. */
function shared(a: Place, b: Place): number {
  return Math.max(0, Math.min(a.end, b.end) - Math.max(a.start, b.start));
}

/** What people marked, as a field of an input file says it: a list of [start, end], a list of passages, or passages between `|`; `null` where it is none of these. Empty where nothing is marked. Throws `input-unreadable` for a passage that is not in the text. */
export function readRationale(value: unknown, text: string): Rationale | null {
  const given = isText(value) && value.trim().startsWith("[") ? parsed(value) : value;
  const isPair = (one: unknown): one is [number, number] => isListOf(isNumber)(one) && one.length === 2;
  if (Array.isArray(given) && given.length > 0 && given.every(isPair)) {
    const outside = given.find(([start, end]) => !(start >= 0 && start < end && end <= text.length));
    if (outside) {
      throw notInText(JSON.stringify(outside));
    }
    return given.map(([start, end]) => ({ start, end }));
  }
  const passages = isText(given) ? given.split("|").map((one) => one.trim()) : given;
  if (!isListOf(isText)(passages)) {
    return null;
  }
  let from = 0;
  const found: { start: number; end: number }[] = [];
  for (const passage of passages.filter((one) => one !== "")) {
    const after = text.indexOf(passage, from);
    const start = after < 0 ? text.indexOf(passage) : after;
    if (start < 0) {
      throw notInText(passage);
    }
    from = start + passage.length;
    found.push({ start, end: from });
  }
  return found;
}

function notInText(passage: string): ExplainError {
  return new ExplainError(
    "input-unreadable",
    "What people marked in the line is not in its text: “{0}”. Give passages as the text has them.",
    shortened(passage, longestPassage),
  );
}

function parsed(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

const isMeasurable = ({ partial, units }: Attribution) => !partial && units === "token";

/** The tokens that scores are compared at, and which of them people marked. */
function markedTokens({ tokens }: Pick<Explanation, "tokens">, rationale: Rationale) {
  const own = tokens.filter(({ special, segment }) => !special && segment === 0);
  const marked = own.map(({ start, end }) => rationale.some((range) => start < range.end && range.start < end));
  return { own, marked, count: marked.filter(Boolean).length };
}

/** Why nothing is compared with what people marked for what is explained; `null` where something is, or nothing was marked. */
export function whyNotCompared(explanation: Explanation, rationale: Rationale): Message | null {
  if (rationale.length === 0) {
    return null;
  }
  const { own, count } = markedTokens(explanation, rationale);
  if (count === 0) {
    return message("No token of the text lies in what people marked: nothing is compared with it.");
  }
  if (count === own.length) {
    return message("People marked the whole text: nothing is compared with it.");
  }
  return explanation.attributions.some(isMeasurable)
    ? null
    : message("What people marked is compared with scores of tokens: choose units of tokens.");
}

/** How well each finished method that scores tokens finds what people marked; none where they marked no token, or all. */
export function plausibilityOf(explanation: Explanation, rationale: Rationale): Plausibility[] {
  const { own, marked, count } = markedTokens(explanation, rationale);
  if (count === 0 || count === own.length) {
    return [];
  }
  return explanation.attributions.filter(isMeasurable).map(({ method, scores }) => {
    const values = own.map(({ index }) => scores[index] ?? 0);
    const sized = methodInfo(method).scores === "signed" ? values : values.map(Math.abs);
    const order = sized.map((_, at) => at).sort((a, b) => (sized[b] ?? 0) - (sized[a] ?? 0) || a - b);
    const chosen = new Set(order.slice(0, count));
    const picked = sized.map((_, at) => chosen.has(at));
    return {
      method,
      tokenF1: picked.filter((is, at) => is && marked[at]).length / count,
      iouF1: passageF1(runsOf(picked), runsOf(marked)),
      auprc: areaUnderPrecision(sized, marked),
      marked: count / own.length,
    };
  });
}

type Run = readonly [start: number, end: number];

/** Runs of what is true, ends exclusive. */
function runsOf(flags: readonly boolean[]): Run[] {
  const runs: [number, number][] = [];
  flags.forEach((flag, at) => {
    const last = runs.at(-1);
    if (flag && last?.[1] === at) {
      last[1] = at + 1;
    } else if (flag) {
      runs.push([at, at + 1]);
    }
  });
  return runs;
}

const leastShared = 0.5;

function passageF1(found: readonly Run[], marked: readonly Run[]): number {
  const meets = (a: Run, b: Run) => {
    const shared = Math.min(a[1], b[1]) - Math.max(a[0], b[0]);
    return shared > 0 && shared / (a[1] - a[0] + b[1] - b[0] - shared) >= leastShared;
  };
  const hits = found.filter((one) => marked.some((other) => meets(one, other))).length;
  const [precision, recall] = [hits / found.length, hits / marked.length];
  return hits === 0 ? 0 : (2 * precision * recall) / (precision + recall);
}

/** The area under precision over recall by trapezoids, equal scores at once, beginning with precision 1 at recall 0. */
function areaUnderPrecision(scores: readonly number[], marked: readonly boolean[]): number {
  const total = marked.filter(Boolean).length;
  const thresholds = [...new Set(scores)].sort((a, b) => b - a);
  let [area, recall, precision] = [0, 0, 1];
  for (const threshold of thresholds) {
    const chosen = scores.flatMap((score, at) => (score >= threshold ? [marked[at] === true] : []));
    const hits = chosen.filter(Boolean).length;
    const [nextRecall, nextPrecision] = [hits / total, hits / chosen.length];
    area += ((nextRecall - recall) * (nextPrecision + precision)) / 2;
    [recall, precision] = [nextRecall, nextPrecision];
  }
  return area;
}
