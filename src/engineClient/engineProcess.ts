import { type ChildProcess, fork } from "node:child_process";
import { Readable } from "node:stream";
import {
  type CancellationToken,
  CancellationTokenSource,
  createMessageConnection,
  IPCMessageReader,
  IPCMessageWriter,
  type MessageConnection,
  ParameterStructures,
  ResponseError,
} from "vscode-jsonrpc/node";
import { onAbort } from "../common/abort";
import { beatDescriptor } from "../common/engineBeat";
import type { EngineNotifications, EngineRequests } from "../common/engineProtocol";
import { cancelledError, type ErrorData, ExplainError } from "../common/errors";
import { allocatorSettings } from "./allocator";
import { LifeWatch, type Patience, type WaitingRequest } from "./lifeWatch";
import { type ExitCause, ProcessGone } from "./processGone";

const lastWordsLength = 4000;

/** How to run the engine process. */
export interface ProcessOptions {
  /** The engine's bundle. */
  readonly modulePath: string;
  /** After this long without a request the process ends by itself. */
  readonly idleMilliseconds: number;
  readonly patience: Patience;
  readonly log: (line: string) => void;
  readonly onProgress: (notification: EngineNotifications["progress"]) => void;
}

/** One engine process: typed requests that are cancelled at once, and a promise of its end. Its {@link LifeWatch} tells when to kill it. */
export class EngineProcess {
  /** Resolves once the process is gone. */
  readonly gone: Promise<ProcessGone>;
  readonly #child: ChildProcess;
  readonly #connection: MessageConnection;
  readonly #watch: LifeWatch;
  /** What was sent and not answered, cancelled requests among them. */
  readonly #waiting = new Set<WaitingRequest>();
  #announce: (gone: ProcessGone) => void = () => undefined;
  #sent = 0;
  #started = false;
  #lastWords = "";
  #isGone = false;

  constructor(options: ProcessOptions) {
    this.#child = fork(options.modulePath, [`--idle=${options.idleMilliseconds}`, `--host=${process.pid}`], {
      execArgv: [],
      env: { ...allocatorSettings, ...process.env, ELECTRON_RUN_AS_NODE: "1" },
      serialization: "advanced",
      // The last one is the descriptor of beats.
      stdio: ["ignore", "pipe", "pipe", "ipc", "pipe"],
    });
    // First of all: a process that could not be made says so here, and has nothing else.
    this.#child.once("error", (error) => {
      this.#lastWords = error.message;
      this.#end("crashed", false);
    });
    this.gone = new Promise((resolve) => {
      this.#announce = resolve;
    });
    this.#watch = new LifeWatch(options.patience, this.#waiting, (cause) => this.kill(cause));
    this.#hear(options.log);
    // By then everything it wrote has been read.
    this.#child.once("close", (code, signal) => this.#end(code === 0 ? "idle" : "crashed", signal !== null));
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

  /**
   * Sends a request. Rejects with `cancelled` at once when `signal` aborts, whatever the process is doing, and drops the late answer; otherwise with
   * {@link ProcessGone} if the process ends first, or with the engine's {@link ExplainError}.
   */
  request<K extends keyof EngineRequests>(
    method: K,
    params: EngineRequests[K]["params"],
    signal: AbortSignal | undefined,
  ): Promise<EngineRequests[K]["result"]> {
    return new Promise((resolve, reject) => {
      const source = new CancellationTokenSource();
      const waiting = { number: ++this.#sent, wanted: true };
      const cancel = () => {
        waiting.wanted = false;
        source.cancel();
        reject(cancelledError());
      };
      const forget = () => {
        hearNoMore?.();
        source.dispose();
        this.#waiting.delete(waiting);
        if (this.#waiting.size === 0) {
          this.#watch.stop();
        }
      };
      const hearNoMore = signal && onAbort(signal, cancel);
      this.#waiting.add(waiting);
      this.#watch.start();
      this.#answer(method, params, source.token).finally(forget).then(resolve, reject);
    });
  }

  /** Ends the process at once; nothing waits for the system to report its end. */
  kill(cause: ExitCause): void {
    this.#child.kill("SIGKILL");
    this.#end(cause, true);
  }

  async #answer<K extends keyof EngineRequests>(
    method: K,
    params: EngineRequests[K]["params"],
    token: CancellationToken,
  ): Promise<EngineRequests[K]["result"]> {
    try {
      const result: EngineRequests[K]["result"] = await this.#connection.sendRequest(
        method,
        ParameterStructures.byName,
        params,
        token,
      );
      this.#hasAnswered();
      return result;
    } catch (error) {
      throw await this.#translate(error);
    }
  }

  #hear(log: (line: string) => void): void {
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        const words = text.trim();
        if (words) {
          this.#lastWords = `${this.#lastWords}\n${words}`.slice(-lastWordsLength);
          log(words);
        }
      });
    }
    const { stdio }: { readonly stdio?: ChildProcess["stdio"] } = this.#child;
    const beats = stdio?.[beatDescriptor];
    if (beats instanceof Readable) {
      beats.setEncoding("utf8").on("data", (text: string) => this.#watch.hear(text));
      // A killed process leaves a broken pipe; its end is told by its exit.
      beats.on("error", () => undefined);
    }
  }

  #hasAnswered(): void {
    this.#started = true;
    this.#watch.hearAnswer();
  }

  #end(exitCause: ExitCause, signalled: boolean): void {
    if (!this.#isGone) {
      this.#isGone = true;
      this.#announce(
        new ProcessGone({ exitCause, signalled, started: this.#started, lastWords: this.#lastWords.trim() }),
      );
      // Whatever waits for an answer is told so, and hears of the end from there.
      this.#connection.dispose();
    }
  }

  async #translate(error: unknown): Promise<unknown> {
    if (error instanceof ResponseError) {
      const data: unknown = error.data;
      if (isErrorData(data)) {
        this.#hasAnswered();
        return data.reason === "cancelled" ? cancelledError() : ExplainError.fromData(data);
      }
    }
    // Where the channel has closed, the news of the exit is yet to come.
    return this.#child.connected && !this.#isGone ? error : this.gone;
  }
}

function isErrorData(data: unknown): data is ErrorData {
  return typeof data === "object" && data !== null && "reason" in data && "message" in data;
}
