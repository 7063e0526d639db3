import { cleanName, cleanText } from "../common/cleanWords";
import type { Export } from "../exports/export";
import { findModels } from "../models/discover";

const sources = { bundled: "bundled", workspace: "models folder", "hub-cache": "model hub cache" } as const;

/** The models that can be used and where they are, as JSON or as lines for people. */
export async function listModels(bundled: string, workingDirectory: string, format: Export): Promise<string> {
  const models = await findModels(bundled, workingDirectory);
  if (format.object) {
    const shown = models.map(({ id, directory, source, file, problem }) => ({
      id,
      directory,
      source,
      file,
      usable: problem === null,
      problem: problem === null ? null : { reason: problem.reason, message: problem.message },
    }));
    return format.object({ schema: 1, models: shown });
  }
  if (models.length === 0) {
    return "No models were found. Give a model's folder with --model.\n";
  }
  const lines = models.map(({ id, directory, ...rest }) => ({
    id: cleanName(id),
    directory: cleanText(directory),
    ...rest,
  }));
  const width = Math.max(...lines.map(({ id }) => id.length));
  return lines
    .map(({ id, directory, source, problem }) => {
      const note = problem === null ? "" : `\n${" ".repeat(width + 2)}not usable: ${problem.message}`;
      return `${id.padEnd(width)}  ${directory} (${sources[source]})${note}\n`;
    })
    .join("");
}
