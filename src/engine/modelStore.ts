import { stat } from "node:fs/promises";
import type { EngineOptions } from "../common/engineProtocol";
import type { ModelReference } from "../common/model";
import { type ModelFolder, openModelFolder } from "../models/folder";
import { pathInFolder } from "../models/pathInFolder";
import { type LoadedModel, loadModel } from "./loadedModel";
import { type Holder, Memory } from "./memory";

/** A model that is loaded or being loaded. */
class Entry implements Holder {
  readonly signature: string;
  readonly model: Promise<LoadedModel>;
  loaded: LoadedModel | undefined;
  users = 0;
  dropped = false;
  readonly #drop: () => Promise<void>;
  /** What it will take, known while it is being loaded. */
  #reserved = 0;

  constructor(
    signature: string,
    load: (reserve: (bytes: number) => void, entry: Entry) => Promise<LoadedModel>,
    drop: (entry: Entry) => Promise<void>,
  ) {
    this.signature = signature;
    this.#drop = () => drop(this);
    this.model = load((bytes) => {
      this.#reserved = bytes;
    }, this);
  }

  get bytes(): number {
    const { loaded } = this;
    return loaded ? loaded.session.bytes + loaded.gradients.bytes + loaded.attention.bytes : this.#reserved;
  }

  get spare(): number {
    const { loaded } = this;
    return loaded ? loaded.gradients.spare + loaded.attention.bytes : 0;
  }

  get isIdle(): boolean {
    return this.users === 0 && this.loaded !== undefined && !this.dropped;
  }

  async giveUp(): Promise<void> {
    await this.#drop();
  }

  async trim(isEnough: () => boolean): Promise<void> {
    this.loaded?.attention.clear();
    await this.loaded?.gradients.giveUpIdle(isEnough);
  }
}

/** Keeps models loaded up to a memory budget, least recently used out first; never frees a model that is in use. */
export class ModelStore {
  readonly #entries = new Map<string, Entry>();
  /** Entries that nobody new gets and that take memory until their last user is done. */
  readonly #leaving = new Set<Entry>();
  readonly #memory: Memory;
  #options: EngineOptions;

  constructor(options: EngineOptions) {
    this.#options = options;
    this.#memory = new Memory(limitOf(options), () => [...this.#leaving, ...this.#entries.values()]);
  }

  /** Changes threads and budget; models are loaded again when the number of threads changes. */
  configure(options: EngineOptions): void {
    const reload = options.threads !== this.#options.threads;
    this.#options = options;
    if (reload) {
      for (const key of this.#entries.keys()) {
        void this.#drop(key);
      }
    }
    this.#memory.limit = limitOf(options);
    void this.#shrink();
  }

  /** Runs `work` with the model, loading it first if it is not loaded or its files have changed. `onLoading` is called before a load. */
  async use<T>(
    reference: ModelReference,
    work: (model: LoadedModel) => Promise<T>,
    onLoading?: () => void,
  ): Promise<T> {
    const key = `${reference.directory}\0${reference.file ?? ""}`;
    const known = this.#entries.get(key);
    if (known && (await hasChanged(known)) && this.#entries.get(key) === known) {
      void this.#drop(key);
    }
    let entry = this.#entries.get(key);
    if (!entry) {
      onLoading?.();
      entry = await this.#load(key, reference);
    }
    entry.users++;
    if (!entry.dropped) {
      // Last in the map is most recently used.
      this.#entries.delete(key);
      this.#entries.set(key, entry);
    }
    try {
      return await work(await entry.model);
    } finally {
      entry.users--;
      await this.#free(entry);
      await this.#shrink();
    }
  }

  /** Frees all models. */
  async dispose(): Promise<void> {
    for (const key of this.#entries.keys()) {
      void this.#drop(key);
    }
  }

  async #load(key: string, reference: ModelReference): Promise<Entry> {
    const folder = await openModelFolder(reference);
    const signature = await signatureOf(folder);
    const known = this.#entries.get(key);
    if (known) {
      return known;
    }
    const entry = new Entry(
      signature,
      (reserve, own) =>
        loadModel(folder, this.#options.threads, {
          memory: this.#memory,
          makeRoom: (bytes) => this.#memory.makeRoom(bytes, own),
          reserve,
        }),
      async (own) => {
        if (this.#entries.get(key) === own) {
          await this.#drop(key);
        }
      },
    );
    this.#entries.set(key, entry);
    entry.model.then(
      (model) => {
        entry.loaded = model;
      },
      () => this.#entries.get(key) === entry && this.#entries.delete(key),
    );
    return entry;
  }

  async #drop(key: string): Promise<void> {
    const entry = this.#entries.get(key);
    if (entry) {
      this.#entries.delete(key);
      this.#leaving.add(entry);
      entry.dropped = true;
      await this.#free(entry);
    }
  }

  async #free(entry: Entry): Promise<void> {
    if (entry.dropped && entry.users === 0) {
      await entry.model.then((model) => model.release()).catch(() => undefined);
      this.#leaving.delete(entry);
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

/** What a model is described by, and its `.onnx` file: sizes and times. */
async function signatureOf(folder: ModelFolder | undefined): Promise<string> {
  if (!folder) {
    return "";
  }
  const names = [folder.file, "config.json", "tokenizer.json", "tokenizer_config.json"];
  const parts = names.map(async (name) => {
    try {
      const { size, mtimeMs } = await stat(pathInFolder(folder.directory, name, "description"));
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
