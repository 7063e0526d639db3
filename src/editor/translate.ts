import type { Message } from "../common/message";
import type { Say } from "../common/words";

/** Puts an English template into the person's language and fills in `{0}`, `{1}` …; `vscode.l10n.t` in the editor. */
export type Translate = Say;

/** Translates a {@link Message}. */
export function translateMessage(translate: Translate, message: Message): string {
  return translate(message.template, ...message.args);
}
