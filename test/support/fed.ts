import { Tensor } from "onnxruntime-node";
import type { FedEmbeddings } from "../../src/graph/fedEmbeddings";

/** What a rewritten model is fed for the words of equally long rows of token numbers; nothing where it looks them up itself. */
export function fedWords(fed: FedEmbeddings | null, rows: readonly (readonly number[])[]): Record<string, Tensor> {
  const dims = fed ? [rows.length, rows[0]?.length ?? 0, fed.width] : [];
  return fed ? { [fed.name]: new Tensor("float32", fed.of(Int32Array.from(rows.flat())), dims) } : {};
}
