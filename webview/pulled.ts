import { ExplainError } from "../src/common/errors";
import { Latest } from "./messages";

/** What happens to a question to the host. */
export interface PullListeners {
  /** It has been asked, or not: the last answer is or is not what is wanted. */
  busy(isBusy: boolean): void;
  /** The answer to the newest question has come. */
  loaded(): void;
  /** There is no answer; asking again with the same key asks anew. */
  failed(error: ExplainError): void;
}

/** A value that is pulled from the host when it is looked at: one question for each key, of which the last few are kept. */
export class Pulled<T> {
  readonly #listeners: PullListeners;
  readonly #most: number;
  readonly #kept = new Map<string, Promise<T>>();
  readonly #latest = new Latest();
  #asked = "";
  #loaded: { readonly key: string; readonly value: T } | null = null;

  constructor(most: number, listeners: PullListeners) {
    this.#most = most;
    this.#listeners = listeners;
  }

  /** The answer to what was asked last; `null` until it is there. */
  get value(): T | null {
    return this.#loaded?.key === this.#asked ? this.#loaded.value : null;
  }

  /** Asks for the value of a key, unless that is what was asked last. */
  ask(key: string, pull: () => Promise<T>): void {
    if (key !== this.#asked) {
      this.#asked = key;
      void this.#pull(key, pull);
    }
  }

  async #pull(key: string, pull: () => Promise<T>): Promise<void> {
    const current = this.#latest.begin();
    this.#listeners.busy(true);
    try {
      const value = await this.#remember(key, pull);
      if (current()) {
        this.#loaded = { key, value };
        this.#listeners.busy(false);
        this.#listeners.loaded();
      }
    } catch (thrown) {
      if (current()) {
        this.#asked = "";
        this.#listeners.busy(false);
        this.#listeners.failed(ExplainError.from(thrown));
      }
    }
  }

  #remember(key: string, pull: () => Promise<T>): Promise<T> {
    const found = this.#kept.get(key);
    const value = found ?? pull();
    this.#kept.delete(key);
    this.#kept.set(key, value);
    if (!found) {
      value.catch(() => this.#kept.delete(key));
    }
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= this.#most) {
        break;
      }
      this.#kept.delete(oldest);
    }
    return value;
  }
}
