import { stat } from "node:fs/promises";
import type { EngineOptions } from "../common/engineProtocol";
import type { ModelReference } from "../common/model";
import type { Task } from "../common/task";
import { adapterSettingsFile, adapterWeightsFile } from "../models/adapter/adapterSettings";
import { type ModelFolder, modelFilesOf, openModelFolder } from "../models/folder";
import { pathInFolder } from "../models/pathInFolder";
import { sentenceFiles } from "../models/sentenceModules";
import { tokenizerFiles } from "../models/tokenizers/tokenizerFiles";
import { readingOf } from "../tasks/registry";
import { type LoadedModel, loadModel } from "./loadedModel";
import { type Holder, Memory } from "./memory";

/** How a store opens and loads models. */
export interface ModelLoading {
  readonly open: typeof openModelFolder;
  readonly load: typeof loadModel;
}

/** A model that is loaded or being loaded. */
class Entry implements Holder {
  readonly key: string;
  readonly signature: string;
  readonly model: Promise<LoadedModel>;
  loaded: LoadedModel | undefined;
  users = 0;
  dropped = false;
  /** Settles when its memory is free; there from the moment on that it is being freed. */
  freed: Promise<void> | undefined;
  readonly #drop: (entry: Entry) => Promise<void>;
  /** What it will take, known while it is being loaded. */
  #reserved = 0;

  constructor(
    key: string,
    signature: string,
    load: (reserve: (bytes: number) => void, entry: Entry) => Promise<LoadedModel>,
    drop: (entry: Entry) => Promise<void>,
  ) {
    this.key = key;
    this.signature = signature;
    this.#drop = drop;
    this.model = load((bytes) => {
      this.#reserved = bytes;
    }, this);
  }

  get bytes(): number {
    return this.loaded ? this.loaded.held.bytes : this.#reserved;
  }

  get spare(): number {
    return this.loaded?.held.spare ?? 0;
  }

  /** Also while it is being freed: who needs room waits for that before taking it from others. */
  get isIdle(): boolean {
    return this.users === 0 && this.loaded !== undefined;
  }

  giveUp(): Promise<void> {
    return this.#drop(this);
  }

  async trim(isEnough: () => boolean): Promise<void> {
    await this.loaded?.held.trim(isEnough);
  }
}

/** Keeps models loaded up to a memory budget, least recently used out first; never frees a model that is in use. */
export class ModelStore {
  readonly #entries = new Map<string, Entry>();
  /** Entries that nobody new gets and that take memory until their last user is done. */
  readonly #leaving = new Set<Entry>();
  readonly #memory: Memory;
  readonly #loading: ModelLoading;
  #options: EngineOptions;

  constructor(options: EngineOptions, loading: ModelLoading = { open: openModelFolder, load: loadModel }) {
    this.#options = options;
    this.#loading = loading;
    this.#memory = new Memory(limitOf(options), () => [...this.#leaving, ...this.#entries.values()]);
  }

  /** Changes threads and budget; models are loaded again when the number of threads changes. */
  configure(options: EngineOptions): void {
    const reload = options.threads !== this.#options.threads;
    this.#options = options;
    if (reload) {
      for (const entry of [...this.#entries.values()]) {
        void this.#drop(entry);
      }
    }
    this.#memory.limit = limitOf(options);
    void this.#shrink();
  }

  /**
   * Runs `work` with the model for one of its tasks (`null` for the usual one, `any` for whichever is loaded), loading it first if it is not loaded or its files have changed. `onLoading` is called
   * before a load.
   */
  async use<T>(
    reference: ModelReference,
    work: (model: LoadedModel) => Promise<T>,
    onLoading?: () => void,
    task: Task | "any" | null = null,
  ): Promise<T> {
    const entry = await this.#taken(reference, task, onLoading);
    try {
      return await work(await entry.model);
    } finally {
      await this.#leave(entry);
      await this.#shrink();
    }
  }

  /** Frees all models. */
  async dispose(): Promise<void> {
    for (const entry of [...this.#entries.values()]) {
      void this.#drop(entry);
    }
  }

  /** The model's entry with one user more: counted where it was found, so that it is not given up before it is used. */
  async #taken(
    reference: ModelReference,
    asked: Task | "any" | null,
    onLoading: (() => void) | undefined,
  ): Promise<Entry> {
    const own = `${reference.directory}\0${reference.file ?? ""}\0`;
    const task = asked === "any" ? null : asked;
    const loaded = asked === "any" ? [...this.#entries.keys()].findLast((name) => name.startsWith(own)) : undefined;
    const key = loaded ?? this.#keyOf(own, task);
    const known = this.#entered(key);
    if (known) {
      const changed = await hasChanged(known);
      if (!changed && !known.dropped) {
        return known;
      }
      void this.#drop(known);
      await this.#leave(known);
    }
    return this.#entered(key) ?? (await this.#load(key, { reference, task }, onLoading));
  }

  /** What a model is called that reads its graph as a task does; one that was loaded for its usual task, or for one that reads the same, is known by either name. */
  #keyOf(own: string, task: Task | null): string {
    const key = own + (task === null ? "" : readingOf(task));
    const alike = [...this.#entries].find(([name, { loaded }]) => {
      const usual = loaded?.tasks[0];
      return (
        usual !== undefined &&
        name.startsWith(own) &&
        (task === null ? name === own + readingOf(usual) : name === own && readingOf(usual) === readingOf(task))
      );
    });
    return this.#entries.has(key) ? key : (alike?.[0] ?? key);
  }

  async #load(
    key: string,
    { reference, task }: { readonly reference: ModelReference; readonly task: Task | null },
    onLoading: (() => void) | undefined,
  ): Promise<Entry> {
    onLoading?.();
    const folder = await this.#loading.open(reference, task);
    const signature = await signatureOf(folder);
    const other = this.#entered(key);
    if (other) {
      return other;
    }
    const entry = new Entry(
      key,
      signature,
      (reserve, own) =>
        this.#loading.load(folder, this.#options.threads, {
          memory: this.#memory,
          makeRoom: (bytes) => this.#memory.makeRoom(bytes, own),
          reserve,
        }),
      (own) => this.#drop(own),
    );
    this.#enter(entry);
    entry.model.then(
      (model) => {
        entry.loaded = model;
      },
      () => this.#drop(entry),
    );
    return entry;
  }

  /** What a key has now, with one user more. */
  #entered(key: string): Entry | undefined {
    const entry = this.#entries.get(key);
    if (entry) {
      this.#enter(entry);
    }
    return entry;
  }

  /** Counts a user. Last in the map is most recently used. */
  #enter(entry: Entry): void {
    entry.users++;
    this.#entries.delete(entry.key);
    this.#entries.set(entry.key, entry);
  }

  async #leave(entry: Entry): Promise<void> {
    entry.users--;
    await this.#free(entry);
  }

  async #drop(entry: Entry): Promise<void> {
    if (!entry.dropped) {
      entry.dropped = true;
      this.#entries.delete(entry.key);
      this.#leaving.add(entry);
    }
    await this.#free(entry);
  }

  async #free(entry: Entry): Promise<void> {
    if (entry.dropped && entry.users === 0) {
      entry.freed ??= entry.model
        .then((model) => model.release())
        .catch(() => undefined)
        .then(() => {
          this.#leaving.delete(entry);
        });
      await entry.freed;
    }
  }

  /** Frees what is beyond the setting, but never the model that was used last. */
  async #shrink(): Promise<void> {
    await this.#memory.makeRoom(0, [...this.#entries.values()].at(-1));
  }
}

function limitOf({ memoryMegabytes }: EngineOptions): number {
  return memoryMegabytes * 2 ** 20;
}

/** Whether a file that a model was made of is not as it was then. */
async function hasChanged({ signature, model }: Entry): Promise<boolean> {
  const loaded = await settled(model);
  try {
    loaded?.session.parts.files.checkUnchanged();
  } catch {
    return true;
  }
  return (await signatureOf(loaded?.folder)) !== signature;
}

/** What a model's folder is described by, beside its tokenizer. */
const describingFiles: readonly string[] = [
  "config.json",
  "generation_config.json",
  "chat_template.jinja",
  ...sentenceFiles,
];

/** What a model is described by, and its `.onnx` files: sizes and times. */
async function signatureOf(folder: ModelFolder | undefined): Promise<string> {
  if (!folder) {
    return "";
  }
  const models = modelFilesOf(folder).map(({ file }) => file);
  const adapter = folder.adapter ? [adapterSettingsFile, adapterWeightsFile] : [];
  const past = folder.withPast ? [folder.withPast] : [];
  const names = [...models, ...past, ...adapter, ...describingFiles, ...tokenizerFiles];
  const folders = [folder.directory, ...(folder.adapter ? [folder.adapter.directory] : [])];
  const places = folders.flatMap((directory) => names.map((name) => [directory, name] as const));
  const parts = places.map(async ([directory, name]) => {
    try {
      const { size, mtimeMs } = await stat(pathInFolder(directory, name, "description"));
      return `${size}:${mtimeMs}`;
    } catch {
      return "-";
    }
  });
  return (await Promise.all(parts)).join(" ");
}

async function settled<T>(promise: Promise<T>): Promise<T | undefined> {
  try {
    return await promise;
  } catch {
    return undefined;
  }
}
