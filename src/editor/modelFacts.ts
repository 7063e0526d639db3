import { lstat, readdir, readFile } from "node:fs/promises";
import * as path from "node:path";
import { cleanName } from "../common/cleanWords";
import { type Message, message } from "../common/message";

/** What a list says of a model's folder, found without loading anything; the engine looks closely when a model is chosen. */
export interface ModelFacts {
  readonly folder: string;
  /** The first labels in class order. */
  readonly labels: readonly string[];
  readonly labelCount: number;
  /** Size of the `.onnx` file that would be used. */
  readonly bytes: number;
  /** Why the folder cannot be used, as far as can be seen from outside. */
  readonly problem: Message | null;
}

/** Larger ones are not read for a list. */
const maximumConfigBytes = 2 ** 20;
const labelsShown = 4;
const usualFiles = ["onnx/model.onnx", "model.onnx"];

/** Looks at a folder; never throws. Only plain files are opened. */
export async function modelFacts(folder: string): Promise<ModelFacts> {
  const config = await readConfig(path.join(folder, "config.json"));
  const graphs = [...(await graphsIn(folder, "")), ...(await graphsIn(folder, "onnx/"))];
  const graph = usualFiles.find((name) => graphs.includes(name)) ?? graphs[0];
  const labels = labelsOf(config);
  const hasTokenizer = (await sizeOf(path.join(folder, "tokenizer.json"))) > 0;
  return {
    folder,
    labels: labels.slice(0, labelsShown),
    labelCount: labels.length,
    bytes: graph === undefined ? 0 : await sizeOf(path.join(folder, graph)),
    problem: problemOf(config, graph !== undefined, hasTokenizer),
  };
}

type Config = Readonly<Record<string, unknown>>;

function problemOf(config: Config | null | undefined, hasGraph: boolean, hasTokenizer: boolean): Message | null {
  if (config === undefined) {
    return message("There is no config.json.");
  }
  if (config === null) {
    return message("config.json cannot be read.");
  }
  if (!hasTokenizer) {
    return message("There is no tokenizer.json.");
  }
  if (!hasGraph) {
    return message("There is no .onnx file.");
  }
  const architecture: unknown = Array.isArray(config.architectures) ? config.architectures[0] : undefined;
  return typeof architecture === "string" && !architecture.endsWith("ForSequenceClassification")
    ? message("It is no text classifier: {0}.", cleanName(architecture))
    : null;
}

/** The object in a file: `undefined` where there is none, `null` where it cannot be read. */
async function readConfig(file: string): Promise<Config | null | undefined> {
  const size = await sizeOf(file);
  if (size < 0) {
    return undefined;
  }
  try {
    const value: unknown = size <= maximumConfigBytes ? JSON.parse(await readFile(file, "utf8")) : null;
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Config) : null;
  } catch {
    return null;
  }
}

function labelsOf(config: Config | null | undefined): string[] {
  const labels = config?.id2label;
  if (typeof labels !== "object" || labels === null) {
    return [];
  }
  // Whole numbers are the keys that an object lists in their order.
  return Object.values(labels).flatMap((label) => (typeof label === "string" ? [cleanName(label)] : []));
}

async function graphsIn(folder: string, inner: string): Promise<string[]> {
  try {
    const names = await readdir(path.join(folder, inner));
    return names
      .filter((name) => name.toLowerCase().endsWith(".onnx"))
      .sort()
      .map((name) => inner + name);
  } catch {
    // A folder without such a part is an answer here, not a failure.
    return [];
  }
}

/** The size of a plain file, −1 for anything else. */
async function sizeOf(file: string): Promise<number> {
  try {
    const stats = await lstat(file);
    return stats.isFile() ? stats.size : -1;
  } catch {
    return -1;
  }
}
