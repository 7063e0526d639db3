import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { runCommandLine } from "./run";

/** After an interruption the program ends this soon, also where something does not let go. */
const lastMilliseconds = 500;
const interrupted = 130;

/** The bundle lies in `dist/`, this source in `src/cli/`; the model is beside both. */
function bundledModel(): string {
  const [first = "", second = ""] = ["../models/sentiment", "../../models/sentiment"].map((path) =>
    fileURLToPath(new URL(path, import.meta.url)),
  );
  return existsSync(first) || !existsSync(second) ? first : second;
}

const controller = new AbortController();

function interrupt(): void {
  if (controller.signal.aborted) {
    process.exit(interrupted);
  }
  controller.abort();
  setTimeout(() => process.exit(interrupted), lastMilliseconds).unref();
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, interrupt);
}
// When nobody reads what went wrong there is nobody to tell.
process.stderr.on("error", () => undefined);

process.exitCode = await runCommandLine({
  args: process.argv.slice(2),
  stdin: () => process.stdin,
  stderr: process.stderr,
  engine: fileURLToPath(new URL("engine.cjs", import.meta.url)),
  bundledModel: bundledModel(),
  workingDirectory: process.cwd(),
  signal: controller.signal,
});
if (controller.signal.aborted) {
  process.exit(interrupted);
}
