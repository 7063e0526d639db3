import type { MemoryPart } from "../common/model";
import type { AttentionRuns } from "./attentionRuns";
import type { Batcher } from "./batcher";
import type { KeptSessions } from "./keptSessions";
import { embeddingBytes } from "./modelLoading";
import type { ModelParts } from "./modelParts";
import type { ModelSession } from "./session";

type Sessions = Pick<KeptSessions<string, never>, "bytes" | "spare" | "giveUpIdle">;

/** The parts of a loaded model that take memory. */
export interface MemoryOwners {
  readonly session: Pick<ModelSession, "bytes" | "fed"> & { readonly parts: Pick<ModelParts, "bytes" | "clear"> };
  readonly gradients: Sessions | null;
  readonly inside: Sessions | null;
  readonly decoding: Sessions;
  readonly attention: Pick<AttentionRuns, "bytes" | "clear"> | null;
  readonly batcher: Pick<Batcher, "bytes" | "clear">;
}

/** What a loaded model takes of the memory setting, by who takes it. */
export class ModelMemory {
  readonly #owners: MemoryOwners;
  /** What is loaded for a while beside the model. */
  readonly #guests = new Set<ModelMemory>();

  constructor(owners: MemoryOwners) {
    this.#owners = owners;
  }

  /** What each owner takes now. */
  get parts(): MemoryPart[] {
    const { session, gradients, inside, decoding, attention, batcher } = this.#owners;
    const embeddings = embeddingBytes(session.fed);
    const parts: MemoryPart[] = [
      { owner: "weights", bytes: session.bytes - embeddings },
      { owner: "embeddings", bytes: embeddings },
      { owner: "graph", bytes: session.parts.bytes },
      { owner: "gradients", bytes: gradients?.bytes ?? 0 },
      { owner: "inside", bytes: inside?.bytes ?? 0 },
      { owner: "decoding", bytes: decoding.bytes },
      { owner: "attention", bytes: attention?.bytes ?? 0 },
      { owner: "logits", bytes: batcher.bytes },
    ];
    return parts.filter(({ bytes }) => bytes > 0);
  }

  /** All of it together. */
  get bytes(): number {
    const guests = [...this.#guests].reduce((sum, guest) => sum + guest.bytes, 0);
    return this.parts.reduce((sum, { bytes }) => sum + bytes, guests);
  }

  /** Counts what another takes as this model's while `work` goes on. */
  async during<T>(guest: ModelMemory, work: () => Promise<T>): Promise<T> {
    this.#guests.add(guest);
    try {
      return await work();
    } finally {
      this.#guests.delete(guest);
    }
  }

  /** How much of that {@link trim} could free. */
  get spare(): number {
    const { session, gradients, inside, decoding, attention, batcher } = this.#owners;
    return (
      session.parts.bytes +
      (gradients?.spare ?? 0) +
      (inside?.spare ?? 0) +
      decoding.spare +
      (attention?.bytes ?? 0) +
      batcher.bytes
    );
  }

  /** Frees what is kept for speed, what is soonest made again first, until `isEnough`; also while the model is in use. */
  async trim(isEnough: () => boolean): Promise<void> {
    const { session, gradients, inside, decoding, attention, batcher } = this.#owners;
    attention?.clear();
    session.parts.clear();
    await decoding.giveUpIdle(isEnough);
    await inside?.giveUpIdle(isEnough);
    await gradients?.giveUpIdle(isEnough);
    if (!isEnough()) {
      batcher.clear();
    }
  }
}
