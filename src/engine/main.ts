import {
  type CancellationToken,
  createMessageConnection,
  IPCMessageReader,
  IPCMessageWriter,
  ResponseError,
} from "vscode-jsonrpc/node";
import type { EngineNotifications, EngineRequests, ExplainProgress } from "../common/engineProtocol";
import { type ErrorData, ExplainError } from "../common/errors";
import { readDocument, readPassages } from "../documents/readDocument";
import { givenFor } from "../models/config";
import { openModelFolder } from "../models/folder";
import { removeDownload } from "../models/removeDownload";
import { saveOnnx } from "../models/saving/saveOnnx";
import { findModels, resolveModel } from "../models/sources/findModels";
import { unreadFlags } from "../tasks/registry";
import { createEngine } from "./engine";
import { startWatcher } from "./watching";

/**
 * The engine process: forked by the host, answers {@link EngineRequests} over its message channel, ends when the host goes and when it has been idle for
 * `--idle=MILLISECONDS`. With `--host=PID` there is a pipe for beats, and a watcher thread ends the process with that host even in the middle of a run.
 */
const explainErrorCode = 1;
const defaultIdleMilliseconds = 30 * 60_000;

const argument = (name: string) =>
  Number(process.argv.find((given) => given.startsWith(`--${name}=`))?.slice(name.length + 3)) || undefined;
const host = argument("host");
const begin = host === undefined ? () => undefined : startWatcher(host);
const engine = createEngine();
const connection = createMessageConnection(new IPCMessageReader(process), new IPCMessageWriter(process));
const idleMilliseconds = argument("idle") ?? defaultIdleMilliseconds;
let running = 0;
let idleTimer: NodeJS.Timeout | undefined;

function waitForWork(): void {
  clearTimeout(idleTimer);
  if (running === 0) {
    idleTimer = setTimeout(() => process.exit(0), idleMilliseconds);
  }
}

type Answer<K extends keyof EngineRequests> = (
  params: EngineRequests[K]["params"],
  signal: AbortSignal,
) => Promise<EngineRequests[K]["result"]>;

function register<K extends keyof EngineRequests>(request: K): void {
  const answer: Answer<K> = answers[request];
  const onRequest = async (params: EngineRequests[K]["params"], token: CancellationToken): Promise<unknown> => {
    begin();
    const controller = new AbortController();
    const subscription = token.onCancellationRequested(() => controller.abort());
    running++;
    clearTimeout(idleTimer);
    try {
      return await answer(params, controller.signal);
    } catch (error) {
      const known = ExplainError.from(error);
      if (known.reason === "internal") {
        console.error(error);
      }
      throw new ResponseError<ErrorData>(explainErrorCode, known.message, known.toData());
    } finally {
      subscription.dispose();
      running--;
      waitForWork();
    }
  };
  connection.onRequest(request, onRequest);
}

/** Tells the host how far a run is. */
function tellOf(run: number): (progress: ExplainProgress) => void {
  return (progress) => {
    const notification: EngineNotifications["progress"] = { run, progress };
    void connection.sendNotification("progress", notification);
  };
}

const answers: { readonly [K in keyof EngineRequests]: Answer<K> } = {
  configure: (options) => engine.configure(options),
  describeModel: (reference, signal) => engine.describeModel(reference, signal),
  inspectModel: (reference, signal) => engine.inspectModel(reference, signal),
  taskOf: async ({ model, task: wanted }) => {
    const { config } = await openModelFolder(model, wanted);
    const task = wanted ?? config.task;
    return { task, unread: unreadFlags(task, givenFor(task, config)) };
  },
  explain: ({ run, request }, signal) => engine.explain(request, signal, tellOf(run)),
  plan: ({ request, attributions }) => engine.plan(request, attributions),
  measure: ({ run, request, attributions }, signal) => engine.measure(request, attributions, signal, tellOf(run)),
  predictMasked: ({ request, masked }, signal) => engine.predictMasked(request, masked, signal),
  tokenAt: ({ request, offset }) => engine.tokenAt(request, offset),
  look: ({ source, look }, signal) => engine.look(source, look, signal),
  findModels: (places) => findModels(places),
  removeDownload: async ({ directory }) => {
    await removeDownload(directory);
    return null;
  },
  saveOnnx: ({ run, model, output, isReplacing }, signal) => {
    const told = { phase: "writing", remainingMilliseconds: null, partial: null } as const;
    const tell = tellOf(run);
    return saveOnnx(model, {
      output,
      isReplacing,
      signal,
      report: (done, total) => tell({ ...told, done, total }),
    });
  },
  resolveModel: ({ name, places }) => resolveModel(name, places),
  readDocument: async (request) => readDocument(request),
  readPassages: async (request) => readPassages(request),
};

for (const request of Object.keys(answers) as (keyof EngineRequests)[]) {
  register(request);
}

process.on("disconnect", () => process.exit(0));
// Ctrl-C in a terminal reaches every process that runs there; the host decides what becomes of this one.
process.on("SIGINT", () => undefined);
connection.listen();
waitForWork();
