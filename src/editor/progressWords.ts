import type { RunProgress } from "../common/engineProtocol";
import { formatCount, formatDuration } from "../common/format";
import { methodInfo } from "../common/method";
import type { Translate } from "./translate";

/** What a run is doing, for a notification: method, evaluations done and planned, remaining time. */
export function progressWords(progress: RunProgress, translate: Translate): string {
  if (progress.phase === "loading") {
    return translate("Loading the model");
  }
  if (progress.phase === "predicting") {
    return progress.total > 1
      ? translate("Predicting: part {0} of {1}", Math.min(progress.done + 1, progress.total), progress.total)
      : translate("Predicting");
  }
  const method = methodInfo(progress.phase).label;
  if (progress.total <= 1) {
    return translate(method);
  }
  const done = translate(
    "{0}: {1} of {2} evaluations",
    translate(method),
    formatCount(progress.done),
    formatCount(progress.total),
  );
  return progress.remainingMilliseconds === null
    ? done
    : translate("{0}, about {1} left", done, formatDuration(progress.remainingMilliseconds));
}
