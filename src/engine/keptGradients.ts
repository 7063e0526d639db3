import { ExplainError } from "../common/errors";
import type { RuleSetName } from "../graph/gradient/ruleSets";
import type { GradientSession } from "./gradientSession";

/** Why a model will have no gradients the next time either. */
const lasting: ReadonlySet<string> = new Set(["operator-unsupported", "model-unsupported", "model-file-unsafe"]);

interface Kept {
  readonly session: Promise<GradientSession>;
  /** Memory it takes; 0 until it is loaded. */
  bytes: number;
}

/** The gradient sessions of a model, one for each rule set: loaded at first use and kept until memory is short; loaded again when next asked for. */
export class KeptGradients {
  readonly #load: (rules: RuleSetName) => Promise<GradientSession>;
  readonly #kept = new Map<RuleSetName, Kept>();

  constructor(load: (rules: RuleSetName) => Promise<GradientSession>) {
    this.#load = load;
  }

  /** Memory they take now. */
  get bytes(): number {
    return [...this.#kept.values()].reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /**
   * The session of a rule set; rejects with what {@link GradientSession.load} throws. What the model is to blame for is remembered; after anything else,
   * such as too little memory, the next call tries again.
   */
  async get(rules: RuleSetName = "gradient"): Promise<GradientSession> {
    const asked = this.#kept.get(rules) ?? { session: this.#load(rules), bytes: 0 };
    this.#kept.set(rules, asked);
    try {
      const session = await asked.session;
      asked.bytes = session.bytes;
      return session;
    } catch (error) {
      if (this.#kept.get(rules) === asked && !lasting.has(ExplainError.from(error).reason)) {
        this.#kept.delete(rules);
      }
      throw error;
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
