import type { EngineNotifications, EngineOptions, EngineRequests, ExplainProgress } from "../common/engineProtocol";
import { cancelledError, ExplainError, throwIfCancelled } from "../common/errors";
import type { Attribution, ExplainRequest, Explanation, MeasuredMethod } from "../common/explanation";
import { type Message, message } from "../common/message";
import { blame } from "./blame";
import type { EngineProcess } from "./engineProcess";
import { type Ending, type ExitCause, ProcessGone } from "./processGone";

/** What an {@link EngineClient} needs to know; times have defaults. */
export interface EngineClientOptions {
  /** The engine's bundle. */
  readonly modulePath: string;
  readonly options: EngineOptions;
  /** Hears what the engine process writes to its standard output and error. */
  readonly log: (line: string) => void;
  /** How long cancelled requests alone may hold up the engine before it is killed, and how long it may give no sign of life. */
  readonly graceMilliseconds?: number;
  readonly silenceMilliseconds?: number;
  readonly idleMilliseconds?: number;
}

type Listener<T> = (value: T) => void;

/**
 * The host's side of the engine process: starts it at first use, sends typed requests that an `AbortSignal` cancels,
 * starts it again after a crash and repeats the request once.
 */
export class EngineClient {
  readonly #client: EngineClientOptions;
  readonly #crashListeners = new Set<Listener<Message>>();
  readonly #progressOfRun = new Map<number, Listener<ExplainProgress>>();
  #options: EngineOptions;
  #process: EngineProcess | null = null;
  #lastRun = 0;
  #disposed = false;

  constructor(client: EngineClientOptions) {
    this.#client = client;
    this.#options = client.options;
  }

  /** The process id of the engine, while there is one. */
  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** Calls `listener` with one sentence when the engine process died by itself; the returned function ends that. */
  onCrash(listener: Listener<Message>): () => void {
    this.#crashListeners.add(listener);
    return () => this.#crashListeners.delete(listener);
  }

  /** Changes threads and memory, now if there is a process, otherwise when it starts. */
  async configure(options: EngineOptions): Promise<void> {
    this.#options = options;
    if (this.#process) {
      await this.request("configure", options);
    }
  }

  /** Explains a text; `onProgress` hears phases and partial results. Rejects with an {@link ExplainError}. */
  async explain(
    request: ExplainRequest,
    signal?: AbortSignal,
    onProgress?: (progress: ExplainProgress) => void,
  ): Promise<Explanation> {
    return await this.#reported((run) => this.request("explain", { run, request }, signal), onProgress);
  }

  /** Measures attributions of a text, and random scores beside them; `onProgress` as of {@link explain}. Rejects with an {@link ExplainError}. */
  async measure(
    request: ExplainRequest,
    attributions: readonly Attribution[],
    signal?: AbortSignal,
    onProgress?: (progress: ExplainProgress) => void,
  ): Promise<readonly MeasuredMethod[]> {
    const ask = (run: number) => this.request("measure", { run, request, attributions }, signal);
    return await this.#reported(ask, onProgress);
  }

  /** Saves a checkpoint as an ONNX model's folder; `onProgress` hears bytes. Resolves with the folder's. Rejects with an {@link ExplainError}. */
  async save(
    saved: Omit<EngineRequests["saveOnnx"]["params"], "run">,
    signal?: AbortSignal,
    onProgress?: (progress: ExplainProgress) => void,
  ): Promise<number> {
    return await this.#reported((run) => this.request("saveOnnx", { run, ...saved }, signal), onProgress);
  }

  /**
   * Sends a request, starting the engine process if there is none, and repeats it when the process dies. Rejects with an {@link ExplainError}: `cancelled` as
   * soon as `signal` aborts, `engine-crashed` when the process died twice on this request or again and again, `engine-unavailable` when it cannot start.
   */
  async request<K extends keyof EngineRequests>(
    method: K,
    params: EngineRequests[K]["params"],
    signal?: AbortSignal,
  ): Promise<EngineRequests[K]["result"]> {
    throwIfCancelled(signal);
    const endings: Ending[] = [];
    for (;;) {
      const engine = await this.#running();
      throwIfCancelled(signal);
      try {
        return await engine.request(method, params, signal);
      } catch (error) {
        if (!(error instanceof ProcessGone)) {
          throw ExplainError.from(error);
        }
        throwIfCancelled(signal);
        if (this.#disposed) {
          throw cancelledError();
        }
        // Another request held it up; that one was cancelled.
        if (error.ending.exitCause !== "unresponsive") {
          endings.push(error.ending);
        }
        const reason = blame(endings, method, params);
        if (reason) {
          throw reason;
        }
      }
    }
  }

  /** Ends the engine process; requests under way reject with `cancelled`. */
  dispose(): void {
    this.#disposed = true;
    this.#process?.kill("disposed");
    this.#process = null;
  }

  /** Asks under a run's number, so that what the engine tells of the run is heard. */
  async #reported<T>(ask: (run: number) => Promise<T>, onProgress?: Listener<ExplainProgress>): Promise<T> {
    const run = ++this.#lastRun;
    if (onProgress) {
      this.#progressOfRun.set(run, onProgress);
    }
    try {
      return await ask(run);
    } finally {
      this.#progressOfRun.delete(run);
    }
  }

  async #running(): Promise<EngineProcess> {
    // Loaded at first use, since its library is most of the extension's code and activation does not need it.
    const { EngineProcess } = await import("./engineProcess");
    if (this.#disposed) {
      throw cancelledError();
    }
    if (this.#process && !this.#process.isGone) {
      return this.#process;
    }
    const engine = new EngineProcess({
      modulePath: this.#client.modulePath,
      idleMilliseconds: this.#client.idleMilliseconds ?? 30 * 60_000,
      patience: {
        graceMilliseconds: this.#client.graceMilliseconds ?? 10_000,
        silenceMilliseconds: this.#client.silenceMilliseconds ?? 10_000,
      },
      log: this.#client.log,
      onProgress: ({ run, progress }: EngineNotifications["progress"]) => this.#progressOfRun.get(run)?.(progress),
    });
    this.#process = engine;
    void engine.gone.then(({ ending }) => this.#afterExit(engine, ending.exitCause));
    void engine
      .request("configure", this.#options, undefined)
      .catch((error: unknown) => this.#client.log(String(error)));
    return engine;
  }

  #afterExit(engine: EngineProcess, cause: ExitCause): void {
    if (this.#process === engine) {
      this.#process = null;
    }
    const sentence = sentences[cause];
    if (sentence && !this.#disposed) {
      for (const listener of this.#crashListeners) {
        listener(sentence);
      }
    }
  }
}

/** What a person is told of an end that nobody asked for. */
const sentences: Partial<Record<ExitCause, Message>> = {
  crashed: message("The explanation engine stopped unexpectedly. It starts again by itself."),
  stopped: message("The explanation engine gave no sign of life and was ended. It starts again by itself."),
};
