import type { InferenceSession, Tensor } from "onnxruntime-node";
import { ExplainError } from "../common/errors";
import type { FedEmbeddings } from "../graph/fedEmbeddings";
import { joinChunks } from "../graph/protobufWriter";
import type { WrittenModel } from "../graph/written";
import { collectGarbage } from "./garbage";
import type { GraphParts } from "./modelParts";
import { loadRuntime, runtimeError, sessionOptions, type WeightUse } from "./runtime";

/** A model rewritten and loaded into the runtime. */
export interface LoadedSession<T> {
  /** What the rewriting gave. */
  readonly rewritten: T;
  readonly session: InferenceSession;
  readonly tensor: typeof Tensor;
  readonly use: WeightUse;
}

/** What hears of a load before memory is taken for it: what was rewritten, how its weights will be used, and what is taken while it is loaded alone, in bytes. What it returns is called when the load has ended. */
type Prepare<T> = (rewritten: T, use: WeightUse, loading: number) => Promise<() => void>;

/**
 * Rewrites the graph of a model and loads the result. Large weights stay where they are: the runtime reads them from the person's own files, once, and
 * nothing is written; those of more than `mostPacked` bytes together it goes on reading there. Where it cannot, they are handed to it in memory. Throws
 * an {@link ExplainError} for a file that is damaged, unsafe, too large for the memory, changed meanwhile, or uses operators that are not supported.
 */
export async function loadRewritten<T extends WrittenModel, R>(
  parts: GraphParts<R>,
  threads: number,
  rewrite: (read: R) => T,
  {
    mostPacked = Number.POSITIVE_INFINITY,
    prepare,
  }: { readonly mostPacked?: number; readonly prepare?: Prepare<T> } = {},
): Promise<LoadedSession<T>> {
  const load = async (inPlace: boolean): Promise<LoadedSession<T>> => {
    const { InferenceSession, Tensor } = await loadRuntime();
    const { files } = parts;
    files.inPlace = inPlace;
    const rewritten = rewrite(parts.read());
    const use = rewritten.weightBytes > mostPacked ? "mapped" : "packed";
    const options = sessionOptions(threads, inPlace ? files.base : undefined, use);
    const loading = rewritten.ownBytes;
    const ended = await prepare?.(rewritten, use, loading);
    try {
      const session = await InferenceSession.create(joined(rewritten, loading), options);
      try {
        // The runtime read the file by its name; had another taken its place, the weights would be of no model at all.
        files.checkUnchanged();
        return { rewritten, session, tensor: Tensor, use };
      } catch (error) {
        await session.release();
        throw error;
      }
    } finally {
      if (loading > mostGarbage) {
        collectGarbage();
      }
      ended?.();
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

/** Garbage that a load may leave to the next time that memory is looked through, in bytes. */
const mostGarbage = 2 ** 24;

/** The file of a rewritten model in one piece; its own pieces are let go of. */
function joined({ model }: WrittenModel, loading: number): Uint8Array {
  const file = joinChunks(model);
  model.length = 0;
  if (loading > mostGarbage) {
    collectGarbage();
  }
  return file;
}

/** Memory for word embeddings that a model is fed, as far as texts can ask for them: in time the whole table. */
export function embeddingBytes(fed: FedEmbeddings | null): number {
  const rows = fed ? fed.vocabulary + (fed.output?.vocabulary ?? 0) : 0;
  return Float32Array.BYTES_PER_ELEMENT * rows * (fed?.width ?? 0);
}
