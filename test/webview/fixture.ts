import { studyText, summarise } from "../../src/common/attentionStudy";
import type {
  Attribution,
  Explanation,
  Looker,
  Measured,
  MeasuredMethod,
  Token,
  Unit,
} from "../../src/common/explanation";
import type { AttentionOverview, AttentionProfile, HeadFigures, HeadMatrix } from "../../src/common/look";
import { message } from "../../src/common/message";
import type { PanelPlan, PanelStudy } from "../../src/common/panelProtocol";
import { outcomesOf, type Prediction } from "../../src/common/prediction/registry";
import { distanceSteps, headProfiles, weightSteps } from "../../src/methods/headProfiles";
import { matrixFigures } from "../../webview/pictures/attentionMath";
import { classesPrediction, numberPrediction } from "../support/predictions";

/**
 * Explanations and heads for tests of the panel: made up here, not by a model. The first sentence has the scores LIME gave for it in a
 * trial; all attention is pseudo-random with the shapes that heads are known to have.
 */
export const fixtureLayers = 6;

/** Heads of a layer of the fixture. */
export const fixtureHeads = 12;

/** The sentence most tests use. */
const fixtureText =
  "A gorgeous, witty and seductive movie, though its unsubtle ending never quite earns the tears it asks for.";

const pieces: readonly (readonly [string, number])[] = [
  ["A", 0.023],
  ["gorgeous", 0.151],
  [",", 0.022],
  ["witty", 0.144],
  ["and", 0.006],
  ["seductive", 0.082],
  ["movie", -0.004],
  [",", 0.011],
  ["though", -0.012],
  ["its", 0.017],
  ["un", 0.004],
  ["##su", -0.011],
  ["##bt", -0.006],
  ["##le", -0.016],
  ["ending", -0.024],
  ["never", -0.053],
  ["quite", -0.048],
  ["earn", -0.018],
  ["##s", -0.009],
  ["the", 0.001],
  ["tears", 0.026],
  ["it", -0.003],
  ["asks", 0.008],
  ["for", -0.005],
  [".", 0.012],
];

/** A random number generator that gives the same numbers every time (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** Tokens of `text` for pieces that occur in it in order, between the two special tokens. */
function tokensFor(text: string, spellings: readonly string[]): Token[] {
  let position = 0;
  const content = spellings.map((piece, index): Token => {
    const bare = piece.replace(/^##/, "");
    const start = text.indexOf(bare, position);
    position = start + bare.length;
    return { index: index + 1, id: 1000 + index, piece, text: bare, start, end: position, special: false, segment: 0 };
  });
  const special = (index: number, id: number, piece: string, at: number): Token => ({
    index,
    id,
    piece,
    text: "",
    start: at,
    end: at,
    special: true,
    segment: 0,
  });
  return [special(0, 101, "[CLS]", 0), ...content, special(content.length + 1, 102, "[SEP]", text.length)];
}

function wordsOf(tokens: readonly Token[]): Unit[] {
  const words: { start: number; end: number; segment: 0; tokens: number[] }[] = [];
  for (const token of tokens) {
    const last = words.at(-1);
    if (token.special) {
      continue;
    }
    if (last && token.piece.startsWith("##")) {
      last.end = token.end;
      last.tokens.push(token.index);
    } else {
      words.push({ start: token.start, end: token.end, segment: 0, tokens: [token.index] });
    }
  }
  return words;
}

function sentencesOf(text: string, tokens: readonly Token[]): Unit[] {
  const ends = [...text.matchAll(/[.!?](?=\s|$)/g)].map((match) => match.index + 1);
  const stops = ends.at(-1) === text.length ? ends : [...ends, text.length];
  return stops.flatMap((end, index) => {
    const inside = tokens.filter(
      (token) => !token.special && token.end <= end && token.start >= (stops[index - 1] ?? 0),
    );
    const first = inside[0];
    return first ? [{ start: first.start, end, segment: 0 as const, tokens: inside.map((token) => token.index) }] : [];
  });
}

function attribution(change: Partial<Attribution> & Pick<Attribution, "method" | "scores">): Attribution {
  return {
    units: "token",
    specials: [],
    standardErrors: null,
    scale: "probability",
    baseValue: null,
    fullValue: null,
    parameters: {},
    quality: {},
    converged: null,
    partial: false,
    notes: [],
    evaluations: 1,
    milliseconds: 12,
    ...change,
  };
}

/** What a made-up explanation is made from. */
export interface FixtureOptions {
  readonly text: string;
  readonly spellings: readonly string[];
  readonly scores: readonly number[];
  readonly prediction?: Prediction;
}

const sentiment = classesPrediction(
  { index: 1, label: "positive", logit: 3.4, probability: 0.998 },
  { index: 0, label: "negative", logit: -2.74, probability: 0.002 },
);

/** A complete explanation with LIME, leave one out and rollout. */
export function makeExplanation({ text, spellings, scores, prediction = sentiment }: FixtureOptions): Explanation {
  const tokens = tokensFor(text, spellings);
  const random = randomFrom(7);
  const own = [0, ...scores, 0];
  const attention = tokens.map(() => 0.01 + 0.08 * random() ** 3);
  const lookers = tokens.map((): Looker[] => [
    { layer: 3, head: 6, query: Math.min(7, tokens.length - 1), weight: 0.3 },
  ]);
  const total = scores.reduce((sum, score) => sum + score, 0);
  const outcomes = outcomesOf(prediction);
  const top = outcomes[0];
  return {
    schema: 2,
    text,
    pair: null,
    output: null,
    model: {
      id: "sentiment",
      reference: { directory: "models/sentiment", file: null },
      file: "onnx/model.onnx",
      task: "text-classification",
      sha256: "fixture",
      labels: outcomes.map(({ label }) => label),
    },
    prediction,
    target: {
      label: top?.label ?? "",
      versus: null,
      position: null,
      kind: "logit",
      value: top?.logit ?? 0,
      baselineValue: 0.164,
    },
    tokens,
    words: wordsOf(tokens),
    sentences: sentencesOf(text, tokens),
    masked: [],
    attributions: [
      attribution({
        method: "lime",
        scores: own,
        standardErrors: own.map((score) => (score === 0 ? 0 : 0.004 + 0.003 * random())),
        baseValue: 0.95 - total,
        fullValue: top?.probability ?? 0,
        quality: { r2: 0.74 },
        converged: true,
        evaluations: 640,
        milliseconds: 1900,
      }),
      attribution({
        method: "occlusion",
        scores: own.map((score) => score * 4.1 + (score === 0 ? 0 : 0.05 * (random() - 0.5))),
        scale: "logit",
        evaluations: spellings.length + 1,
      }),
      attribution({ method: "rollout", scores: attention, scale: "attention" }),
    ],
    attention: { layers: fixtureLayers, heads: fixtureHeads, kind: "self", lookers },
    measures: [],
    windows: [{ start: 0, end: text.length, firstToken: 1, endToken: tokens.length - 1 }],
    seed: 0,
    warnings: [],
    versions: { explainWithTransformer: "0.1.0", onnxruntime: "1.30.0" },
    milliseconds: 1920,
  };
}

/** The explanation of {@link fixtureText}. */
export function sentenceExplanation(): Explanation {
  return makeExplanation({
    text: fixtureText,
    spellings: pieces.map(([piece]) => piece),
    scores: pieces.map(([, score]) => score),
  });
}

/** {@link sentenceExplanation} with a measure of each method and of random scores. */
export function comparedExplanation(): Explanation {
  const figure = (value: number): Measured => ({
    value,
    spread: null,
    curve: { x: [0.01, 0.05, 0.1, 0.2, 0.5], y: [0.2, 0.5, 0.9, 1.2, 2.2].map((share) => share * value) },
    scale: "probability",
    evaluations: 6,
    notes: [],
  });
  const measured = (
    method: MeasuredMethod["method"],
    comprehensiveness: number,
    sufficiency: number,
  ): MeasuredMethod => ({
    method,
    values: { comprehensiveness: figure(comprehensiveness), sufficiency: figure(sufficiency) },
  });
  const measures = [
    measured("lime", 0.61, 0.02),
    measured("occlusion", 0.52, 0.05),
    measured("rollout", 0.17, 0.22),
    measured("random", 0.09, 0.31),
  ];
  return { ...sentenceExplanation(), measures };
}

/** {@link sentenceExplanation} with all methods that tell whether attention is an explanation; its attention has the order of gradient × input, and no other. */
export function studiedExplanation(): Explanation {
  const explanation = sentenceExplanation();
  const random = randomFrom(23);
  const specials = [
    { token: 0, score: 0.2 },
    { token: explanation.tokens.length - 1, score: 0.1 },
  ];
  const weights = explanation.tokens.map(({ special }) => (special ? 0 : random()));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const scores = weights.map((weight) => (0.7 * weight) / total);
  return {
    ...explanation,
    attributions: [
      ...explanation.attributions.map((one) => (one.method === "rollout" ? { ...one, specials } : one)),
      attribution({ method: "attention", scores, specials, scale: "attention" }),
      attribution({ method: "gradientXInput", scores: scores.map((score, at) => (at % 2 ? -9 : 9) * score) }),
    ],
  };
}

/** The study of a file of 50 texts, of which so many are finished: halves of which attention agrees with what matters, and hardly does. */
export function fileStudy(change: Partial<PanelStudy> = {}): PanelStudy {
  const texts = Array.from({ length: 18 }, (_, at) => {
    const { attributions, ...rest } = studiedExplanation();
    const random = randomFrom(at);
    const noisy = attributions.map((one) => ({
      ...one,
      scores: one.scores.map((score) => score * (1 + random() * (at % 2 === 0 ? 4 : 0.1))),
    }));
    const label = at % 2 === 0 ? "positive" : "negative";
    const profile = fixtureProfile(rest.tokens.map(({ special }) => special));
    const changes = {
      shuffles: 20,
      shuffledLast: 0.005,
      shuffledAll: 0.012,
      divergence: 0.61,
      movedByOther: 0.004,
      evaluations: 48,
    };
    return { ...studyText({ ...rest, attributions: noisy }, profile, changes), label };
  });
  return {
    source: "reviews.csv, column text",
    total: 50,
    failed: 0,
    why: null,
    isRunning: false,
    remainingMilliseconds: null,
    study: summarise(texts),
    ...change,
  };
}

/** How the heads look at the fixture's texts. */
export function fixtureProfile(special: readonly boolean[]): AttentionProfile {
  return {
    distances: distanceSteps(special.length),
    weights: weightSteps,
    heads: Array.from({ length: fixtureLayers * fixtureHeads }, (_, at) => {
      const [layer, head] = [Math.floor(at / fixtureHeads), at % fixtureHeads];
      const matrix = makeHead(layer, head, special.length);
      return headProfiles({ heads: 1, ...matrix }, layer, special).map((profile) => ({ ...profile, head }));
    }).flat(),
  };
}

/** What the methods that the fixture has not run would take. */
export const fixturePlan: PanelPlan = {
  methods: [
    { method: "lime", evaluations: 1000, why: null },
    { method: "partitionShap", evaluations: 420, why: null },
    { method: "attention", evaluations: 0, why: null },
    { method: "gradientXInput", evaluations: 1, why: null },
    { method: "deepLift", evaluations: null, why: message("The model has no gradients.") },
  ],
  measuring: 210,
  checking: 3000,
};

/** An explanation of a text as long as a model's window: `count` tokens with the special ones. */
export function longExplanation(count: number): Explanation {
  const random = randomFrom(11);
  const vocabulary = ["film", "plot", "never", "a", "warm", "scene", "the", "of", "tender", "dull", "and", "camera"];
  const spellings = Array.from({ length: count - 2 }, (_, index) =>
    index % 17 === 16 ? "." : (vocabulary[Math.floor(random() * vocabulary.length)] ?? "a"),
  );
  const text = spellings.join(" ").replaceAll(" .", ".");
  return makeExplanation({ text, spellings, scores: spellings.map(() => (random() - 0.45) ** 3) });
}

/** An explanation with many classes. */
export function manyClassesExplanation(): Explanation {
  const names = [
    "joy",
    "anger",
    "fear",
    "sadness",
    "surprise",
    "love",
    "pride",
    "relief",
    "envy",
    "shame",
    "awe",
    "calm",
  ];
  const weights = names.map((_, index) => Math.exp(2.4 - 0.6 * index));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const prediction = names.map((label, index) => ({
    index,
    label,
    logit: 2.4 - 0.6 * index,
    probability: (weights[index] ?? 0) / total,
  }));
  return {
    ...sentenceExplanation(),
    prediction: classesPrediction(...prediction),
    target: { ...sentenceExplanation().target, label: "joy" },
  };
}

/** An explanation of a model that gives one number. */
export function numberExplanation(): Explanation {
  const explanation = sentenceExplanation();
  const score = { index: 0, label: "score", logit: -1.2345, probability: null };
  return {
    ...explanation,
    model: { ...explanation.model, labels: ["score"] },
    prediction: numberPrediction(score),
    target: { ...explanation.target, label: "score", kind: "number", value: score.logit },
    attributions: explanation.attributions.map((one) => ({
      ...one,
      scale: one.scale === "attention" ? one.scale : "number",
    })),
  };
}

/** An explanation of right-to-left text with a line end in it and Latin words between. */
export function rightToLeftExplanation(): Explanation {
  const spellings = ["فيلم", "رائع", "Casablanca", "1942", "و", "##ممتع", ".", "لكن", "النهاية", "ضعيفة", "."];
  return makeExplanation({
    text: "فيلم رائع Casablanca 1942 وممتع.\nلكن النهاية ضعيفة.",
    spellings,
    scores: [0.01, 0.22, 0.03, -0.01, 0.0, 0.14, 0.01, -0.06, -0.03, -0.18, 0.0],
  });
}

/** Warnings and notes as an explanation can have them. */
export function withRemarks(explanation: Explanation): Explanation {
  return {
    ...explanation,
    warnings: [message("The text is longer than the model reads at once: {0} overlapping parts were explained.", 2)],
    attributions: explanation.attributions.map((entry) =>
      entry.method === "lime"
        ? {
            ...entry,
            converged: false,
            notes: [message("Stopped at {0} evaluations before the errors were small.", 1000)],
          }
        : entry,
    ),
  };
}

/** The same explanation read in two overlapping windows. */
export function withTwoWindows(explanation: Explanation): Explanation {
  const last = explanation.tokens.length - 1;
  const at = (token: number): number => explanation.tokens[token]?.start ?? 0;
  return {
    ...explanation,
    windows: [
      { start: 0, end: at(16), firstToken: 1, endToken: 16 },
      { start: at(11), end: explanation.text.length, firstToken: 11, endToken: last },
    ],
  };
}

/** One head over `count` tokens, of which the first and the last are special: rows sum to 1. */
export function makeHead(layer: number, head: number, count: number): HeadMatrix {
  const random = randomFrom(1 + layer * 100 + head);
  const values = new Float32Array(count * count);
  const kind = (layer * 5 + head * 3) % 7;
  const liked = Array.from({ length: count }, () => random() ** 6 * 6);
  for (let query = 0; query < count; query++) {
    const row = values.subarray(query * count, (query + 1) * count);
    row.forEach((_, key) => {
      const apart = key - query;
      const near =
        kind === 0 ? Math.exp(-Math.abs(apart + 1) * 2) * 30 : kind < 3 ? Math.exp(-Math.abs(apart) / 3) * 6 : 0;
      const onSpecial = key === 0 ? 2 + layer * 2 : key === count - 1 ? 1 + 2 * random() : 0;
      row[key] = 0.2 * random() + near + (kind > 3 ? (liked[key] ?? 0) * (0.5 + random()) : 0) + onSpecial;
    });
    const total = row.reduce((sum, value) => sum + value, 0);
    row.forEach((value, key) => {
      row[key] = value / total;
    });
  }
  return { queries: count, keys: count, values };
}

/** The mean of several matrices of the same size. */
export function meanMatrix(matrices: readonly HeadMatrix[]): HeadMatrix {
  const [first] = matrices;
  const values = new Float32Array(first?.values.length ?? 0);
  for (const matrix of matrices) {
    matrix.values.forEach((value, index) => {
      values[index] = (values[index] ?? 0) + value / matrices.length;
    });
  }
  return { queries: first?.queries ?? 0, keys: first?.keys ?? 0, values };
}

/** All heads at thumbnail size, as the engine summarises them: the largest value under each pixel. */
export function makeOverview(special: readonly boolean[]): AttentionOverview {
  const count = special.length;
  const side = Math.min(48, count);
  const total = fixtureLayers * fixtureHeads;
  const thumbnails = new Uint8Array(total * side * side);
  const maximum = new Float32Array(total);
  const figures: HeadFigures[] = [];
  for (let index = 0; index < total; index++) {
    const layer = Math.floor(index / fixtureHeads);
    const matrix = makeHead(layer, index % fixtureHeads, count);
    const largest = matrix.values.reduce((most, value) => Math.max(most, value), 0);
    maximum[index] = largest;
    matrix.values.forEach((value, cell) => {
      const row = Math.floor((Math.floor(cell / count) * side) / count);
      const column = Math.floor(((cell % count) * side) / count);
      const pixel = (index * side + row) * side + column;
      thumbnails[pixel] = Math.max(thumbnails[pixel] ?? 0, Math.round((value / largest) * 255));
    });
    figures.push({ layer, head: index % fixtureHeads, ...matrixFigures(matrix, special) });
  }
  return { layers: fixtureLayers, heads: fixtureHeads, side, thumbnails, maximum, figures };
}

/** The attribution of a method that an explanation must have. */
export function methodOf({ attributions }: Pick<Explanation, "attributions">, name: string): Attribution {
  const found = attributions.find(({ method }) => method === name);
  if (!found) {
    throw new Error(`The explanation has no ${name}.`);
  }
  return found;
}
