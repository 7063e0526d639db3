import { cleanName, cleanText } from "../common/cleanWords";
import { formatMessage } from "../common/message";
import type { ModelInspection } from "../common/model";
import { modelRows } from "../common/modelRows";
import { fill } from "../common/words";
import type { Export } from "../exports/export";

/** What a model offers, as JSON or as lines for people. */
export function inspectModel(model: ModelInspection, format: Export): string {
  const methods = model.methods.map(({ id, available, why }) => ({
    method: id,
    available,
    why: why === null ? null : formatMessage(why),
  }));
  const { reference, methods: _, contents, card, ...shown } = model;
  if (format.object) {
    const graph = { ...contents, notes: contents.notes.map(formatMessage) };
    const licence = card?.licence ?? null;
    return format.object({ schema: 1, ...shown, directory: reference.directory, licence, graph, methods });
  }
  const rows = [
    ["Model", `${cleanName(model.id)} (${cleanText(reference.directory)})`] as const,
    ...modelRows(model, fill).flatMap((section) => section.rows),
  ];
  const width = Math.max(...rows.map(([name]) => name.length), ...methods.map(({ method }) => method.length + 2));
  return [
    ...rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`),
    "Methods",
    ...methods.map(
      ({ method, available, why }) =>
        `  ${method.padEnd(width - 2)}  ${available ? "available" : (why ?? "not available")}`,
    ),
    "",
  ].join("\n");
}
