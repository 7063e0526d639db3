// Stands in for the engine process: what it does is written in the text it is asked to explain. It has no watcher thread: beats come from what blocks it.
import { existsSync, writeFileSync, writeSync } from "node:fs";
import jsonrpc from "vscode-jsonrpc/node";

const { createMessageConnection, IPCMessageReader, IPCMessageWriter, ResponseError } = jsonrpc;

const connection = createMessageConnection(new IPCMessageReader(process), new IPCMessageWriter(process));
let configured = null;
let begun = 0;

/** Has the thread for so many beats, which say that it does not turn. */
function block(beats) {
  for (let beat = 0; beat < beats; beat++) {
    writeSync(4, `7 ${begun}\n`);
    sleep(10);
  }
}

function sleep(milliseconds) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

connection.onRequest("configure", (options) => {
  begun++;
  configured = options;
  return { onnxruntime: "0" };
});

connection.onRequest("explain", async ({ run, request }, token) => {
  begun++;
  const [action, detail] = request.text.split(" ");
  const news = () => connection.sendNotification("progress", { run, progress: { phase: "lime", done: 1, total: 2 } });
  const isFirst = () => {
    const first = !existsSync(detail);
    writeFileSync(detail, "");
    return first;
  };
  switch (action) {
    case "crash":
      process.exit(3);
      break;
    case "crashOnce":
      if (isFirst()) {
        process.kill(process.pid, "SIGSEGV");
      }
      break;
    case "hang":
      await news();
      block(Number.POSITIVE_INFINITY);
      break;
    case "busy":
      await news();
      // What was sent meanwhile is heard first, a cancellation among it.
      await new Promise((resolve) => setTimeout(resolve, 100));
      block(Number(detail));
      break;
    case "silent":
    case "silentOnce":
      if (action === "silent" || isFirst()) {
        block(1);
        sleep(600_000);
      }
      break;
    case "wait":
      await news();
      await new Promise((resolve, reject) => {
        const timer = setTimeout(resolve, Number(detail));
        token.onCancellationRequested(() => {
          clearTimeout(timer);
          const message = { template: "Cancelled.", args: [] };
          reject(new ResponseError(1, "Cancelled.", { reason: "cancelled", message }));
        });
      });
      break;
    case "refuse":
      throw new ResponseError(1, "no", { reason: "text-empty", message: { template: "No {0}.", args: ["text"] } });
    case "idle":
      setTimeout(() => process.exit(0), 20);
      break;
    case "exit":
      process.exit(0);
      break;
    case "progress":
      await news();
      break;
  }
  return { pid: process.pid, configured, values: new Float32Array([0.5, 1.5]) };
});

process.on("disconnect", () => process.exit(0));
console.error("fake engine is up");
connection.listen();
