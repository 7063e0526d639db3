import { ExplainError } from "../common/errors";
import { type Message, message } from "../common/message";
import { makeShipped } from "../graph/shipped";
import { type Row, withoutPlaces } from "./batcher";
import type { Memory } from "./memory";
import { loadRewritten } from "./modelLoading";
import type { ModelSession } from "./session";
import { feedsOf, readInputs } from "./tokenInputs";

/** What is compared with a model's file as it was shipped. */
export interface Drift {
  /** The model in normal form. */
  readonly session: ModelSession;
  readonly threads: number;
  /** Memory that may be taken meanwhile, in bytes. */
  readonly room: number;
  /** Counts what is taken meanwhile. */
  readonly memory: Pick<Memory, "take">;
}

/** How far logits are apart; `null` where the file does not run as it was shipped, and where it could not be loaded this time how much room it needs. */
type Measured = number | null | { readonly needs: number };

/**
 * The largest difference between the logits of rows and those that the file gives as it was shipped, run here and each row on its own. The file is
 * loaded beside the model and freed again.
 */
export async function measureDrift({ session, threads, room, memory }: Drift, rows: readonly Row[]): Promise<Measured> {
  const longest = Math.max(...rows.map(({ ids }) => ids.length));
  let needs = 0;
  let giveBack = () => {};
  try {
    const shipped = await loadRewritten(session.parts, threads, (read) => {
      const model = makeShipped(read.shipped, session.logitsName);
      needs = model.weightBytes + Math.max(model.runBytes(1, longest), model.ownBytes);
      if (needs > room) {
        throw new ExplainError("not-enough-memory", "There is no room to load {0} twice.", session.file);
      }
      giveBack();
      giveBack = memory.take(needs);
      return model;
    });
    try {
      const { inputs, logits } = shipped.rewritten;
      const read = readInputs(inputs);
      let largest = 0;
      for (const row of rows.map(withoutPlaces)) {
        const results = await shipped.session.run(feedsOf(shipped.tensor, read, [row]), [logits]);
        const theirs = results[logits]?.data;
        const [ours] = await session.logits([row]);
        if (!(theirs instanceof Float32Array) || theirs.length !== ours?.length || !theirs.every(Number.isFinite)) {
          return null;
        }
        largest = ours.reduce((most, value, index) => Math.max(most, Math.abs(value - (theirs[index] ?? 0))), largest);
      }
      return largest;
    } finally {
      await shipped.session.release();
    }
  } catch (error) {
    // A figure that cannot be had is no reason for a text not to be explained.
    return ExplainError.from(error).reason === "not-enough-memory" ? { needs } : null;
  } finally {
    giveBack();
  }
}

/** The drift of a model, measured on the first rows that there is room for and remembered. */
export class KeptDrift {
  readonly #measure: (rows: readonly Row[], room: number) => Promise<Measured>;
  readonly #room: () => number;
  #found: Promise<Measured> | undefined;
  /** What it took more than there was. */
  #needs = 0;

  /** `room` tells how much memory may be taken, in bytes. */
  constructor(measure: (rows: readonly Row[], room: number) => Promise<Measured>, room: () => number) {
    this.#measure = measure;
    this.#room = room;
  }

  /** Whether asking costs nothing. */
  get isKnown(): boolean {
    return this.#found !== undefined || this.#needs > this.#room();
  }

  /** The drift; `null` where it cannot be told. */
  async on(rows: readonly Row[]): Promise<number | null> {
    if (!this.#found && this.#needs > this.#room()) {
      return null;
    }
    this.#found ??= this.#measure(rows, this.#room());
    const asked = this.#found;
    const found = await asked;
    if (typeof found === "number" || found === null) {
      return found;
    }
    this.#needs = found.needs;
    if (this.#found === asked) {
      this.#found = undefined;
    }
    return null;
  }
}

/**
 * Says how far a model's logits are from those of its file, where they differ. Measuring takes as long as loading the model, so `beforeMeasuring`
 * is called first, for showing what is there already.
 */
export async function driftWarnings(
  { session, drift }: { readonly session: Pick<ModelSession, "differs">; readonly drift: KeptDrift },
  rows: readonly Row[],
  beforeMeasuring: () => void,
): Promise<Message[]> {
  if (!session.differs) {
    return [];
  }
  if (!drift.isKnown) {
    beforeMeasuring();
  }
  const largest = await drift.on(rows);
  return largest === null ? [] : [message(measured, String(Number(largest.toPrecision(2))))];
}

const measured = "Measured on the first text: logits differ by at most {0} from those that the file itself gives here.";
