import { cleanName, cleanText } from "../common/cleanWords";
import { formatMessage } from "../common/message";
import type { Export } from "../exports/export";
import { findModels } from "../models/sources/findModels";
import { modelSources } from "../models/sources/registry";

/** The models that can be used and where they are, as JSON or as lines for people. */
export async function listModels(bundled: string, workingDirectory: string, format: Export): Promise<string> {
  const found = await findModels({ bundled, folders: [workingDirectory], recent: [] });
  const models = found.filter(({ problem }) => problem?.reason !== "model-missing");
  if (format.object) {
    const shown = models.map(
      ({ id, directory, source, file, files, task, architecture, layers, heads, training, problem }) => ({
        id,
        directory,
        source,
        file,
        files,
        task,
        architecture,
        layers,
        heads,
        step: training?.step ?? null,
        usable: problem === null,
        problem: problem === null ? null : { reason: problem.reason, message: formatMessage(problem.message) },
      }),
    );
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
    .map(({ id, directory, source, problem, task, architecture, files }) => {
      const facts = [task, architecture, ...files.map(({ precision }) => precision)].filter((fact) => fact !== null);
      const note = problem === null ? "" : `\n${" ".repeat(width + 2)}not usable: ${formatMessage(problem.message)}`;
      return `${id.padEnd(width)}  ${directory} (${modelSources[source]?.label ?? source})${facts.length > 0 ? ` ${facts.join(", ")}` : ""}${note}\n`;
    })
    .join("");
}
