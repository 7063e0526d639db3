import type { ExplainRequest, Explanation } from "../common/explanation";
import type { ReadText } from "../editor/explained";

/** What is kept of the panel over a reload of the window. */
export interface PanelMemory {
  readonly schema: 1;
  readonly uri: string;
  readonly start: number;
  readonly pinned: boolean;
  readonly request: ExplainRequest;
  readonly explanation: Explanation;
  readonly read: ReadText;
}

/** More than this many tokens are not kept: the panel then comes back empty. */
export const rememberedTokens = 5000;

/** What a stored value holds, when this version wrote it and it is whole; otherwise `null`. */
export function readPanelMemory(stored: unknown): PanelMemory | null {
  const memory = stored as Partial<PanelMemory> | null | undefined;
  if (typeof memory !== "object" || memory === null || memory.schema !== 1) {
    return null;
  }
  const { uri, start, pinned, request, explanation, read } = memory;
  const whole =
    typeof uri === "string" &&
    typeof start === "number" &&
    typeof pinned === "boolean" &&
    typeof request === "object" &&
    request !== null &&
    Number.isFinite(request.effort) &&
    typeof explanation === "object" &&
    explanation !== null &&
    explanation.schema === 1 &&
    typeof explanation.text === "string" &&
    Array.isArray(explanation.tokens) &&
    Array.isArray(explanation.attributions) &&
    isReadText(read) &&
    read.text === explanation.text;
  return whole ? { schema: 1, uri, start, pinned, request, explanation, read } : null;
}

function isReadText(read: unknown): read is ReadText {
  const { raw, text, runs, words, notes } = (read ?? {}) as Partial<ReadText>;
  return (
    typeof raw === "string" &&
    typeof text === "string" &&
    Array.isArray(runs) &&
    runs.every((value) => Number.isInteger(value) && value >= 0 && value <= Math.max(raw.length, text.length)) &&
    Array.isArray(notes) &&
    typeof words === "object"
  );
}
