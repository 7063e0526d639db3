import type { RunProgress } from "../common/engineProtocol";
import { formatDuration } from "../common/format";
import { phaseWords } from "../common/words";
import type { Translate } from "./translate";

/** What a run is doing, for a notification: method, evaluations done and planned, remaining time. */
export function progressWords(progress: RunProgress, translate: Translate): string {
  const { phase, total, remainingMilliseconds } = progress;
  const words = phaseWords(progress, translate);
  return remainingMilliseconds === null || total <= 1 || phase === "loading" || phase === "predicting"
    ? words
    : translate("{0}, about {1} left", words, formatDuration(remainingMilliseconds));
}
