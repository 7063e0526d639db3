import { formatMessage } from "../common/message";
import type { ModelDescription } from "../common/model";
import type { OutputFormat } from "./options";

/** What a model offers, as JSON or as lines for people. */
export function inspectModel(model: ModelDescription, format: OutputFormat): string {
  const methods = model.methods.map(({ id, available, why }) => ({
    method: id,
    available,
    why: why === null ? null : formatMessage(why),
  }));
  const { reference, methods: _, ...shown } = model;
  if (format === "json") {
    return `${JSON.stringify({ schema: 1, ...shown, directory: reference.directory, methods })}\n`;
  }
  const rows: [string, string][] = [
    ["Model", `${model.id} (${reference.directory})`],
    ["File", `${model.file}, ${(model.bytes / 2 ** 20).toFixed(1)} MB`],
    ["Other files", model.files.filter((file) => file !== model.file).join(", ") || "none"],
    ["SHA-256", model.sha256],
    ["Task", model.task],
    ["Labels", model.labels.join(", ")],
    ["Inputs", model.inputs.join(", ")],
    ["Outputs", model.outputs.join(", ")],
    ["Operators", `version ${model.opset}`],
    [
      "Attention",
      model.attentionKind ? `${model.layers} layers, ${model.heads} heads, ${model.attentionKind}` : "none found",
    ],
    ["Reads at most", `${model.maxTokens} tokens at once`],
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
