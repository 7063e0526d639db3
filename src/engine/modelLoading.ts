import type { InferenceSession, Tensor } from "onnxruntime-node";
import { ExplainError } from "../common/errors";
import type { FedEmbeddings } from "../graph/fedEmbeddings";
import { joinChunks } from "../graph/protobufWriter";
import type { ReadGraph } from "../graph/readGraph";
import type { WrittenModel } from "../graph/written";
import type { ModelSource } from "./modelSource";
import { loadRuntime, runtimeError, sessionOptions, type WeightUse } from "./runtime";

/** A model rewritten and loaded into the runtime. */
export interface LoadedSession<T> {
  /** What the rewriting gave. */
  readonly rewritten: T;
  readonly session: InferenceSession;
  readonly tensor: typeof Tensor;
  readonly use: WeightUse;
}

/**
 * Rewrites the graph of a model and loads the result. Large weights stay where they are: the runtime reads them from the person's own files, once, and
 * nothing is written; those of more than `mostPacked` bytes together it goes on reading there. Where it cannot, they are handed to it in memory. Throws
 * an {@link ExplainError} for a file that is damaged, unsafe, too large for the memory, changed meanwhile, or uses operators that are not supported.
 */
export async function loadRewritten<T extends WrittenModel>(
  source: ModelSource,
  threads: number,
  rewrite: (read: ReadGraph) => T,
  mostPacked = Number.POSITIVE_INFINITY,
): Promise<LoadedSession<T>> {
  const load = async (inPlace: boolean): Promise<LoadedSession<T>> => {
    const { InferenceSession, Tensor } = await loadRuntime();
    const { files } = source;
    files.inPlace = inPlace;
    const rewritten = rewrite(source.read());
    const use = rewritten.weightBytes > mostPacked ? "mapped" : "packed";
    const options = sessionOptions(threads, inPlace ? files.base : undefined, use);
    const session = await InferenceSession.create(joinChunks(rewritten.model), options);
    try {
      // The runtime read the file by its name; had another taken its place, the weights would be of no model at all.
      files.checkUnchanged();
      return { rewritten, session, tensor: Tensor, use };
    } catch (error) {
      await session.release();
      throw error;
    }
  };
  try {
    return await load(true).catch((error) => {
      if (error instanceof ExplainError) {
        throw error;
      }
      return load(false);
    });
  } catch (error) {
    throw runtimeError(error, source.folder.file);
  }
}

/**
 * Memory that a loaded model takes, roughly: weights are `held` in so many bytes, and results in between take some; of word embeddings that it is fed there
 * are in time all that texts can ask for.
 */
export function loadedBytes(held: number, model: WrittenModel, fed: FedEmbeddings | null): number {
  const embeddings = fed ? Float32Array.BYTES_PER_ELEMENT * fed.vocabulary * fed.width : 0;
  return held + resultBytes(model) + embeddings;
}

/** Memory for results in between of a text that is not long, roughly. */
export function resultBytes({ weightBytes }: WrittenModel): number {
  return 0.5 * weightBytes;
}
