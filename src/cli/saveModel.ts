import { readdirSync } from "node:fs";
import { resolve } from "node:path";
import { cleanText } from "../common/cleanWords";
import { formatBytes } from "../common/format";
import { exportKind } from "../exports/registry";
import { saveOnnx } from "../models/saving/saveOnnx";
import { resolveModel } from "../models/sources/findModels";
import { agree } from "./agree";
import type { CommandLine } from "./options";
import { ProgressLine } from "./progressLine";
import type { CliSurroundings } from "./surroundings";
import { UsageError } from "./usageError";

/** Saves the checkpoint that a command line names as an ONNX model's folder, and gives what is to be printed: that folder, or an object about it. */
export async function saveModel(line: CommandLine, around: CliSurroundings): Promise<string> {
  const { signal, bundledModel, workingDirectory } = around;
  if (line.output === null) {
    throw new UsageError("models save needs a folder to make: give --output FOLDER.");
  }
  const places = { bundled: bundledModel, folders: [workingDirectory], recent: [] };
  const directory = await resolveModel(line.text ?? "", places);
  const output = resolve(workingDirectory, line.output);
  const isReplacing = isThere(output);
  if (isReplacing) {
    await agree(line, around, `${output} is there already. Replace it?`);
  }
  const progress = new ProgressLine(around.stderr, line.quiet);
  const report = (done: number, total: number) =>
    progress.say(`saving ${cleanText(output)}: ${formatBytes(done)} of ${formatBytes(total)}`);
  try {
    const bytes = await saveOnnx({ directory, file: line.file }, { output, isReplacing, signal, report });
    const model = { source: directory, directory: output, bytes };
    return exportKind(line.format).object?.({ schema: 1, model }) ?? `${cleanText(output)}\n`;
  } finally {
    progress.clear();
  }
}

/** Whether there is anything at a path but an empty folder. */
function isThere(path: string): boolean {
  try {
    return readdirSync(path).length > 0;
  } catch (error) {
    return !(error instanceof Error && "code" in error && error.code === "ENOENT");
  }
}
