import { joinGraphs } from "../graph/joined";
import { type ReadGraph, readGraph } from "../graph/readGraph";
import { isStored } from "../graph/storedBytes";
import { byteCount } from "../graph/tensor";
import type { ModelFolder } from "../models/folder";
import { ModelFiles } from "../models/modelFiles";
import { type TaskGraph, taskGraph } from "./taskGraph";

/** A graph whose weights take more memory than this is read again for every session that is made of it. */
const mostKept = 2 ** 24;

/** A model's graph with the outputs that its task reads, that task and what else it serves, and the graph as its file has it. */
export interface ModelGraph extends ReadGraph, Pick<TaskGraph, "task" | "served"> {}

/** What the sessions of a model are made of: its files and the graph in them. */
export class ModelParts {
  readonly folder: ModelFolder;
  readonly files: ModelFiles;
  readonly #given: boolean;
  #kept: ModelGraph | undefined;

  #keptBytes = 0;

  /** Where another graph than that of the files is `given`, it is kept in any case; else nothing is read yet. */
  constructor(folder: ModelFolder, given?: ModelGraph) {
    this.folder = folder;
    this.files = new ModelFiles(folder);
    this.#given = given !== undefined;
    this.#kept = given;
    this.#keptBytes = given ? memoryOf(given) : 0;
  }

  /** Memory of the graph that is kept for further sessions. */
  get bytes(): number {
    return this.#keptBytes;
  }

  /** Forgets the graph; it is read again when asked for. */
  clear(): void {
    if (!this.#given) {
      this.#kept = undefined;
      this.#keptBytes = 0;
    }
  }

  /** The graph, of an encoder and a decoder both as one; throws what {@link readGraph}, {@link joinGraphs}, {@link taskGraph} and {@link ModelFiles} throw. */
  read(): ModelGraph {
    if (this.#kept) {
      return this.#kept;
    }
    const { encoder } = this.folder;
    const own = this.#readFile(this.folder.file);
    const found = encoder ? joinGraphs(this.#readFile(encoder.file), own) : own;
    const read = { ...found, ...taskGraph(found.graph, this.folder.config, this.folder.task) };
    const bytes = memoryOf(read);
    if (bytes <= mostKept) {
      this.#kept = read;
      this.#keptBytes = bytes;
    }
    return read;
  }

  #readFile(file: string): ReadGraph {
    const { files } = this;
    return readGraph(files.model(file), (location, offset, length) => files.weights(location, offset, length));
  }
}

/** What the weights of a graph take, without those that are left in files. */
function memoryOf({ graph }: ReadGraph): number {
  const held = [...graph.initialisers.values()].filter(({ rawData }) => !rawData || !isStored(rawData));
  return held.reduce((sum, tensor) => sum + byteCount(tensor), 0);
}
