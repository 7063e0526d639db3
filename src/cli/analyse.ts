import { AttentionStudies, type AttentionStudy, type PairSummary } from "../common/attentionStudy";
import { attentionVerdict, formatPoints, formatTau } from "../common/attentionVerdict";
import { cleanName } from "../common/cleanWords";
import { formatPercent } from "../common/format";
import type { AttentionChanges, AttentionProfile, HeadProfile } from "../common/look";
import { formatMessage } from "../common/message";
import { methodInfo } from "../common/method";
import { layerMeans } from "../common/profileMean";
import type { EngineClient } from "../engineClient/engineClient";
import { pullStudy } from "../engineClient/pullStudy";
import type { Export } from "../exports/export";
import type { ResultWriter } from "./runner";

/** Studies each result and writes, at the end, one report on whether attention is an explanation: an object for an export that has one, else lines. */
export function analysisWriter(
  engine: Pick<EngineClient, "request">,
  format: Export,
  signal: AbortSignal,
): ResultWriter {
  const studies = new AttentionStudies();
  return {
    async one({ explanation }) {
      studies.add(await pullStudy(engine, explanation, { changed: true }, signal));
      return "";
    },
    end() {
      const study = studies.summary;
      if (!study) {
        return "";
      }
      const verdict = attentionVerdict(study).map(formatMessage);
      const { unchanged: _, ...figures } = study;
      return format.object
        ? format.object({ schema: 1, verdict, ...figures })
        : `${[...verdict, "", ...tables(study)].join("\n")}\n`;
    },
  };
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
