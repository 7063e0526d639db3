import { throttle } from "./dom";
import type { HostConnection } from "./messages";

const highlightEvery = 60;

/** Lights up tokens in the editor, not more often than it can follow; an empty list ends it. */
export function highlighter(host: HostConnection): (tokens: readonly number[]) => void {
  return throttle(highlightEvery, (tokens) => host.tell("highlight", { tokens }));
}
