import { asObject, type JsonObject } from "./json";

/** The ids of the tokens with a role; `null` where a vocabulary has none. */
export interface SpecialTokens {
  readonly mask: number | null;
  readonly pad: number | null;
  readonly unk: number | null;
  readonly cls: number | null;
  readonly sep: number | null;
  readonly eos: number | null;
}

/** What each role is usually called, tried in order where no file names it. */
const usualNames = {
  mask: ["[MASK]", "<mask>"],
  pad: ["[PAD]", "<pad>"],
  unk: ["[UNK]", "<unk>"],
  cls: ["[CLS]", "<s>"],
  sep: ["[SEP]", "</s>"],
  eos: ["</s>", "<eos>", "<|endoftext|>", "<|end_of_text|>", "<|eot_id|>", "<|im_end|>", "[EOS]"],
} as const;

/**
 * Finds the tokens with a role: as `config` (a tokenizer_config.json or special_tokens_map.json) names them, otherwise by their usual
 * names.
 */
export function findSpecialTokens(pieceToId: (piece: string) => number | undefined, config: unknown): SpecialTokens {
  const options: JsonObject =
    config === undefined || config === null ? {} : asObject(config, "the tokenizer's configuration");
  const find = (role: keyof typeof usualNames): number | null => {
    const named = tokenName(options[`${role}_token`]);
    for (const name of named === null ? usualNames[role] : [named]) {
      const id = pieceToId(name);
      if (id !== undefined) {
        return id;
      }
    }
    return null;
  };
  return {
    mask: find("mask"),
    pad: find("pad"),
    unk: find("unk"),
    cls: find("cls"),
    sep: find("sep"),
    eos: find("eos"),
  };
}

/** A token is named by its text or by an object that has it. */
function tokenName(value: unknown): string | null {
  if (typeof value === "string") {
    return value;
  }
  if (typeof value === "object" && value !== null && "content" in value && typeof value.content === "string") {
    return value.content;
  }
  return null;
}
