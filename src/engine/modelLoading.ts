import type { InferenceSession, Tensor } from "onnxruntime-node";
import { ExplainError } from "../common/errors";
import type { ReadExternal } from "../graph/externalData";
import type { FedEmbeddings } from "../graph/fedEmbeddings";
import { joinChunks } from "../graph/protobufWriter";
import type { WrittenModel } from "../graph/written";
import type { ModelFolder } from "../models/folder";
import { ModelFiles } from "../models/modelFiles";
import { loadRuntime, runtimeError, sessionOptions, type WeightUse } from "./runtime";

/** A model rewritten and loaded into the runtime. */
export interface LoadedSession<T> {
  /** What the rewriting gave. */
  readonly rewritten: T;
  readonly session: InferenceSession;
  readonly tensor: typeof Tensor;
  /** Open as long as the rewriting may still look at weights; whoever loads closes them. */
  readonly files: ModelFiles;
}

/** Turns a file into the one to load; `weights` fetches numbers from files beside it. */
export type Rewriting<T> = (file: Uint8Array, weights: ReadExternal) => T;

/**
 * Reads the model of a folder, rewrites it and loads the result. Large weights stay where they are: the runtime reads them from the person's own files,
 * once, and nothing is written. Where it cannot, they are handed to it in memory. Throws an {@link ExplainError} for a file that is damaged, unsafe, too
 * large for the memory, changed meanwhile, or uses operators that are not supported.
 */
export async function loadRewritten<T extends WrittenModel>(
  folder: ModelFolder,
  threads: number,
  rewrite: Rewriting<T>,
  use: WeightUse = "packed",
): Promise<LoadedSession<T>> {
  try {
    try {
      return await load(folder, threads, rewrite, use, true);
    } catch (error) {
      if (error instanceof ExplainError) {
        throw error;
      }
      return await load(folder, threads, rewrite, use, false);
    }
  } catch (error) {
    throw runtimeError(error, folder.file);
  }
}

async function load<T extends WrittenModel>(
  folder: ModelFolder,
  threads: number,
  rewrite: Rewriting<T>,
  use: WeightUse,
  inPlace: boolean,
): Promise<LoadedSession<T>> {
  const { InferenceSession, Tensor } = await loadRuntime();
  const files = new ModelFiles(folder, inPlace);
  let session: InferenceSession | undefined;
  try {
    const rewritten = rewrite(files.model(), (location, offset, length) => files.weights(location, offset, length));
    const options = sessionOptions(threads, inPlace ? files.base : undefined, use);
    session = await InferenceSession.create(joinChunks(rewritten.model), options);
    // The runtime read the file by its name; had another taken its place, the weights would be of no model at all.
    files.checkUnchanged();
    return { rewritten, session, tensor: Tensor, files };
  } catch (error) {
    files.close();
    await session?.release();
    throw error;
  }
}

/**
 * Memory that a loaded model takes, roughly: the runtime keeps its weights `copies` times, as the file has them or packed for the products they are
 * in, and half as much again for results in between; of word embeddings that it is fed there are in time all that texts can ask for.
 */
export function loadedBytes(weightBytes: number, copies: number, fed: FedEmbeddings | null): number {
  const embeddings = fed ? Float32Array.BYTES_PER_ELEMENT * fed.vocabulary * fed.width : 0;
  return (copies + 0.5) * weightBytes + embeddings;
}
