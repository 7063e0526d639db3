import { ExplainError } from "../common/errors";
import type { GradientSession } from "./gradientSession";

/** Why a model will have no gradients the next time either. */
const lasting: ReadonlySet<string> = new Set(["operator-unsupported", "model-unsupported", "model-file-unsafe"]);

/** The gradient session of a model: loaded at first use and kept until memory is short; loaded again when it is next asked for. */
export class KeptGradients {
  readonly #load: () => Promise<GradientSession>;
  #session: Promise<GradientSession> | undefined;
  #bytes = 0;

  constructor(load: () => Promise<GradientSession>) {
    this.#load = load;
  }

  /** Memory it takes now. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * The session; rejects with what {@link GradientSession.load} throws. What the model is to blame for is remembered; after anything else, such as too
   * little memory, the next call tries again.
   */
  async get(): Promise<GradientSession> {
    this.#session ??= this.#load();
    const asked = this.#session;
    try {
      const session = await asked;
      if (this.#session === asked) {
        this.#bytes = session.bytes;
      }
      return session;
    } catch (error) {
      if (this.#session === asked && !lasting.has(ExplainError.from(error).reason)) {
        this.#session = undefined;
      }
      throw error;
    }
  }

  /** Frees the memory. Nobody may be using the session. */
  async release(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    this.#bytes = 0;
    await session?.then((loaded) => loaded.release()).catch(() => undefined);
  }
}
