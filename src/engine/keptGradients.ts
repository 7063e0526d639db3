import { ExplainError } from "../common/errors";
import type { RuleSetName } from "../graph/gradient/ruleSets";
import type { GradientSession } from "./gradientSession";

/** Why a model will have no gradients the next time either. */
const lasting: ReadonlySet<string> = new Set(["operator-unsupported", "model-unsupported", "model-file-unsafe"]);

/** Loads the session of a rule set; `reserve` hears how many bytes it will take, once there is room for them. */
export type LoadGradients = (rules: RuleSetName, reserve: (bytes: number) => void) => Promise<GradientSession>;

interface Kept {
  readonly session: Promise<GradientSession>;
  loaded: GradientSession | undefined;
  /** What it takes, known while it is being loaded. */
  bytes: number;
  users: number;
}

/**
 * The gradient sessions of a model, one for each rule set: loaded at first use and kept until memory is short, when the one used longest ago goes first; loaded again when
 * next asked for.
 */
export class KeptGradients {
  readonly #load: LoadGradients;
  readonly #room: () => number;
  readonly #kept = new Map<RuleSetName, Kept>();

  /** `room` tells how much memory may still be taken, in bytes. */
  constructor(load: LoadGradients, room: () => number) {
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
   * The session of a rule set; rejects with what {@link GradientSession.load} throws. What the model is to blame for is remembered; after anything else,
   * such as too little memory, the next call tries again.
   */
  async get(rules: RuleSetName = "gradient"): Promise<GradientSession> {
    const asked = this.#kept.get(rules) ?? this.#loading(rules);
    // Last in the map is most recently used.
    this.#kept.delete(rules);
    this.#kept.set(rules, asked);
    try {
      const session = await asked.session;
      asked.loaded = session;
      asked.bytes = session.bytes;
      return session;
    } catch (error) {
      asked.bytes = 0;
      if (this.#kept.get(rules) === asked && !lasting.has(ExplainError.from(error).reason)) {
        this.#kept.delete(rules);
      }
      throw error;
    }
  }

  /**
   * Runs `work` with the session of a rule set, which is kept that long. Sessions of other rule sets that nobody uses are given up first where there is no
   * room for one more of their size. Rejects with what {@link get} and `work` throw.
   */
  async use<T>(rules: RuleSetName, work: (session: GradientSession) => Promise<T>): Promise<T> {
    if (!this.#kept.has(rules)) {
      const needed = Math.max(0, ...[...this.#kept.values()].map(({ bytes }) => bytes));
      await this.giveUpIdle(() => needed <= this.#room());
    }
    const session = this.get(rules);
    const entry = this.#kept.get(rules);
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
    for (const [rules, kept] of [...this.#kept]) {
      // Meanwhile another run may have taken it into use, or given it up.
      if (this.#kept.get(rules) === kept && isIdle(kept) && !isEnough()) {
        this.#kept.delete(rules);
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

  #loading(rules: RuleSetName): Kept {
    const reserve = (bytes: number) => {
      kept.bytes = bytes;
    };
    // Later, as `reserve` may be called at once.
    const session = Promise.resolve().then(() => this.#load(rules, reserve));
    const kept: Kept = { session, loaded: undefined, bytes: 0, users: 0 };
    return kept;
  }
}

function isIdle({ users, loaded }: Kept): boolean {
  return users === 0 && loaded !== undefined;
}

function sizeOf(sessions: readonly Kept[]): number {
  return sessions.reduce((sum, { bytes }) => sum + bytes, 0);
}
