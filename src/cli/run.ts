import { onAbort } from "../common/abort";
import { studyOptions } from "../common/attentionStudy";
import { ExplainError } from "../common/errors";
import type { ModelReference } from "../common/model";
import { tasks } from "../common/task";
import { productVersion } from "../common/version";
import { EngineClient } from "../engineClient/engineClient";
import { exportKind } from "../exports/registry";
import { resolveModel } from "../models/sources/findModels";
import { adviseOnCommandLine } from "./advice";
import { analysisWriter } from "./analyse";
import { helpText } from "./help";
import { inspectModel } from "./inspect";
import { listModels } from "./listModels";
import { type CommandLine, parseCommandLine } from "./options";
import { Output } from "./output";
import { refuseSameFile } from "./outputPlace";
import { Runner } from "./runner";
import { ReaderGone } from "./sink";
import type { CliSurroundings } from "./surroundings";
import { UsageError } from "./usageError";

/** Runs one command line and returns the exit status: 0 done, 1 an error, 2 wrong usage, 130 interrupted. */
export async function runCommandLine(around: CliSurroundings): Promise<number> {
  let output: Output | null = null;
  try {
    const line = parseCommandLine(around.args);
    if (line.input) {
      await refuseSameFile(line.input.file, line.output);
    }
    const isReport = line.command === "analyse";
    const whole = line.input === null || isReport || exportKind(line.format).end !== undefined;
    // A model is saved in a folder, which is not what is printed.
    const file = line.command === "save" ? null : line.output;
    output = await Output.at({ file, whole, signal: around.signal });
    const status = await runCommand(line, around, output);
    await output.close();
    return status;
  } catch (error) {
    await output?.abandon();
    return statusOf(error, around.stderr);
  }
}

/** The status that an error ends with, after saying what it is. */
function statusOf(error: unknown, stderr: NodeJS.WritableStream): number {
  if (error instanceof ReaderGone) {
    return 0;
  }
  if (error instanceof UsageError) {
    stderr.write(`error: ${error.reason}: ${error.message}\n`);
    return 2;
  }
  const known = adviseOnCommandLine(ExplainError.from(error));
  if (known.reason === "cancelled") {
    return 130;
  }
  stderr.write(`error: ${known.reason}: ${known.message}\n`);
  return 1;
}

async function runCommand(line: CommandLine, around: CliSurroundings, output: Output): Promise<number> {
  switch (line.command) {
    case "help":
      await output.write(helpText);
      return 0;
    case "version":
      await output.write(`${productVersion}\n`);
      return 0;
    case "models":
      await output.write(await listModels(around.bundledModel, around.workingDirectory, exportKind(line.format)));
      return 0;
    case "download": {
      const { downloadFromHub } = await import("./downloadFromHub");
      await output.write(await downloadFromHub(line, around));
      return 0;
    }
    case "save": {
      const { saveModel } = await import("./saveModel");
      await output.write(await saveModel(line, around));
      return 0;
    }
    case "inspect":
    case "analyse":
    case "explain":
      return await withEngine(line, around, output);
  }
}

async function withEngine(line: CommandLine, around: CliSurroundings, output: Output): Promise<number> {
  const { signal, bundledModel, workingDirectory } = around;
  const engine = new EngineClient({
    modulePath: around.engine,
    options: line.machine,
    // What the runtime prints is for nobody here: errors come as errors.
    log: () => undefined,
  });
  onAbort(signal, () => engine.dispose());
  try {
    const directory =
      line.model === null
        ? bundledModel
        : await resolveModel(line.model, { bundled: bundledModel, folders: [workingDirectory], recent: [] });
    const model = { directory, file: line.file };
    if (line.command === "inspect") {
      await output.write(inspectModel(await engine.request("inspectModel", model, signal), exportKind(line.format)));
      return 0;
    }
    await refuseUnread(line, model, engine, signal);
    const isReport = line.command === "analyse";
    const options = isReport ? studyOptions(line.options) : line.options;
    const writer = isReport ? analysisWriter(engine, exportKind(line.format), signal) : exportKind(line.format);
    const request = { ...options, pair: line.pair, masked: [], model };
    const runner = new Runner(line, request, engine, around, output, writer);
    return line.input ? await runner.file(line.input) : await runner.single();
  } finally {
    engine.dispose();
  }
}

/** Throws for flags that were given and have no say in what the model is asked. */
async function refuseUnread(
  { taskFlags, options }: Pick<CommandLine, "taskFlags" | "options">,
  model: ModelReference,
  engine: Pick<EngineClient, "request">,
  signal: AbortSignal,
): Promise<void> {
  if (taskFlags.length === 0) {
    return;
  }
  const { task, unread } = await engine.request("taskOf", { model, task: options.task }, signal);
  const flag = taskFlags.find((name) => unread.includes(name));
  if (flag !== undefined) {
    throw new UsageError(`--${flag} has no meaning for ${tasks[task].label}. Leave it out, or choose another model.`);
  }
}
