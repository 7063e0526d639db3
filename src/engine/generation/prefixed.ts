import type { ExplainRequest, Token } from "../../common/explanation";
import { type Message, message } from "../../common/message";
import { checkText } from "../../common/textLimits";
import type { LoadedModel } from "../loadedModel";
import { ownTokens } from "./ownTokens";

/** A text behind what tells a model what to do with it. */
export interface Prefixed {
  /** All tokens, of which those of the text are its own; `null` where nothing stands before it. */
  readonly tokens: readonly Token[] | null;
  readonly notes: readonly Message[];
}

/** Puts before a text what the request says, or the model's files. Where these name some and none is there, that is said. */
export function prefixed(
  { folder, tokenizer }: Pick<LoadedModel, "folder" | "tokenizer">,
  { text, prefix }: Pick<ExplainRequest, "text" | "prefix">,
): Prefixed {
  const { generation } = folder;
  const before = prefix ?? generation.prefix;
  if (before !== "") {
    checkText(before + text, null);
    const tokens = tokenizer.encode(before + text, null);
    return { tokens: ownTokens(tokens, { text, from: 0, at: before.length }), notes: [] };
  }
  const [first] = generation.prefixes;
  const isSaid = prefix !== null || generation.prefixes.some((known) => text.startsWith(known.trim()));
  return {
    tokens: null,
    notes: first === undefined || isSaid ? [] : [message(untold, generation.prefixes.join("”, “"))],
  };
}

const untold =
  "This model was made for texts that begin with what to do: “{0}”. Write it before the text, or give it as the prefix.";
