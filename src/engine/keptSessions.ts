import { ExplainError } from "../common/errors";

/** Why a model will have no such session the next time either. */
const lasting: ReadonlySet<string> = new Set([
  "operator-unsupported",
  "model-unsupported",
  "model-file-unsafe",
  "method-unavailable",
]);

/** A session beside the one that runs forward. */
interface Session {
  readonly bytes: number;
  release(): Promise<void>;
}

/** Loads the session of a kind; `reserve` hears how many bytes it will take, once there is room for them. */
export type LoadSession<Kind, S> = (kind: Kind, reserve: (bytes: number) => void) => Promise<S>;

interface Kept<S> {
  readonly session: Promise<S>;
  loaded: S | undefined;
  /** What it takes, known while it is being loaded. */
  bytes: number;
  users: number;
}

/**
 * Sessions of a model beside the one that runs forward, one for each kind, such as the rule sets of gradients: loaded at first use and kept until memory is short, when the one used
 * longest ago goes first; loaded again when next asked for.
 */
export class KeptSessions<Kind extends string, S extends Session> {
  readonly #load: LoadSession<Kind, S>;
  readonly #room: () => number;
  readonly #kept = new Map<Kind, Kept<S>>();

  /** `room` tells how much memory may still be taken, in bytes. */
  constructor(load: LoadSession<Kind, S>, room: () => number) {
    this.#load = load;
    this.#room = room;
  }

  /** Memory they take now, those that are being loaded included. */
  get bytes(): number {
    return sizeOf([...this.#kept.values()]);
  }

  /** How much of that {@link giveUpIdle} could free. */
  get spare(): number {
    return sizeOf([...this.#kept.values()].filter(isIdle));
  }

  /**
   * The session of a kind; rejects with what loading it throws. What the model is to blame for is remembered; after anything else,
   * such as too little memory, the next call tries again.
   */
  async get(kind: Kind): Promise<S> {
    const asked = this.#kept.get(kind) ?? this.#loading(kind);
    // Last in the map is most recently used.
    this.#kept.delete(kind);
    this.#kept.set(kind, asked);
    try {
      const session = await asked.session;
      asked.loaded = session;
      asked.bytes = session.bytes;
      return session;
    } catch (error) {
      asked.bytes = 0;
      if (this.#kept.get(kind) === asked && !lasting.has(ExplainError.from(error).reason)) {
        this.#kept.delete(kind);
      }
      throw error;
    }
  }

  /**
   * Runs `work` with the session of a kind, which is kept that long. Sessions of other kinds that nobody uses are given up first where there is no
   * room for one more of their size. Rejects with what {@link get} and `work` throw.
   */
  async use<T>(kind: Kind, work: (session: S) => Promise<T>): Promise<T> {
    if (!this.#kept.has(kind)) {
      const needed = Math.max(0, ...[...this.#kept.values()].map(({ bytes }) => bytes));
      await this.giveUpIdle(() => needed <= this.#room());
    }
    const session = this.get(kind);
    const entry = this.#kept.get(kind);
    if (entry) {
      entry.users++;
    }
    try {
      return await work(await session);
    } finally {
      if (entry) {
        entry.users--;
      }
    }
  }

  /** Frees sessions that nobody uses, the one used longest ago first, until `isEnough`. */
  async giveUpIdle(isEnough: () => boolean): Promise<void> {
    for (const [kind, kept] of [...this.#kept]) {
      // Meanwhile another run may have taken it into use, or given it up.
      if (this.#kept.get(kind) === kept && isIdle(kept) && !isEnough()) {
        this.#kept.delete(kind);
        await (await kept.session).release();
      }
    }
  }

  /** Frees the memory. Nobody may be using a session. */
  async release(): Promise<void> {
    const sessions = [...this.#kept.values()];
    this.#kept.clear();
    for (const { session } of sessions) {
      await session.then((loaded) => loaded.release()).catch(() => undefined);
    }
  }

  #loading(kind: Kind): Kept<S> {
    const reserve = (bytes: number) => {
      kept.bytes = bytes;
    };
    // Later, as `reserve` may be called at once.
    const session = Promise.resolve().then(() => this.#load(kind, reserve));
    const kept: Kept<S> = { session, loaded: undefined, bytes: 0, users: 0 };
    return kept;
  }
}

function isIdle({ users, loaded }: Kept<unknown>): boolean {
  return users === 0 && loaded !== undefined;
}

function sizeOf(sessions: readonly Kept<unknown>[]): number {
  return sessions.reduce((sum, { bytes }) => sum + bytes, 0);
}
