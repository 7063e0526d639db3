/** A token of one word: its id and the UTF-16 range of the word it stands for. */
export interface Piece {
  readonly id: number;
  readonly start: number;
  readonly end: number;
}

/** A vocabulary and the way words are cut into its pieces. */
export interface Model {
  /** Cuts one word; throws `tokenizer-corrupt` when an unknown character meets a vocabulary without an unknown token. */
  tokenize(word: string): readonly Piece[];
  pieceToId(piece: string): number | undefined;
  idToPiece(id: number): string | undefined;
  /** How many different pieces there are. */
  readonly size: number;
}

/** The pieces of a vocabulary by id. */
export function piecesById(vocabulary: ReadonlyMap<string, number>): Map<number, string> {
  const pieces = new Map<number, string>();
  for (const [piece, id] of vocabulary) {
    pieces.set(id, piece);
  }
  return pieces;
}
