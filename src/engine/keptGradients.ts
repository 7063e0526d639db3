import { ExplainError } from "../common/errors";
import type { RuleSetName } from "../graph/gradient/ruleSets";
import type { GradientSession } from "./gradientSession";

/** Why a model will have no gradients the next time either. */
const lasting: ReadonlySet<string> = new Set(["operator-unsupported", "model-unsupported", "model-file-unsafe"]);

interface Kept {
  readonly session: Promise<GradientSession>;
  loaded: GradientSession | undefined;
  users: number;
}

/** The gradient sessions of a model, one for each rule set: loaded at first use and kept until memory is short; loaded again when next asked for. */
export class KeptGradients {
  readonly #load: (rules: RuleSetName) => Promise<GradientSession>;
  readonly #room: () => number;
  readonly #kept = new Map<RuleSetName, Kept>();

  /** `room` tells how much memory may still be taken, in bytes. */
  constructor(load: (rules: RuleSetName) => Promise<GradientSession>, room: () => number) {
    this.#load = load;
    this.#room = room;
  }

  /** Memory they take now. */
  get bytes(): number {
    return [...this.#kept.values()].reduce((sum, { loaded }) => sum + (loaded?.bytes ?? 0), 0);
  }

  /**
   * The session of a rule set; rejects with what {@link GradientSession.load} throws. What the model is to blame for is remembered; after anything else,
   * such as too little memory, the next call tries again.
   */
  async get(rules: RuleSetName = "gradient"): Promise<GradientSession> {
    const asked = this.#kept.get(rules) ?? { session: this.#load(rules), loaded: undefined, users: 0 };
    this.#kept.set(rules, asked);
    try {
      const session = await asked.session;
      asked.loaded = session;
      return session;
    } catch (error) {
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
      const needed = Math.max(0, ...[...this.#kept.values()].map(({ loaded }) => loaded?.bytes ?? 0));
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

  /** Frees sessions that nobody uses, one after the other, until `isEnough`. */
  async giveUpIdle(isEnough: () => boolean): Promise<void> {
    for (const [rules, kept] of [...this.#kept]) {
      // Meanwhile another run may have taken it into use, or given it up.
      const isIdle = this.#kept.get(rules) === kept && kept.users === 0 && kept.loaded !== undefined;
      if (isIdle && !isEnough()) {
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
}
