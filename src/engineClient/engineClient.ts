import { basename } from "node:path";
import type { EngineNotifications, EngineOptions, EngineRequests, ExplainProgress } from "../common/engineProtocol";
import { cancelledError, ExplainError, throwIfCancelled } from "../common/errors";
import type { ExplainRequest, Explanation } from "../common/explanation";
import { type Message, message } from "../common/message";
import type { ModelReference } from "../common/model";
import type { EngineProcess } from "./engineProcess";
import { type ExitCause, ProcessGone } from "./processGone";

/** What an {@link EngineClient} needs to know; times have defaults. */
export interface EngineClientOptions {
  /** The engine's bundle. */
  readonly modulePath: string;
  readonly options: EngineOptions;
  /** Hears what the engine process writes to its standard output and error. */
  readonly log: (line: string) => void;
  /** A cancelled request that has not ended after this long ends the engine process; it starts again at next use. */
  readonly graceMilliseconds?: number;
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
    const run = ++this.#lastRun;
    if (onProgress) {
      this.#progressOfRun.set(run, onProgress);
    }
    try {
      return await this.request("explain", { run, request }, signal);
    } finally {
      this.#progressOfRun.delete(run);
    }
  }

  /**
   * Sends a request, starting the engine process if there is none. Rejects with an {@link ExplainError}: `cancelled` soon after `signal` aborts,
   * `engine-crashed` when the process died twice on this request, `engine-unavailable` when it cannot start.
   */
  async request<K extends keyof EngineRequests>(
    method: K,
    params: EngineRequests[K]["params"],
    signal?: AbortSignal,
  ): Promise<EngineRequests[K]["result"]> {
    let crashes = 0;
    for (;;) {
      throwIfCancelled(signal);
      const engine = await this.#running();
      try {
        const result = await engine.request(method, params, signal);
        throwIfCancelled(signal);
        return result;
      } catch (error) {
        if (!(error instanceof ProcessGone)) {
          throw ExplainError.from(error);
        }
        throwIfCancelled(signal);
        if (this.#disposed) {
          throw cancelledError();
        }
        if (error.exitCause !== "unresponsive" && ++crashes > 1) {
          throw error.started ? crashedTwice(method, params) : cannotStart(error.lastWords);
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
      graceMilliseconds: this.#client.graceMilliseconds ?? 200,
      log: this.#client.log,
      onProgress: ({ run, progress }: EngineNotifications["progress"]) => this.#progressOfRun.get(run)?.(progress),
    });
    this.#process = engine;
    void engine.gone.then(({ exitCause }) => this.#afterExit(engine, exitCause));
    void engine
      .request("configure", this.#options, undefined)
      .catch((error: unknown) => this.#client.log(String(error)));
    return engine;
  }

  #afterExit(engine: EngineProcess, cause: ExitCause): void {
    if (this.#process === engine) {
      this.#process = null;
    }
    if (cause === "crashed" && !this.#disposed) {
      const sentence = message("The explanation engine stopped unexpectedly. It starts again by itself.");
      for (const listener of this.#crashListeners) {
        listener(sentence);
      }
    }
  }
}

function crashedTwice<K extends keyof EngineRequests>(method: K, params: EngineRequests[K]["params"]): ExplainError {
  const { model, input } = describe(params);
  return new ExplainError(
    "engine-crashed",
    "The engine stopped twice on {0} with the model {1} ({2}). Choose another model or another text.",
    input,
    model,
    method,
  );
}

function cannotStart(lastWords: string): ExplainError {
  const lines = lastWords.split("\n").map((line) => line.trim());
  const reason = lines.find((line) => /error/i.test(line)) ?? lines[0] ?? "";
  return new ExplainError(
    "engine-unavailable",
    "The explanation engine cannot start ({0}). Install the extension's package for this platform again.",
    reason.slice(0, 200) || "no reason given",
  );
}

/** The model and the input of a request's parameters, as a person would name them. */
function describe(params: EngineRequests[keyof EngineRequests]["params"]): { model: string; input: string } {
  if ("request" in params) {
    const { text, model } = params.request;
    const start = text.slice(0, 60).replace(/\s+/g, " ").trim();
    return { model: modelName(model), input: `"${start}${text.length > 60 ? " …" : ""}"` };
  }
  if ("source" in params) {
    return { model: modelName(params.source.model), input: `the attention of ${params.source.ids.length} tokens` };
  }
  return { model: "directory" in params ? modelName(params) : "", input: "its settings" };
}

function modelName(model: ModelReference): string {
  return basename(model.directory) || model.directory;
}
