import type { Graph } from "../graph/graph";
import { joinGraphs } from "../graph/joined";
import { type ReadGraph, readGraph, readShipped } from "../graph/readGraph";
import { isStored } from "../graph/storedBytes";
import { byteCount } from "../graph/tensor";
import { adapterFiles } from "../models/adapter/adapterFolder";
import { isCheckpoint } from "../models/checkpoint/checkpointFiles";
import { readCheckpoint } from "../models/checkpoint/readCheckpoint";
import type { DatedFile } from "../models/fileHash";
import { type ModelFolder, modelFilesOf } from "../models/folder";
import { ModelFiles } from "../models/modelFiles";
import { type TaskGraph, taskGraph } from "./taskGraph";

/** A graph whose weights take more memory than this is read again for every session that is made of it. */
const mostKept = 2 ** 24;

/** A model's graph with the outputs that its task reads, that task and what else it serves, and the graph as its file has it. */
export interface ModelGraph extends ReadGraph, Pick<TaskGraph, "task" | "served"> {}

/** What a session is loaded from. */
export interface GraphParts<R> {
  readonly folder: Pick<ModelFolder, "file">;
  readonly files: ModelFiles;
  /** What of the files the session is made of. */
  read(): R;
}

/** What the sessions of a model are made of: its files and the graph in them. */
export class ModelParts {
  readonly folder: ModelFolder;
  readonly files: ModelFiles;
  readonly #adapterFiles: ModelFiles | null;
  readonly #given: boolean;
  #kept: ModelGraph | undefined;

  #keptBytes = 0;

  /** Where another graph than that of the files is `given`, it is kept in any case; else nothing is read yet. */
  constructor(folder: ModelFolder, given?: ModelGraph) {
    this.folder = folder;
    this.#adapterFiles = folder.adapter && adapterFiles(folder.adapter);
    this.files = new ModelFiles(folder, this.#adapterFiles);
    this.#given = given !== undefined;
    this.#kept = given;
    this.#keptBytes = given ? memoryOf(given) : 0;
  }

  /** Memory of the graph that is kept for further sessions. */
  get bytes(): number {
    return this.#keptBytes;
  }

  /** The files that the model is made of, those of an adapter last. */
  datedFiles(): DatedFile[] {
    const { adapter } = this.folder;
    return [
      ...modelFilesOf(this.folder).map((dated) => ({ ...dated, path: this.files.pathOf(dated.file) })),
      ...(adapter && this.#adapterFiles ? [{ ...adapter.weights, path: this.#adapterFiles.path }] : []),
    ];
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

  /** One file of the folder by itself, as it is. */
  alone(file: string): GraphParts<Graph> {
    const folder = { directory: this.folder.directory, file };
    const files = new ModelFiles(folder);
    return { folder, files, read: () => readShipped(files.model(), externalOf(files)) };
  }

  #readFile(file: string): ReadGraph {
    const { files, folder } = this;
    if (isCheckpoint(file)) {
      return readCheckpoint(folder, files, this.#adapterFiles);
    }
    return readGraph(files.model(file), externalOf(files));
  }
}

function externalOf(files: ModelFiles) {
  return (location: string, offset: number, length: number) => files.weights(location, offset, length);
}

/** What the weights of a graph take, without those that are left in files. */
function memoryOf({ graph }: ReadGraph): number {
  const held = [...graph.initialisers.values()].filter(({ rawData }) => !rawData || !isStored(rawData));
  return held.reduce((sum, tensor) => sum + byteCount(tensor), 0);
}
