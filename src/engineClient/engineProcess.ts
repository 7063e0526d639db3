import { type ChildProcess, fork } from "node:child_process";
import {
  CancellationTokenSource,
  createMessageConnection,
  IPCMessageReader,
  IPCMessageWriter,
  type MessageConnection,
  ParameterStructures,
  ResponseError,
} from "vscode-jsonrpc/node";
import type { EngineNotifications, EngineRequests } from "../common/engineProtocol";
import { cancelledError, type ErrorData, ExplainError } from "../common/errors";
import { type ExitCause, ProcessGone } from "./processGone";

const lastWordsLength = 4000;

/** How to run the engine process. */
export interface ProcessOptions {
  /** The engine's bundle. */
  readonly modulePath: string;
  /** After this long without a request the process ends by itself. */
  readonly idleMilliseconds: number;
  /** A cancelled request that has not ended after this long ends the process. */
  readonly graceMilliseconds: number;
  readonly log: (line: string) => void;
  readonly onProgress: (notification: EngineNotifications["progress"]) => void;
}

/** One engine process: typed requests, cancellation with a grace time, and a promise of its end. */
export class EngineProcess {
  /** Resolves once the process is gone. */
  readonly gone: Promise<ProcessGone>;
  readonly #child: ChildProcess;
  readonly #connection: MessageConnection;
  readonly #graceMilliseconds: number;
  #announce: (gone: ProcessGone) => void = () => undefined;
  #started = false;
  #lastWords = "";
  #isGone = false;

  constructor(options: ProcessOptions) {
    this.#graceMilliseconds = options.graceMilliseconds;
    this.#child = fork(options.modulePath, [`--idle=${options.idleMilliseconds}`], {
      execArgv: [],
      env: { ...process.env, ELECTRON_RUN_AS_NODE: "1" },
      serialization: "advanced",
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        const words = text.trim();
        if (words) {
          this.#lastWords = `${this.#lastWords}\n${words}`.slice(-lastWordsLength);
          options.log(words);
        }
      });
    }
    this.gone = new Promise((resolve) => {
      this.#announce = resolve;
    });
    this.#child.once("error", (error) => {
      this.#lastWords = error.message;
      this.#end("crashed");
    });
    // By then everything it wrote has been read.
    this.#child.once("close", (code) => this.#end(code === 0 ? "idle" : "crashed"));
    this.#connection = createMessageConnection(new IPCMessageReader(this.#child), new IPCMessageWriter(this.#child));
    this.#connection.onError(([error]) => options.log(error.message));
    this.#connection.onNotification("progress", options.onProgress);
    this.#connection.listen();
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get isGone(): boolean {
    return this.#isGone;
  }

  /** Sends a request. Rejects with {@link ProcessGone} if the process ends first, else with the engine's {@link ExplainError}. */
  async request<K extends keyof EngineRequests>(
    method: K,
    params: EngineRequests[K]["params"],
    signal: AbortSignal | undefined,
  ): Promise<EngineRequests[K]["result"]> {
    const source = new CancellationTokenSource();
    let graceTimer: NodeJS.Timeout | undefined;
    const cancel = () => {
      source.cancel();
      graceTimer = setTimeout(() => this.kill("unresponsive"), this.#graceMilliseconds);
    };
    signal?.addEventListener("abort", cancel, { once: true });
    try {
      const answer = this.#connection
        .sendRequest<EngineRequests[K]["result"]>(method, ParameterStructures.byName, params, source.token)
        .then(
          (result) => ({ result }),
          (error: unknown) => ({ error }),
        );
      const outcome = await Promise.race([answer, this.gone.then((gone) => ({ error: gone }))]);
      if ("result" in outcome) {
        this.#started = true;
        return outcome.result;
      }
      throw await this.#translate(outcome.error);
    } finally {
      signal?.removeEventListener("abort", cancel);
      clearTimeout(graceTimer);
      source.dispose();
    }
  }

  /** Ends the process at once; nothing waits for the system to report its end. */
  kill(cause: ExitCause): void {
    this.#child.kill("SIGKILL");
    this.#end(cause);
  }

  #end(cause: ExitCause): void {
    if (!this.#isGone) {
      this.#isGone = true;
      this.#connection.dispose();
      this.#announce(new ProcessGone(cause, this.#started, this.#lastWords));
    }
  }

  async #translate(error: unknown): Promise<unknown> {
    if (error instanceof ResponseError) {
      const data: unknown = error.data;
      if (isErrorData(data)) {
        this.#started = true;
        return data.reason === "cancelled" ? cancelledError() : ExplainError.fromData(data);
      }
    }
    if (error instanceof ProcessGone || (this.#child.connected && !this.#isGone)) {
      return error;
    }
    // The channel closed before the news of the exit came.
    return this.gone;
  }
}

function isErrorData(data: unknown): data is ErrorData {
  return typeof data === "object" && data !== null && "reason" in data && "message" in data;
}
