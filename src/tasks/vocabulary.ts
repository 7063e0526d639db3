import { incompleteBytes } from "../common/byteCharacters";
import type { Segment, Token } from "../common/explanation";

/** What a task knows of a model's vocabulary; a tokenizer is one. */
export interface Vocabulary {
  readonly specials: { readonly mask: number | null; readonly unk: number | null };
  /** The tokens of a text without special ones. */
  encodeContent(text: string, segment: Segment): readonly Token[];
  /** Whether a token of a text goes on the word of the token before. */
  continues(token: Token, text: string): boolean;
  /** The text of ids, without special tokens. */
  decode(ids: readonly number[]): string;
  /** The vocabulary's spelling of an id, and the id of a spelling. */
  idToPiece(id: number): string | null;
  pieceToId(piece: string): number | null;
}

/** What a decoder gives for bytes that are no characters. */
const replacement = "\uFFFD";

/** An id as a word: its text with the space before it; its spelling where it has none, as special tokens; its bytes (`<0xE4>`) where it is part of a character. */
export function wordOf(id: number, vocabulary: Pick<Vocabulary, "decode" | "idToPiece">): string {
  const piece = vocabulary.idToPiece(id);
  const word = vocabulary.decode([id]);
  const bytes = word.includes(replacement) ? incompleteBytes(piece ?? "") : null;
  return bytes ?? (word || (piece ?? String(id)));
}
