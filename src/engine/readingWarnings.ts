import type { ExplainRequest } from "../common/explanation";
import { type Message, message } from "../common/message";
import { movedPlaces } from "./baseline";
import type { LoadedModel } from "./loadedModel";
import { type PreparedText, replacesTokens } from "./preparedText";
import { segmentsUnread } from "./tokenInputs";

/** What a person should know of how a text is read and the model computes, before any method runs; `left` says which methods do not. */
export function readingWarnings(
  { folder, session, memory, tokenizer }: LoadedModel,
  text: PreparedText,
  request: Pick<ExplainRequest, "masked" | "methods">,
  { left, hasAttention }: { readonly left: readonly Message[]; readonly hasAttention: boolean },
): Message[] {
  const rows = text.inputs.map(({ row }) => row);
  const unread = segmentsUnread({ inputs: session.inputs, segments: folder.config.segments }, rows);
  const moved = movedPlaces(text.baseline, tokenizer, session.keepsPlaces);
  const excess = memory.excess(session.bytes);
  const { prompt = "" } = folder.config.sentence ?? {};
  return [
    ...text.warnings,
    ...(prompt === "" ? [] : [message(withoutPrompt, prompt)]),
    ...(unread ? [unread] : []),
    ...(moved && replacesTokens(request) ? [moved] : []),
    ...left,
    ...(excess ? [excess] : []),
    ...(session.differs ? [session.differs] : []),
    ...(session.attentionMissing && !hasAttention ? [session.attentionMissing] : []),
  ];
}

const withoutPrompt =
  "This model was made to find “{0}” before every text. Texts are read as they are: write it before them where it belongs.";
