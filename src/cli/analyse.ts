import {
  type AttentionStudy,
  type PairSummary,
  studiedMethods,
  studyText,
  summarise,
  type TextStudy,
  togetherChanges,
} from "../common/attentionStudy";
import { attentionVerdict, formatPoints, formatTau } from "../common/attentionVerdict";
import { cleanName } from "../common/cleanWords";
import { ExplainError } from "../common/errors";
import type { Explanation } from "../common/explanation";
import { formatPercent } from "../common/format";
import { type AttentionChanges, type AttentionProfile, type HeadProfile, lookSource } from "../common/look";
import { formatMessage } from "../common/message";
import { methodInfo } from "../common/method";
import { meanValue } from "../common/moments";
import type { RequestOptions } from "../common/options";
import { averageProfile, layerMeans } from "../common/profileMean";
import type { EngineClient } from "../engineClient/engineClient";
import { pullLook } from "../engineClient/pullLook";
import type { Export } from "../exports/export";
import type { ResultWriter } from "./runner";

/** The options of an explanation that can be studied. */
export function analysisOptions(options: RequestOptions): RequestOptions {
  return { ...options, methods: studiedMethods, measures: [], units: "token", layer: null };
}

/** Studies each result and writes, at the end, one report on whether attention is an explanation: an object for an export that has one, else lines. */
export function analysisWriter(
  engine: Pick<EngineClient, "request">,
  format: Export,
  signal: AbortSignal,
): ResultWriter {
  const studies: TextStudy[] = [];
  return {
    async one({ explanation }) {
      const profile = await profileOf(engine, explanation, signal);
      studies.push(studyText(explanation, profile, await changesOf(engine, explanation, signal)));
      return "";
    },
    end() {
      if (studies.length === 0) {
        return "";
      }
      const study = summarise(studies);
      const verdict = attentionVerdict(study).map(formatMessage);
      const { unchanged: _, ...figures } = study;
      return format.object
        ? format.object({ schema: 1, verdict, ...figures })
        : `${[...verdict, "", ...tables(study)].join("\n")}\n`;
    },
  };
}

/** How the heads look at a text, the mean over its windows. */
async function profileOf(
  engine: Pick<EngineClient, "request">,
  explanation: Explanation,
  signal: AbortSignal,
): Promise<AttentionProfile> {
  const profiles: AttentionProfile[] = [];
  for (const window of explanation.windows.keys()) {
    profiles.push(await pullLook(engine, lookSource(explanation, window), { kind: "profile" }, signal));
  }
  return averageProfile(profiles);
}

/** What other attention does to the prediction of a text, the mean over its windows; where the model does not let attention be changed, why. */
async function changesOf(
  engine: Pick<EngineClient, "request">,
  explanation: Explanation,
  signal: AbortSignal,
): Promise<TextStudy["changes"]> {
  const { prediction, seed, windows } = explanation;
  const look = { kind: "changes", index: prediction[0]?.index ?? 0, seed } as const;
  const changes: AttentionChanges[] = [];
  try {
    for (const window of windows.keys()) {
      changes.push(await pullLook(engine, lookSource(explanation, window), look, signal));
    }
  } catch (error) {
    if (error instanceof ExplainError && error.reason !== "cancelled") {
      return error.text;
    }
    throw error;
  }
  return togetherChanges(changes, meanValue);
}

function tables(study: AttentionStudy): string[] {
  const { classes, pairs, texts, profile, changes } = study;
  const groups = classes.length > 1 ? [...classes, { label: "all texts", texts, pairs }] : classes;
  return [
    "Orders of words (Kendall's τ-b of the sizes of scores)",
    ...groups.flatMap((group) => [
      `  ${cleanName(group.label)} (${group.texts === 1 ? "1 text" : `${group.texts} texts`})`,
      ...group.pairs.map(pairLine),
    ]),
    "",
    ...(changes ? changeLines(changes) : []),
    "Attention by distance, in tokens (share of the mean head of each layer)",
    ...profileLines(profile, profile.distances.map(String), ({ byDistance }) => byDistance),
    "",
    "Attention by the size of its weights",
    ...profileLines(
      profile,
      profile.weights.map((from) => `from ${formatPercent(from)}`),
      ({ byWeight }) => byWeight,
    ),
    "",
    "Heads: entropy in bits, mean distance in tokens, share on special tokens",
    ...profile.heads.map(
      ({ layer, head, entropy, meanDistance, specialMass }) =>
        `  layer ${layer} head ${head}  ${entropy.toFixed(2).padStart(6)}  ${meanDistance.toFixed(1).padStart(6)}  ${formatPercent(specialMass).padStart(8)}`,
    ),
  ];
}

function changeLines({ shuffledLast, shuffledAll, divergence, movedByOther, evaluations }: AttentionChanges): string[] {
  return [
    `Other attention (median over texts; runs of the model: ${evaluations})`,
    `  shuffled in the last layer${formatPoints(shuffledLast).padStart(10)} percentage points`,
    `  shuffled in all layers    ${formatPoints(shuffledAll).padStart(10)} percentage points`,
    `  most different, last layer${formatPoints(movedByOther).padStart(10)} percentage points, Jensen–Shannon divergence ${divergence.toFixed(2)}`,
    "",
  ];
}

function pairLine({ first, second, mean, deviation, significant, texts }: PairSummary): string {
  const names = `    ${methodInfo(first).label} and ${methodInfo(second).label}`.padEnd(48);
  const figures =
    texts === 1
      ? `, p ${significant > 0 ? "≤" : ">"} .05`
      : ` ± ${deviation.toFixed(2)}, p ≤ .05 in ${formatPercent(significant)}`;
  return `${names}${formatTau(mean).padStart(6)}${figures}`;
}

/** A line for each layer with the mean of its heads, below the steps. */
function profileLines(
  profile: AttentionProfile,
  steps: readonly string[],
  of: (head: HeadProfile) => readonly number[],
): string[] {
  const width = Math.max(8, ...steps.map((step) => step.length + 2));
  return [
    `  ${"".padEnd(10)}${steps.map((step) => step.padStart(width)).join("")}`,
    ...layerMeans(profile, of).map(
      (means, layer) =>
        `  ${`layer ${layer}`.padEnd(10)}${means.map((mean) => formatPercent(mean).padStart(width)).join("")}`,
    ),
  ];
}
