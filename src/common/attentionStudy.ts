import { ExplainError } from "./errors";
import { type Attribution, attributionOf, type Explanation, specialTotal } from "./explanation";
import { kendallTau, type RankCorrelation } from "./kendall";
import type { AttentionChanges, AttentionProfile } from "./look";
import type { Message } from "./message";
import { attentionMethods, type MethodId } from "./method";
import { deviation, meanValue, median } from "./moments";
import type { RequestOptions } from "./options";
import { outcomesOf } from "./prediction/registry";
import { averageProfile, withProfile } from "./profileMean";

/** Whose orders of words are compared: attention, and what tells how much a word matters to the model. The last two are the yardstick. */
const compared = [
  ["attention", "gradientXInput"],
  ["attention", "occlusion"],
  ["rollout", "gradientXInput"],
  ["rollout", "occlusion"],
  ["gradientXInput", "occlusion"],
] as const satisfies readonly (readonly [MethodId, MethodId])[];

/** The methods that an explanation must have to be studied, each by token. */
export const studiedMethods: readonly MethodId[] = [...new Set(compared.flat())];

/** Two methods whose orders of words are compared. */
interface Pair {
  readonly first: MethodId;
  readonly second: MethodId;
}

/** Whether attention explains one text: what Jain and Wallace 2019 look at. */
export interface TextStudy {
  /** What was predicted. */
  readonly label: string;
  /** Kendall's τ-b of the sizes of the scores of the text's own tokens; pairs of which it cannot be told are left out. */
  readonly pairs: readonly (Pair & RankCorrelation)[];
  /** The share of attention that the model's reading token gives to special tokens, by attention method. */
  readonly specials: readonly { readonly method: MethodId; readonly share: number }[];
  readonly profile: AttentionProfile;
  /** What other attention does to the prediction, or why that is not known; `null` where nobody asked. */
  readonly changes: AttentionChanges | Message | null;
}

/** How two methods agree over some texts. */
export interface PairSummary extends Pair {
  /** Of how many texts it can be told. */
  readonly texts: number;
  readonly mean: number;
  /** Standard deviation over the texts; 0 of a single one. */
  readonly deviation: number;
  /** The share of texts with p ≤ .05. */
  readonly significant: number;
}

/** {@link TextStudy} over all texts of a file. */
export interface AttentionStudy {
  readonly texts: number;
  /** Of all texts together. */
  readonly pairs: readonly PairSummary[];
  /** By what was predicted, in the order in which the predictions first come. */
  readonly classes: readonly {
    readonly label: string;
    readonly texts: number;
    readonly pairs: readonly PairSummary[];
  }[];
  readonly specials: TextStudy["specials"];
  /** Means over the texts. */
  readonly profile: AttentionProfile;
  /** Medians over the texts of which it is known, and the runs of all; `null` where it is known of none. */
  readonly changes: (AttentionChanges & { readonly texts: number }) | null;
  /** Why it is not known of a text. */
  readonly unchanged: Message | null;
}

/** Studies one text whose explanation has {@link studiedMethods}. Throws `method-unavailable` where one of them is missing. */
export function studyText(
  explanation: Explanation,
  profile: AttentionProfile,
  changes: TextStudy["changes"] = null,
): TextStudy {
  const masked = new Set(explanation.masked);
  const own = explanation.tokens.filter(({ special, index }) => !special && !masked.has(index));
  const found = new Map(studiedMethods.map((method) => [method, studied(explanation, method)]));
  const sizes = (method: MethodId) => own.map(({ index }) => Math.abs(found.get(method)?.scores[index] ?? 0));
  return {
    label: outcomesOf(explanation.prediction)[0]?.label ?? "",
    pairs: compared.flatMap(([first, second]) => {
      const correlation = kendallTau(sizes(first), sizes(second));
      return correlation ? [{ first, second, ...correlation }] : [];
    }),
    specials: [...found.values()].flatMap((attribution) => {
      const special = specialTotal(attribution);
      const all = attribution.scores.reduce((sum, score) => sum + score, special);
      return attentionMethods.includes(attribution.method)
        ? [{ method: attribution.method, share: special / all }]
        : [];
    }),
    profile,
    changes,
  };
}

function studied(explanation: Explanation, method: MethodId): Attribution {
  const found = attributionOf(explanation, method);
  if (!found) {
    throw new ExplainError(
      "method-unavailable",
      "Whether attention explains this model cannot be told: it has no attention or no gradients. Choose another model.",
    );
  }
  return found;
}

/** The options of an explanation that can be studied. */
export function studyOptions(options: RequestOptions): RequestOptions {
  return { ...options, methods: studiedMethods, choose: "given", measures: [], units: "token", layer: null };
}

/** Studies of texts that come one after the other: no more is kept of each than its few figures. */
export class AttentionStudies {
  readonly #texts: Omit<TextStudy, "profile">[] = [];
  #profile = averageProfile([]);
  #summary: AttentionStudy | null = null;

  /** Takes one more text in. */
  add({ profile, ...figures }: TextStudy): void {
    this.#profile = withProfile(this.#profile, profile, this.#texts.length);
    this.#texts.push(figures);
    this.#summary = null;
  }

  /** All of them together; `null` of none. */
  get summary(): AttentionStudy | null {
    this.#summary ??= this.#texts.length === 0 ? null : together(this.#texts, this.#profile);
    return this.#summary;
  }
}

/** Puts the studies of some texts together; there must be at least one. */
export function summarise(studies: readonly TextStudy[]): AttentionStudy {
  return together(studies, averageProfile(studies.map(({ profile }) => profile)));
}

function together(studies: readonly Omit<TextStudy, "profile">[], profile: AttentionProfile): AttentionStudy {
  const labels = [...new Set(studies.map(({ label }) => label))];
  const methods = studies[0]?.specials.map(({ method }) => method) ?? [];
  return {
    texts: studies.length,
    pairs: pairSummaries(studies),
    classes: labels.map((label) => {
      const own = studies.filter((study) => study.label === label);
      return { label, texts: own.length, pairs: pairSummaries(own) };
    }),
    specials: methods.map((method) => ({
      method,
      share: meanValue(studies.flatMap(({ specials }) => specials.find((one) => one.method === method)?.share ?? [])),
    })),
    profile,
    ...changesOver(studies),
  };
}

function changesOver(studies: readonly Pick<TextStudy, "changes">[]): Pick<AttentionStudy, "changes" | "unchanged"> {
  const answers = studies.flatMap(({ changes }) => changes ?? []);
  const known = answers.flatMap((one) => ("template" in one ? [] : [one]));
  const [unchanged = null] = answers.flatMap((one) => ("template" in one ? [one] : []));
  const changes = known.length === 0 ? null : { ...togetherChanges(known, median), texts: known.length };
  return { changes, unchanged };
}

/** What other attention does in several texts, or windows of one, and in how many runs; `middle` is what stands for all. */
export function togetherChanges(
  list: readonly AttentionChanges[],
  middle: (values: readonly number[]) => number,
): AttentionChanges {
  const over = (of: (changes: AttentionChanges) => number) => middle(list.map(of));
  return {
    shuffles: list[0]?.shuffles ?? 0,
    shuffledLast: over(({ shuffledLast }) => shuffledLast),
    shuffledAll: over(({ shuffledAll }) => shuffledAll),
    divergence: over(({ divergence }) => divergence),
    movedByOther: over(({ movedByOther }) => movedByOther),
    evaluations: list.reduce((sum, { evaluations }) => sum + evaluations, 0),
  };
}

function pairSummaries(studies: readonly Pick<TextStudy, "pairs">[]): PairSummary[] {
  return compared.flatMap(([first, second]) => {
    const found = studies.flatMap(({ pairs }) =>
      pairs.filter((pair) => pair.first === first && pair.second === second),
    );
    if (found.length === 0) {
      return [];
    }
    const taus = found.map(({ tau }) => tau);
    return [
      {
        first,
        second,
        texts: found.length,
        mean: meanValue(taus),
        deviation: deviation(taus),
        significant: found.filter(({ p }) => p <= 0.05).length / found.length,
      },
    ];
  });
}
