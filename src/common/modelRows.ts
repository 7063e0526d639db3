import { cleanName } from "./cleanWords";
import { formatBytes, formatCount } from "./format";
import type { AttentionGroup, GraphContents, MemoryOwner, MemoryPart, ModelInspection } from "./model";
import { tasks } from "./task";
import type { Say } from "./words";

/** A name and what is said of it. */
export type ModelRow = readonly [name: string, words: string];

/** Some rows about one side of a model. */
export interface ModelRows {
  readonly heading: string;
  readonly rows: readonly ModelRow[];
}

/** What is said of a model to whoever inspects it, in the editor and on the command line; methods and card apart. */
export function modelRows(model: ModelInspection, say: Say): ModelRows[] {
  const { contents, drift } = model;
  const notes = contents.notes.map(({ template, args }): ModelRow => [say("Note"), say(template, ...args)]);
  const distance: ModelRow[] =
    drift === null
      ? []
      : [
          [
            say("Numbers"),
            say(
              "logits differ by at most {0} from those that the file itself gives here, on one short text",
              String(Number(drift.toPrecision(2))),
            ),
          ],
        ];
  return [
    { heading: say("What it is"), rows: whatItIs(model, say) },
    { heading: say("Inside"), rows: [...graphRows(contents, say), ...distance, ...notes] },
    { heading: say("Files"), rows: fileRows(model, say) },
  ];
}

function whatItIs(model: ModelInspection, say: Say): ModelRow[] {
  const { architecture, hiddenSize, parameters, tokenizer, labels, gives, card } = model;
  const size = hiddenSize === null ? "" : say("{0} numbers in a hidden state", formatCount(hiddenSize));
  return [
    [say("Task"), model.tasks.map((task) => `${say(tasks[task].label)} (${task})`).join(", ")],
    gives === "number"
      ? [say("Gives"), say("plain numbers: {0}", names(labels))]
      : [say("Labels"), names(labels) || say("none")],
    [say("Architecture"), [architecture ?? say("not said"), size].filter((part) => part !== "").join(", ")],
    [say("Parameters"), formatCount(parameters)],
    [say("Tokenizer"), say("{0}, {1} pieces", tokenizer.kind ?? say("not said"), formatCount(tokenizer.vocabulary))],
    [say("Reads at most"), say("{0} tokens at once", formatCount(model.maxTokens))],
    [say("Memory"), memoryWords(model.memory, say)],
    [say("Licence"), card?.licence ?? say("not said")],
  ];
}

function fileRows(model: ModelInspection, say: Say): ModelRow[] {
  const all = model.choices.map(({ file, precision, bytes }): ModelRow => {
    const inUse = file === model.file ? [say("this one")] : [];
    return [say("File"), [cleanName(file), ...(precision ? [precision] : []), formatBytes(bytes), ...inUse].join(", ")];
  });
  const own: ModelRow[] =
    all.length > 0 ? all : [[say("File"), `${cleanName(model.file)}, ${formatBytes(model.bytes)}`]];
  return [
    ...own,
    [say("SHA-256"), model.sha256],
    [say("Inputs"), names(model.inputs)],
    [say("Outputs"), names(model.outputs)],
    [say("Operators"), say("version {0}", model.opset)],
  ];
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

function memoryWords(parts: readonly MemoryPart[], say: Say): string {
  const megabytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MB`;
  const all = parts.reduce((sum, { bytes }) => sum + bytes, 0);
  return `${megabytes(all)}: ${parts.map(({ owner, bytes }) => `${say(owners[owner])} ${megabytes(bytes)}`).join(", ")}`;
}

function names(list: readonly string[]): string {
  return list.map(cleanName).join(", ");
}

/** What was found in the graph, a line each. */
function graphRows({ embedding, attention, hiddenStates, logits }: GraphContents, say: Say): ModelRow[] {
  const states = hiddenStates.map(({ stream, count }) => `${inStream(stream, say)}${count}`).join(", ");
  return [
    [
      say("Embeddings"),
      embedding
        ? say("{0} × {1}, read by {2}", embedding.vocabulary, embedding.width, cleanName(embedding.input))
        : say("none found"),
    ],
    ...(attention.length === 0
      ? [[say("Attention"), say("none found")] as const]
      : attention.flatMap((group): ModelRow[] => [
          [say("Attention"), attentionWords(group, say)],
          [say("Value vectors"), `${inStream(group.stream, say)}${valueWords(group, say)}`],
        ])),
    [say("Hidden states"), states || say("none found: the blocks do not add to a common stream")],
    [say("Logits"), cleanName(logits)],
  ];
}

function inStream(stream: "encoder" | "main", say: Say): string {
  return stream === "encoder" ? say("encoder: ") : "";
}

function attentionWords({ stream, kind, layers, heads, sharedHeads, windows }: AttentionGroup, say: Say): string {
  const shared = sharedHeads === null || sharedHeads === heads ? "" : say(" ({0} of keys and values)", sharedHeads);
  const limited = windows.flatMap((window, layer) => (window === null ? [] : [say("{0} in layer {1}", window, layer)]));
  const window = limited.length === 0 ? "" : say("; looks at most so many tokens away: {0}", limited.join(", "));
  return `${inStream(stream, say)}${say("{0} layers, {1} heads", layers, heads ?? "?")}${shared}, ${say(kind)}${window}`;
}

function valueWords({ layers, valueVectors, projections }: AttentionGroup, say: Say): string {
  const found = (count: number) =>
    count === layers
      ? say("in all layers")
      : count === 0
        ? say("none found")
        : say("in {0} of {1} layers", count, layers);
  return say("{0}; output projections {1}", found(valueVectors), found(projections));
}
