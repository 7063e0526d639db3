import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { runCommandLine } from "./run";

/** The bundle lies in `dist/`, this source in `src/cli/`; the model is beside both. */
function bundledModel(): string {
  const [first = "", second = ""] = ["../models/sentiment", "../../models/sentiment"].map((path) =>
    fileURLToPath(new URL(path, import.meta.url)),
  );
  return existsSync(first) || !existsSync(second) ? first : second;
}

const controller = new AbortController();
process.once("SIGINT", () => controller.abort());
process.once("SIGTERM", () => controller.abort());
// Waiting for standard input would not hear of an interruption.
controller.signal.addEventListener("abort", () => process.stdin.destroy());
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  // Whoever read the output, such as `head`, has had enough.
  process.exit(error.code === "EPIPE" ? 0 : 1);
});

process.exitCode = await runCommandLine({
  args: process.argv.slice(2),
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  bundledModel: bundledModel(),
  workingDirectory: process.cwd(),
  signal: controller.signal,
});
