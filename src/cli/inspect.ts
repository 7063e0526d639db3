import { cleanName, cleanText } from "../common/cleanWords";
import { formatMessage } from "../common/message";
import type { AttentionGroup, GraphContents, MemoryOwner, MemoryPart, ModelDescription } from "../common/model";
import type { Export } from "../exports/export";

/** What a model offers, as JSON or as lines for people. */
export function inspectModel(model: ModelDescription, format: Export): string {
  const methods = model.methods.map(({ id, available, why }) => ({
    method: id,
    available,
    why: why === null ? null : formatMessage(why),
  }));
  const { reference, methods: _, contents, ...shown } = model;
  const notes = contents.notes.map(formatMessage);
  if (format.object) {
    const graph = { ...contents, notes };
    return format.object({ schema: 1, ...shown, directory: reference.directory, graph, methods });
  }
  const rows: [string, string][] = [
    ["Model", `${cleanName(model.id)} (${cleanText(reference.directory)})`],
    ["File", `${cleanName(model.file)}, ${(model.bytes / 2 ** 20).toFixed(1)} MB`],
    ["Other files", names(model.files.filter((file) => file !== model.file)) || "none"],
    ["SHA-256", model.sha256],
    ["Task", model.tasks.join(", ")],
    model.gives === "number" ? ["Gives", `plain numbers: ${names(model.labels)}`] : ["Labels", names(model.labels)],
    ["Inputs", names(model.inputs)],
    ["Outputs", names(model.outputs)],
    ["Operators", `version ${model.opset}`],
    ...graphRows(contents),
    ["Reads at most", `${model.maxTokens} tokens at once`],
    ["Memory", memoryWords(model.memory)],
    ...notes.map((note): [string, string] => ["Note", note]),
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

/** Who takes memory for a loaded model, as a person would say it. */
const owners: Readonly<Record<MemoryOwner, string>> = {
  weights: "weights",
  embeddings: "word embeddings",
  graph: "graph",
  gradients: "gradients",
  inside: "inside its blocks",
  decoding: "going on with texts",
  attention: "attention maps",
  logits: "remembered results",
};

function memoryWords(parts: readonly MemoryPart[]): string {
  const megabytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MB`;
  const all = parts.reduce((sum, { bytes }) => sum + bytes, 0);
  return `${megabytes(all)}: ${parts.map(({ owner, bytes }) => `${owners[owner]} ${megabytes(bytes)}`).join(", ")}`;
}

function names(list: readonly string[]): string {
  return list.map(cleanName).join(", ");
}

/** What was found in the graph, a line each. */
function graphRows({ embedding, attention, hiddenStates, logits }: GraphContents): [string, string][] {
  const states = hiddenStates.map(({ stream, count }) => `${inStream(stream)}${count}`).join(", ");
  return [
    [
      "Embeddings",
      embedding ? `${embedding.vocabulary} × ${embedding.width}, read by ${cleanName(embedding.input)}` : "none found",
    ],
    ...(attention.length === 0
      ? [["Attention", "none found"] as [string, string]]
      : attention.flatMap((group): [string, string][] => [
          ["Attention", attentionWords(group)],
          ["Value vectors", `${inStream(group.stream)}${valueWords(group)}`],
        ])),
    ["Hidden states", states || "none found: the blocks do not add to a common stream"],
    ["Logits", cleanName(logits)],
  ];
}

function inStream(stream: "encoder" | "main"): string {
  return stream === "encoder" ? "encoder: " : "";
}

function attentionWords({ stream, kind, layers, heads, sharedHeads, windows }: AttentionGroup): string {
  const shared = sharedHeads === null || sharedHeads === heads ? "" : ` (${sharedHeads} of keys and values)`;
  const limited = windows.flatMap((window, layer) => (window === null ? [] : [`${window} in layer ${layer}`]));
  const window = limited.length === 0 ? "" : `; looks at most so many tokens away: ${limited.join(", ")}`;
  return `${inStream(stream)}${layers} layers, ${heads ?? "?"} heads${shared}, ${kind}${window}`;
}

function valueWords({ layers, valueVectors, projections }: AttentionGroup): string {
  const found = (count: number) =>
    count === layers ? "in all layers" : count === 0 ? "none found" : `in ${count} of ${layers} layers`;
  return `${found(valueVectors)}; output projections ${found(projections)}`;
}
