import type { Tensor } from "onnxruntime-node";
import { ExplainError } from "../common/errors";
import { type Message, message } from "../common/message";
import type { ModelValue } from "../graph/explainable";
import { placesInput } from "../graph/passes/readPlaces";
import type { Row } from "./batcher";
import { outputStart } from "./fedWords";

const ofOutput = ["decoder_input_ids", "decoder_attention_mask"] as const;
const knownInputs = [
  "input_ids",
  "attention_mask",
  "token_type_ids",
  "position_ids",
  ...ofOutput,
  placesInput,
] as const;
type KnownInput = (typeof knownInputs)[number];
/** An input that has a number for each token. */
type OfTokens = Exclude<KnownInput, typeof placesInput>;

/** An input of a model that is filled from tokens, as 64- or 32-bit integers. */
export interface TokenInput {
  readonly name: KnownInput;
  readonly wide: boolean;
}

/** What a model is fed for equally long rows, beside their embeddings: the text's tokens, and those of the output so far where a decoder reads it. */
export function feedsOf(
  tensor: typeof Tensor,
  inputs: readonly TokenInput[],
  rows: readonly Row[],
): Record<string, Tensor> {
  const [length, from] = [rows[0]?.ids.length ?? 0, outputStart(rows)];
  return Object.fromEntries(
    inputs.map(({ name, wide }) => {
      if (name === placesInput) {
        return [name, feedPlaces(tensor, rows, { start: from < length ? from : 0, end: length })];
      }
      const span = ofOutput.some((own) => own === name) ? { start: from, end: length } : { start: 0, end: from };
      return [name, feed(tensor, rows, span, { name, wide })];
    }),
  );
}

/** The inputs of a model that a text's tokens can fill; throws `model-unsupported` for any other, and where token ids are not read. */
export function readInputs(inputs: readonly ModelValue[]): TokenInput[] {
  const read = inputs.map(({ name, elementType, dims }) => {
    const known = knownInputs.find((candidate) => candidate === name);
    if (known === undefined) {
      throw new ExplainError(
        "model-unsupported",
        "The model wants the input {0}, which this version does not give. Choose a model that reads input_ids.",
        name.slice(0, 80),
      );
    }
    if (elementType !== "int64" && elementType !== "int32") {
      throw new ExplainError(
        "model-unsupported",
        "The model wants {0} as {1}, not as whole numbers. Export it again.",
        name,
        elementType,
      );
    }
    const length = dims?.[1];
    if (known !== placesInput && dims && (dims.length !== 2 || typeof length === "number")) {
      throw new ExplainError(
        "model-unsupported",
        "The model reads texts of one fixed length only. Export it again with a dynamic sequence axis.",
      );
    }
    return { name: known, wide: elementType === "int64" };
  });
  if (!read.some(({ name }) => name === "input_ids")) {
    throw new ExplainError("model-unsupported", "The model has no input input_ids. Choose a model that reads text.");
  }
  return read;
}

/** A warning where the model was made to be told which of two texts each token belongs to, and its file does not read that; `null` for what makes no difference. */
export function segmentsUnread(
  { inputs, segments }: { readonly inputs: readonly string[]; readonly segments: number },
  rows: readonly Row[],
): Message | null {
  const isTold = inputs.includes("token_type_ids") || segments < 2;
  return isTold || rows.every((row) => row.segments.every((segment) => segment === 0))
    ? null
    : message(
        "This file does not read which of the two texts a token belongs to, which the original model does: its answers for two texts can differ. Export it again with the input token_type_ids.",
      );
}

/** Positions of rows that one input is filled from. */
interface Span {
  readonly start: number;
  readonly end: number;
}

/** Where outputs are read, counted through the answering stream of all rows; its first token where a row says nothing. */
function feedPlaces(tensor: typeof Tensor, rows: readonly Row[], { start, end }: Span): Tensor {
  const places = rows.flatMap(({ at = [start] }, row) =>
    at.map((position) => BigInt(row * (end - start) + position - start)),
  );
  return new tensor("int64", BigInt64Array.from(places), [places.length]);
}

function feed(
  tensor: typeof Tensor,
  rows: readonly Row[],
  { start: first, end }: Span,
  { name, wide }: { readonly name: OfTokens; readonly wide: boolean },
): Tensor {
  const length = end - first;
  const buffer = new ArrayBuffer(rows.length * length * (wide ? 8 : 4));
  const words = new Int32Array(buffer);
  const step = wide ? 2 : 1;
  rows.forEach((row, index) => {
    const start = index * length * step;
    for (let position = 0; position < length; position++) {
      // The low word of a 64-bit number comes first on every platform there is a runtime for; ids are never negative.
      words[start + position * step] = numberAt(row, name, first + position);
    }
  });
  const dims = [rows.length, length];
  return wide
    ? new tensor("int64", new BigInt64Array(buffer), dims)
    : new tensor("int32", new Int32Array(buffer), dims);
}

/** What an input says of one token: all rows are equally long, so that none is padding, and positions are counted from the first token. */
function numberAt(row: Row, input: OfTokens, position: number): number {
  switch (input) {
    case "input_ids":
    case "decoder_input_ids":
      return (row.places ?? row.ids)[position] ?? 0;
    case "token_type_ids":
      return row.segments[position] ?? 0;
    case "attention_mask":
    case "decoder_attention_mask":
      return 1;
    case "position_ids":
      return position;
  }
}
