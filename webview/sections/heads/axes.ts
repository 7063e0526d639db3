import type { Explanation, Token } from "../../../src/common/explanation";
import type { HeadMatrix } from "../../../src/common/look";
import { writtenOf } from "../../../src/common/prediction/registry";
import { type AxisToken, type PlacedMatrix, tokensOf } from "./headModel";
import { type MatrixChoice, matrixKinds } from "./matrixKinds";

/** The part of a matrix that a layer of an encoder or a decoder can fill, or all of it. */
export function placedMatrix(
  matrix: HeadMatrix,
  explanation: Pick<Explanation, "tokens" | "windows" | "attention" | "prediction">,
  choice: MatrixChoice,
): PlacedMatrix {
  const tokens = tokensOf(explanation, choice.window);
  const kind = matrixKinds[choice.matrix];
  const [text, output] = [tokens.filter(({ segment }) => segment !== 2), tokens.filter(({ segment }) => segment === 2)];
  if (kind.alignsOutput) {
    return { matrix, rows: writtenTokens(explanation).slice(0, matrix.queries), columns: text, isCausal: false };
  }
  const { layer } = kind.covers(choice);
  const part = layer === null ? undefined : explanation.attention?.stages?.[layer]?.part;
  const isCausal = part === "decoder" || explanation.attention?.kind === "causal";
  if (part === undefined || output.length === 0) {
    return { matrix, rows: tokens, columns: tokens, isCausal };
  }
  const [rows, columns] = [part === "encoder" ? text : output, part === "decoder" ? output : text];
  const at = (token: Token): number => tokens.indexOf(token);
  const [rowPlaces, columnPlaces] = [rows.map(at), columns.map(at)];
  const values = Float32Array.from(
    rowPlaces.flatMap((row) => columnPlaces.map((column) => matrix.values[row * matrix.keys + column] ?? 0)),
  );
  return { matrix: { queries: rows.length, keys: columns.length, values }, rows, columns, isCausal };
}

/** Every token that a model wrote, each at the row from which it was predicted. */
function writtenTokens({ prediction }: Pick<Explanation, "prediction">): AxisToken[] {
  return writtenOf(prediction).map(({ text, piece }) => ({ text, piece, special: false, index: null }));
}
