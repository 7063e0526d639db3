import type { Tensor } from "onnxruntime-node";
import type { FedEmbeddings, FedStream } from "../graph/fedEmbeddings";
import type { Row } from "./batcher";
import { unknownToken } from "./runtime";

/** Where in equally long rows the output so far begins; their end in rows that have none. */
export function outputStart(rows: readonly Row[]): number {
  return rows[0]?.outputFrom ?? rows[0]?.ids.length ?? 0;
}

/** What a model is fed for the words of equally long rows. Throws `model-file-corrupt` for a token that the model, named `file`, has none for. */
export async function fedRows(
  tensor: typeof Tensor,
  fed: FedEmbeddings,
  rows: readonly Row[],
  file: string,
): Promise<Record<string, Tensor>> {
  const feeds: Record<string, Tensor> = {};
  for (const { stream, start, end } of fedParts(fed, rows[0]?.ids.length ?? 0, outputStart(rows))) {
    const ids = new Int32Array(rows.length * (end - start));
    rows.forEach((row, index) => {
      ids.set(row.ids.subarray(start, end), index * (end - start));
    });
    if (ids.some((id) => id >= stream.vocabulary)) {
      throw unknownToken(file);
    }
    await stream.prepare(ids);
    feeds[stream.name] = new tensor("float32", stream.of(ids), [rows.length, end - start, stream.width]);
  }
  return feeds;
}

/** The embeddings of the ids at all positions of a row, [tokens, width], of which the output so far begins at one; what a model looks up itself has zeros. */
export async function embeddingsOf(fed: FedEmbeddings, ids: Int32Array, from: number): Promise<Float32Array> {
  const found = new Float32Array(ids.length * fed.width);
  for (const { stream, start, end } of fedParts(fed, ids.length, from)) {
    const own = ids.subarray(start, end);
    await stream.prepare(own);
    found.set(stream.of(own), start * fed.width);
  }
  return found;
}

/** Positions of rows whose embeddings one input holds. */
export interface FedPart {
  readonly stream: FedStream;
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
}

/** The positions of rows of `length` tokens that each stream is fed, where the output so far begins at one of them. */
export function fedParts(fed: FedEmbeddings, length: number, from: number): readonly FedPart[] {
  const text: FedPart = { stream: fed, start: 0, end: from };
  return fed.output && from < length ? [text, { stream: fed.output, start: from, end: length }] : [text];
}

/** What a model is fed for several points, each the embeddings at all positions, [tokens, width]. */
export function fedPoints(
  tensor: typeof Tensor,
  points: readonly Float32Array[],
  parts: readonly FedPart[],
): Record<string, Tensor> {
  const fed = parts.map(({ start, end, stream: { name, width } }) => {
    const own = new Float32Array(points.length * (end - start) * width);
    points.forEach((point, index) => {
      own.set(point.subarray(start * width, end * width), index * (end - start) * width);
    });
    return [name, new tensor("float32", own, [points.length, end - start, width])] as const;
  });
  return Object.fromEntries(fed);
}
