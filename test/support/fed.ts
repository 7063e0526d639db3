import { Tensor } from "onnxruntime-node";
import type { FedEmbeddings, FedStream } from "../../src/graph/fedEmbeddings";
import type { Batch } from "./corpus";

/** Equally long rows of token numbers. */
export type Rows = readonly (readonly number[])[];

/** The rows of a batch that are fed as token numbers under a name; none where floats are. */
export function rowsIn({ inputs }: Batch, name: string): Rows {
  const rows = inputs[name] ?? [];
  return "dims" in rows ? [] : rows;
}

/** The rows of the table of words for the tokens of a batch, float32 [batch, tokens, width]. */
export function lookedUp(
  fed: FedStream,
  rows: Rows,
): { readonly dims: readonly number[]; readonly data: Float32Array } {
  return { dims: [rows.length, rows[0]?.length ?? 0, fed.width], data: fed.of(Int32Array.from(rows.flat())) };
}

/** What a rewritten model is fed for the words of a batch, and for those of the output so far; nothing where it looks them up itself. */
export function fedWords(fed: FedEmbeddings | null, rows: Rows, output: Rows = []): Record<string, Tensor> {
  return fed ? { ...fedStream(fed, rows), ...(fed.output ? fedStream(fed.output, output) : {}) } : {};
}

function fedStream(fed: FedStream, rows: Rows): Record<string, Tensor> {
  const { dims, data } = lookedUp(fed, rows);
  return { [fed.name]: new Tensor("float32", data, dims) };
}
