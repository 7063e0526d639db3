import { totalmem } from "node:os";
import { ExplainError } from "../common/errors";
import { type Message, message } from "../common/message";

/** What takes memory of the engine's setting, such as a loaded model, and can give it back. */
export interface Holder {
  /** What it takes now. */
  readonly bytes: number;
  /** How much of that {@link trim} would free. */
  readonly spare: number;
  /** Whether nobody uses it. */
  readonly isIdle: boolean;
  /** Frees all that it takes; only while it is idle. */
  giveUp(): Promise<void>;
  /** Frees what is there for speed only, until `isEnough`; also while it is in use. */
  trim(isEnough: () => boolean): Promise<void>;
}

const megabyte = 2 ** 20;

/** The account of the memory setting: who takes how much, and who gives it back when somebody needs more. */
export class Memory {
  readonly #holders: () => Iterable<Holder>;
  /** What is taken for a while, beside what holders take. */
  #taken = 0;
  /** Memory for all holders together, in bytes. */
  limit: number;

  /** `holders` are asked to give up in the order in which they come, least recently used first. */
  constructor(limit: number, holders: () => Iterable<Holder>) {
    this.limit = limit;
    this.#holders = holders;
  }

  /** What nobody takes, in bytes; negative where more is taken than the setting allows. */
  get left(): number {
    return [...this.#holders()].reduce((left, { bytes }) => left - bytes, this.limit - this.#taken);
  }

  /** Counts `bytes` as taken while `work` goes on. */
  async during<T>(bytes: number, work: () => Promise<T>): Promise<T> {
    const giveBack = this.take(bytes);
    try {
      return await work();
    } finally {
      giveBack();
    }
  }

  /** Counts `bytes` as taken until what it returns is called, as by a run whose results go again. */
  take(bytes: number): () => void {
    this.#taken += bytes;
    let rest = bytes;
    return () => {
      this.#taken -= rest;
      rest = 0;
    };
  }

  /**
   * Frees what nobody uses until `bytes` fit: whole models first, then what the others keep for speed. Of `keep`, which will be used next, only the latter is
   * freed, last of all, and only where that is enough: else it would be made again each time. Where even that is not enough, the setting is exceeded, and
   * {@link excess} and {@link excessOfRun} have the words for it.
   */
  async makeRoom(bytes: number, keep?: Holder): Promise<void> {
    const isEnough = () => this.left >= bytes;
    const others = () => [...this.#holders()].filter((holder) => holder !== keep);
    for (const holder of others()) {
      if (!isEnough() && holder.isIdle) {
        await holder.giveUp();
      }
    }
    for (const holder of others()) {
      if (!isEnough()) {
        await holder.trim(isEnough);
      }
    }
    if (keep && !isEnough() && this.left + keep.spare >= bytes) {
      await keep.trim(isEnough);
    }
  }

  /** What to say of a model that takes more than the setting allows; `null` where it fits. */
  excess(bytes: number): Message | null {
    return bytes > this.limit
      ? message(
          "This model takes about {0} MB, more than the setting engine.memory ({1} MB) allows. Raise the setting or choose a smaller file.",
          Math.ceil(bytes / megabyte),
          Math.round(this.limit / megabyte),
        )
      : null;
  }

  /** What to say of a method that takes more on a text than the setting allows; `null` where it fits. */
  excessOfRun(bytes: number): Message | null {
    return bytes > this.limit
      ? message(
          "This takes about {0} MB for a text so long, more than the setting engine.memory ({1} MB) allows. Raise the setting or explain less text.",
          Math.ceil(bytes / megabyte),
          Math.round(this.limit / megabyte),
        )
      : null;
  }
}

/** Throws `not-enough-memory` where `bytes` are more than the whole machine, or what this process may take of it, has. */
export function checkMachine(file: string, bytes: number, machine = machineBytes()): void {
  if (bytes > machine) {
    throw new ExplainError(
      "not-enough-memory",
      "{0} needs about {1} MB here, but this machine gives {2} MB. Choose a smaller model or a shorter text.",
      file,
      Math.ceil(bytes / megabyte),
      Math.floor(machine / megabyte),
    );
  }
}

/** The memory of the machine, or what this process may take of it, in bytes. */
export function machineBytes(): number {
  // 0 where nothing constrains the process.
  const constrained = process.constrainedMemory();
  return constrained > 0 ? Math.min(totalmem(), constrained) : totalmem();
}
