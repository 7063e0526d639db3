import type { InferenceSession, Tensor } from "onnxruntime-node";
import { type DecodingModel, type EncodingModel, makeDecoding, makeEncoding } from "../../graph/decodingModel";
import type { Graph } from "../../graph/graph";
import type { WrittenModel } from "../../graph/written";
import { loadRewritten } from "../modelLoading";
import type { GraphParts } from "../modelParts";
import { readInputs, type TokenInput } from "../tokenInputs";

/** How a {@link DecodingPart} is loaded. */
export interface DecodingOptions {
  readonly threads: number;
  /** Hears how many bytes it will take, and how many more only while it is loaded, before it takes them; what it returns is called when it is loaded. */
  readonly makeRoom?: (bytes: number, loading: number) => Promise<() => void>;
}

/** A file of a model, rewritten and loaded for going on with texts. */
export interface DecodingPart<T extends WrittenModel = DecodingModel> {
  readonly model: Omit<T, "model">;
  readonly session: InferenceSession;
  readonly tensor: typeof Tensor;
  /** What is filled from tokens. */
  readonly inputs: readonly TokenInput[];
}

/** Loads a file that begins a text, or goes on with one. Throws what {@link loadRewritten} and {@link makeDecoding} throw. */
export function loadDecoder(
  parts: GraphParts<Graph>,
  past: "begins" | "goesOn",
  options: DecodingOptions,
): Promise<DecodingPart> {
  return loadPart(parts, options, (shipped) => makeDecoding(shipped, past));
}

/** Loads an encoder's file. Throws what {@link loadRewritten} and {@link makeEncoding} throw. */
export function loadEncoder(parts: GraphParts<Graph>, options: DecodingOptions): Promise<DecodingPart<EncodingModel>> {
  return loadPart(parts, options, makeEncoding);
}

async function loadPart<T extends DecodingModel | EncodingModel>(
  parts: GraphParts<Graph>,
  { threads, makeRoom }: DecodingOptions,
  rewrite: (shipped: Graph) => T,
): Promise<DecodingPart<T>> {
  const { rewritten, session, tensor } = await loadRewritten(parts, threads, rewrite, {
    prepare: async (model, _, loading) => (await makeRoom?.(model.weightBytes, loading)) ?? (() => undefined),
  });
  try {
    return { model: rewritten, session, tensor, inputs: readInputs(rewritten.inputs) };
  } catch (error) {
    await session.release();
    throw error;
  }
}
