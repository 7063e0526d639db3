import { cleanText, shortened } from "../common/cleanWords";

/** The editor itself cuts notifications here. */
const longestSentence = 1000;

/**
 * Words for a person that mean nothing to the editor, whoever wrote them: one line, no `[words](link)`, which notifications and progress would open, no
 * `$(icon)`, which status items and lists would draw.
 */
export function inert(text: string): string {
  return shortened(cleanText(text), longestSentence).replaceAll("](", "] (").replaceAll("$(", "$ (");
}

/** Lines for the log, which opens addresses: all but the first are set in, so that none can pass for an entry of its own. */
export function inertLines(text: string): string {
  return text
    .split(/\r\n|\r|\n/)
    .map((line) => inert(line).replaceAll("://", ": //"))
    .join("\n    ");
}
