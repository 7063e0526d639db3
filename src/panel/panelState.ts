import { doubtsOf } from "../common/doubts";
import { type ErrorData, ExplainError } from "../common/errors";
import type { Explanation } from "../common/explanation";
import { type Message, message } from "../common/message";
import { type PanelStrings, panelStrings } from "../common/panelStrings";
import { type Translate, translateMessage } from "../editor/translate";

/** A sentence that is translated already, as a message without gaps. */
function translated(translate: Translate, text: Message): Message {
  return message(translateMessage(translate, text));
}

/** An explanation whose sentences are in the person's language; what is no doubt stands in the panel's line about the text. */
export function translateExplanation(explanation: Explanation, translate: Translate): Explanation {
  return {
    ...explanation,
    warnings: doubtsOf(explanation, undefined).map((warning) => translated(translate, warning)),
    attributions: explanation.attributions.map((attribution) => ({
      ...attribution,
      notes: attribution.notes.map((note) => translated(translate, note)),
    })),
  };
}

/** Anything thrown as data whose sentence is in the person's language. */
export function translateError(thrown: unknown, translate: Translate): ErrorData {
  const { reason, text } = ExplainError.from(thrown);
  return { reason, message: translated(translate, text) };
}

/** The panel's words in the person's language; gaps stay gaps. */
export function translatePanelStrings(translate: Translate): PanelStrings {
  const entries = Object.entries(panelStrings).map(([key, words]) => [key, translate(words)]);
  return { ...panelStrings, ...Object.fromEntries(entries) };
}
