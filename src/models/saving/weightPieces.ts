import type { ExportedWeight } from "../../graph/exported";
import { copyBytes } from "../../graph/storedBytes";

/** Bytes that are written at a time. */
const pieceBytes = 2 ** 22;

/** The bytes of a weight in pieces, each of which is valid until the next is asked for. A matrix that is turned is held as a whole meanwhile, of others a piece. */
export function* weightPieces({ bytes, turned }: ExportedWeight): Generator<Uint8Array> {
  if (turned) {
    yield* turnedPieces(bytes, turned);
    return;
  }
  const piece = new Uint8Array(Math.min(pieceBytes, bytes.length));
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    const part = bytes.subarray(at, at + pieceBytes);
    copyBytes(part, piece, 0);
    yield piece.subarray(0, part.length);
  }
}

function* turnedPieces(bytes: Uint8Array, [rows, columns]: readonly [number, number]): Generator<Uint8Array> {
  const source = new Uint32Array(rows * columns);
  const whole = new Uint8Array(source.buffer);
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    copyBytes(bytes.subarray(at, at + pieceBytes), whole, at);
  }
  const columnsInPiece = Math.max(1, Math.floor(pieceBytes / 4 / Math.max(1, rows)));
  for (let first = 0; first < columns; first += columnsInPiece) {
    const count = Math.min(columnsInPiece, columns - first);
    const piece = new Uint32Array(count * rows);
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < count; column++) {
        piece[column * rows + row] = source[row * columns + first + column] as number;
      }
    }
    yield new Uint8Array(piece.buffer);
  }
}
