import { ExplainError, throwIfCancelled } from "../../common/errors";
import type { ModelReference } from "../../common/model";
import { type ExportedModel, exported } from "../../graph/exported";
import type { Graph } from "../../graph/graph";
import { isPair, parted } from "../../graph/parted";
import { adapterFiles } from "../adapter/adapterFolder";
import { isCheckpoint } from "../checkpoint/checkpointFiles";
import { readCheckpoint } from "../checkpoint/readCheckpoint";
import { openModelFolder } from "../folder";
import { ModelFiles } from "../modelFiles";
import { sideFiles } from "./sideFiles";
import { weightPieces } from "./weightPieces";
import { WholeFolder } from "./wholeFolder";

/** What saving needs to be told beside the model. */
export interface Saving {
  /** The folder to make. */
  readonly output: string;
  /** Whether a folder of a saved model that is there already gives way. */
  readonly isReplacing: boolean;
  readonly signal: AbortSignal;
  /** Hears how many bytes of all were written. */
  readonly report: (done: number, total: number) => void;
}

/**
 * Writes an opened checkpoint, merged with its adapter where it has one, as a standard folder of an ONNX model: `onnx/model.onnx`, or two files for an encoder and a decoder, with the weights beside, configuration and tokenizer. The folder is there as a whole
 * or not at all. Resolves with its bytes. Throws what opening the checkpoint throws, `model-unsupported` for what is no checkpoint, `output-unwritable`, `disk-full` and `cancelled`.
 */
export async function saveOnnx(reference: ModelReference, saving: Saving): Promise<number> {
  const folder = await openModelFolder(reference);
  if (!isCheckpoint(folder.file)) {
    throw new ExplainError(
      "model-unsupported",
      "{0} is in ONNX's format already. Copy its folder to have it elsewhere.",
      folder.id,
    );
  }
  const adapter = folder.adapter && adapterFiles(folder.adapter);
  const files = new ModelFiles(folder, adapter);
  const { shipped } = readCheckpoint(folder, files, adapter);
  const models = exportedFiles(shipped);
  const sides = sideFiles(
    folder,
    models.some(({ model }) => model.weights.length > 0),
  );
  const total = totalBytes(models, sides);
  const whole = await WholeFolder.begin(saving.output, total, saving.isReplacing);
  try {
    const counted = counter(saving, total);
    for (const [name, bytes] of sides) {
      await whole.write(name, counted([bytes]));
    }
    for (const { name, model } of models) {
      await whole.write(`onnx/${name}`, counted(model.model));
      if (model.weights.length > 0) {
        await whole.write(`onnx/${name}_data`, counted(piecesOf(model)));
      }
    }
    files.checkUnchanged();
    throwIfCancelled(saving.signal);
    await whole.close();
    return total;
  } catch (error) {
    await whole.abandon();
    throw error;
  }
}

interface ExportedFile {
  readonly name: string;
  readonly model: ExportedModel;
}

/** The files that a graph is saved as: one, or two for an encoder and a decoder. */
function exportedFiles(graph: Graph): readonly ExportedFile[] {
  const file = (name: string, part: Graph) => ({ name, model: exported(part, `${name}_data`) });
  if (!isPair(graph)) {
    return [file("model.onnx", graph)];
  }
  const { encoder, decoder } = parted(graph);
  return [file("encoder_model.onnx", encoder), file("decoder_model.onnx", decoder)];
}

function totalBytes(models: readonly ExportedFile[], sides: ReadonlyMap<string, Uint8Array>): number {
  const lengths = (pieces: Iterable<Uint8Array>) => [...pieces].reduce((sum, { length }) => sum + length, 0);
  const ofModels = models.map(({ model }) => lengths(model.model) + lengths(model.weights.map(({ bytes }) => bytes)));
  return lengths(sides.values()) + ofModels.reduce((sum, bytes) => sum + bytes, 0);
}

function* piecesOf({ weights }: ExportedModel): Generator<Uint8Array> {
  for (const weight of weights) {
    yield* weightPieces(weight);
  }
}

/** Passes pieces on, says how far it is, and ends with `cancelled` in between. */
function counter({ signal, report }: Saving, total: number): (pieces: Iterable<Uint8Array>) => Iterable<Uint8Array> {
  let done = 0;
  return function* (pieces) {
    for (const piece of pieces) {
      throwIfCancelled(signal);
      yield piece;
      done += piece.length;
      report(done, total);
    }
  };
}
