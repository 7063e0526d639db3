// Stands in for the engine process: what it does is written in the text it is asked to explain.
import { existsSync, writeFileSync } from "node:fs";
import jsonrpc from "vscode-jsonrpc/node";

const { createMessageConnection, IPCMessageReader, IPCMessageWriter, ResponseError } = jsonrpc;

const connection = createMessageConnection(new IPCMessageReader(process), new IPCMessageWriter(process));
let configured = null;

connection.onRequest("configure", (options) => {
  configured = options;
  return { onnxruntime: "0" };
});

connection.onRequest("explain", async ({ run, request }, token) => {
  const [action, detail] = request.text.split(" ");
  switch (action) {
    case "crash":
      process.exit(3);
      break;
    case "crashOnce":
      if (!existsSync(detail)) {
        writeFileSync(detail, "");
        process.kill(process.pid, "SIGSEGV");
      }
      break;
    case "hang":
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60_000);
      break;
    case "wait":
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
      await connection.sendNotification("progress", { run, progress: { phase: "lime", done: 1, total: 2 } });
      break;
  }
  return { pid: process.pid, configured, values: new Float32Array([0.5, 1.5]) };
});

process.on("disconnect", () => process.exit(0));
console.error("fake engine is up");
connection.listen();
