import type { InferenceSession, Tensor } from "onnxruntime-node";
import { ExplainError } from "../common/errors";
import type { FedEmbeddings } from "../graph/fedEmbeddings";
import { joinChunks } from "../graph/protobufWriter";
import type { ReadGraph } from "../graph/readGraph";
import type { WrittenModel } from "../graph/written";
import type { ModelParts } from "./modelParts";
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
 * nothing is written; those of more than `mostPacked` bytes together it goes on reading there. Where it cannot, they are handed to it in memory. `prepare` hears what was
 * rewritten, and how its weights will be used, before memory is taken for it. Throws
 * an {@link ExplainError} for a file that is damaged, unsafe, too large for the memory, changed meanwhile, or uses operators that are not supported.
 */
export async function loadRewritten<T extends WrittenModel>(
  parts: ModelParts,
  threads: number,
  rewrite: (read: ReadGraph) => T,
  {
    mostPacked = Number.POSITIVE_INFINITY,
    prepare,
  }: { readonly mostPacked?: number; readonly prepare?: (rewritten: T, use: WeightUse) => Promise<void> } = {},
): Promise<LoadedSession<T>> {
  const load = async (inPlace: boolean): Promise<LoadedSession<T>> => {
    const { InferenceSession, Tensor } = await loadRuntime();
    const { files } = parts;
    files.inPlace = inPlace;
    const rewritten = rewrite(parts.read());
    const use = rewritten.weightBytes > mostPacked ? "mapped" : "packed";
    await prepare?.(rewritten, use);
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
    throw runtimeError(error, parts.folder.file);
  }
}

/** Memory for word embeddings that a model is fed, as far as texts can ask for them: in time the whole table. */
export function embeddingBytes(fed: FedEmbeddings | null): number {
  return fed ? Float32Array.BYTES_PER_ELEMENT * fed.vocabulary * fed.width : 0;
}
