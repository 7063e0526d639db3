import { ExplainError } from "../../common/errors";
import type { Token } from "../../common/explanation";
import { renderChat } from "../../text/chatTemplate";
import type { LoadedModel } from "../loadedModel";
import { ownTokens } from "./ownTokens";

type Settings = NonNullable<LoadedModel["folder"]["tokenizerConfig"]>;

/**
 * A text as what a person says to a model, as its chat template has it: the tokens of the text are its own, all around them are special. Rejects with `tokenizer-unsupported` for a
 * model without a chat template, or with one that cannot be used.
 */
export async function chatPrompt(
  { folder, tokenizer }: Pick<LoadedModel, "folder" | "tokenizer">,
  text: string,
): Promise<readonly Token[]> {
  const settings = folder.tokenizerConfig ?? {};
  const template = folder.chatTemplate ?? templateOf(settings.chat_template);
  if (template === null) {
    throw new ExplainError(
      "tokenizer-unsupported",
      "The model has no chat template. Turn chat off, or choose a model that was made for chat.",
    );
  }
  const rendered = await renderChat(template, [{ role: "user", content: text }], specialsOf(settings));
  // Many templates take spaces off both ends.
  const own = rendered.includes(text) ? text : text.trim();
  const at = rendered.lastIndexOf(own);
  if (at < 0) {
    throw new ExplainError(
      "tokenizer-unsupported",
      "The model's chat template changes the text, so that its words cannot be told apart. Turn chat off.",
    );
  }
  return ownTokens(tokenizer.encodeContent(rendered, 0), { text: own, from: text.indexOf(own), at });
}

/** A template, or the usual one of several. */
function templateOf(value: unknown): string | null {
  const named: unknown = Array.isArray(value) ? value.find((one) => textIn(one, "name") === "default") : value;
  return typeof named === "string" ? named : textIn(named, "template");
}

function specialsOf(settings: Settings): Record<string, string> {
  return Object.fromEntries(
    ["bos_token", "eos_token", "unk_token", "pad_token"].flatMap((name) => {
      const value = settings[name];
      const token = typeof value === "string" ? value : textIn(value, "content");
      return token === null ? [] : [[name, token]];
    }),
  );
}

function textIn(value: unknown, name: string): string | null {
  const found: unknown = typeof value === "object" && value !== null ? Reflect.get(value, name) : null;
  return typeof found === "string" ? found : null;
}
