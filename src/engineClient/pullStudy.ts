import { studyText, type TextStudy, togetherChanges } from "../common/attentionStudy";
import { changesLookOf } from "../common/changesLook";
import { ExplainError } from "../common/errors";
import type { Explanation } from "../common/explanation";
import { type AttentionChanges, type AttentionProfile, lookSource } from "../common/look";
import { meanValue } from "../common/moments";
import { averageProfile } from "../common/profileMean";
import type { EngineClient } from "./engineClient";
import { pullLook } from "./pullLook";

/**
 * Whether attention explains the text of an explanation that was made with `studyOptions`, with what other attention does to the prediction where `changed` asks for it.
 * Rejects as `EngineClient.request` does, and with `method-unavailable` where the model has no attention or no gradients.
 */
export async function pullStudy(
  engine: Pick<EngineClient, "request">,
  explanation: Explanation,
  { changed }: { readonly changed: boolean },
  signal: AbortSignal,
): Promise<TextStudy> {
  const profile = await profileOf(engine, explanation, signal);
  return studyText(explanation, profile, changed ? await changesOf(engine, explanation, signal) : null);
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
  const changes: AttentionChanges[] = [];
  try {
    for (const window of explanation.windows.keys()) {
      const look = changesLookOf(explanation, window);
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
