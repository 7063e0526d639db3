import { stat } from "node:fs/promises";
import type { EngineOptions } from "../common/engineProtocol";
import { ExplainError } from "../common/errors";
import type { ModelReference } from "../common/model";
import { type ModelFolder, openModelFolder } from "../models/folder";
import { pathInFolder } from "../models/pathInFolder";
import type { ClassificationHead } from "../tasks/classification";
import { createTokenizer, type Tokenizer } from "../text/tokenizer";
import { AttentionRuns } from "./attentionRuns";
import { isCausal } from "./attentionViews";
import { Batcher } from "./batcher";
import { KeptDrift, measureDrift } from "./drift";
import { GradientSession } from "./gradientSession";
import { KeptGradients } from "./keptGradients";
import { ModelSession } from "./session";

/** A model ready to run: its tokenizer, its classes, evaluations and attention. */
export interface LoadedModel {
  readonly folder: ModelFolder;
  readonly tokenizer: Tokenizer;
  readonly head: ClassificationHead;
  readonly session: ModelSession;
  readonly batcher: Batcher;
  readonly attention: AttentionRuns;
  readonly layers: number;
  readonly heads: number;
  readonly causal: boolean;
  /** The model with its backward pass. */
  readonly gradients: KeptGradients;
  /** How far logits are from those of the file as shipped; to be asked only where the session says that they differ. */
  readonly drift: KeptDrift;
  /** Frees all memory. */
  release(): Promise<void>;
}

interface Entry {
  readonly signature: string;
  readonly model: Promise<LoadedModel>;
  /** Counted against the budget once it is there. */
  loaded: LoadedModel | undefined;
  users: number;
  dropped: boolean;
}

/** A sentence that any tokenizer makes several tokens of, to see what the graph gives before a person's text is in it. */
const probeText = "a good film";

/** Keeps models loaded up to a memory budget, least recently used out first; never frees a model that is in use. */
export class ModelStore {
  readonly #entries = new Map<string, Entry>();
  #options: EngineOptions;

  constructor(options: EngineOptions) {
    this.#options = options;
  }

  /** Changes threads and budget; models are loaded again when the number of threads changes. */
  configure(options: EngineOptions): void {
    const reload = options.threads !== this.#options.threads;
    this.#options = options;
    if (reload) {
      for (const key of this.#entries.keys()) {
        this.#drop(key);
      }
    }
    this.#shrink();
  }

  /** Runs `work` with the model, loading it first if it is not loaded or its files have changed. `onLoading` is called before a load. */
  async use<T>(
    reference: ModelReference,
    work: (model: LoadedModel) => Promise<T>,
    onLoading?: () => void,
  ): Promise<T> {
    const key = `${reference.directory}\0${reference.file ?? ""}`;
    const known = this.#entries.get(key);
    if (known && (await hasChanged(known))) {
      this.#drop(key);
    }
    let entry = this.#entries.get(key);
    if (!entry) {
      onLoading?.();
      entry = await this.#load(key, reference);
    }
    // Last in the map is most recently used.
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    entry.users++;
    try {
      return await work(await entry.model);
    } finally {
      entry.users--;
      this.#free(entry);
      // What was loaded for gradients is known only now.
      this.#shrink();
    }
  }

  /** Frees all models. */
  async dispose(): Promise<void> {
    for (const key of this.#entries.keys()) {
      this.#drop(key);
    }
  }

  /** Memory for all models, in bytes. */
  get #budget(): number {
    return this.#options.memoryMegabytes * 2 ** 20;
  }

  async #load(key: string, reference: ModelReference): Promise<Entry> {
    const folder = await openModelFolder(reference);
    const signature = await signatureOf(folder);
    const known = this.#entries.get(key);
    if (known) {
      return known;
    }
    const entry: Entry = {
      signature,
      model: loadModel(folder, this.#options.threads, () => this.#budget),
      loaded: undefined,
      users: 0,
      dropped: false,
    };
    this.#entries.set(key, entry);
    entry.model.then(
      (model) => {
        entry.loaded = model;
        this.#shrink();
      },
      () => this.#entries.get(key) === entry && this.#entries.delete(key),
    );
    return entry;
  }

  #drop(key: string): void {
    const entry = this.#entries.get(key);
    if (entry) {
      this.#entries.delete(key);
      entry.dropped = true;
      this.#free(entry);
    }
  }

  #free(entry: Entry): void {
    if (entry.dropped && entry.users === 0) {
      entry.model.then((model) => model.release()).catch(() => undefined);
    }
  }

  /** Frees what is beyond the budget: the models used least recently, then the gradients of the last one where nobody uses them. */
  #shrink(): void {
    const budget = this.#budget;
    const keys = [...this.#entries.keys()];
    let bytes = 0;
    for (const [age, key] of keys.reverse().entries()) {
      const entry = this.#entries.get(key);
      bytes += entry?.loaded ? entry.loaded.session.bytes + entry.loaded.gradients.bytes : 0;
      if (bytes <= budget) {
        continue;
      }
      if (age > 0) {
        this.#drop(key);
      } else if (entry?.users === 0 && entry.loaded && entry.loaded.gradients.bytes > 0) {
        bytes -= entry.loaded.gradients.bytes;
        entry.loaded.gradients.release();
      }
    }
  }
}

/** Whether a file that a model was made of is not as it was then. */
async function hasChanged({ signature, model }: Entry): Promise<boolean> {
  const loaded = await settled(model);
  try {
    loaded?.session.source.files.checkUnchanged();
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

async function loadModel(folder: ModelFolder, threads: number, budget: () => number): Promise<LoadedModel> {
  const tokenizer = createTokenizer(folder.tokenizer, folder.tokenizerConfig);
  const session = await ModelSession.load(folder, threads);
  try {
    const tokens = tokenizer.encode(probeText, null);
    const probe = await session.attention(
      { ids: Int32Array.from(tokens, (token) => token.id), segments: Int32Array.from(tokenizer.typeIds(tokens)) },
      0,
      session.layers.length,
    );
    const { labels, multiLabel } = folder.config;
    if (probe.logits.length !== labels.length) {
      throw new ExplainError(
        "model-file-corrupt",
        "config.json names {0} labels, but the model gives {1} numbers. Use the config.json that belongs to the model.",
        labels.length,
        probe.logits.length,
      );
    }
    const heads = Math.max(0, ...probe.layers.map((layer) => layer.heads));
    const room = () => budget() - session.bytes - gradients.bytes;
    const gradients: KeptGradients = new KeptGradients(
      (rules) => GradientSession.load(session, { threads, classes: labels.length, rules }),
      room,
    );
    const drift = new KeptDrift((rows, now) => measureDrift({ session, threads, room: now }, rows), room);
    return {
      gradients,
      drift,
      release: async () => {
        await gradients.release();
        await session.release();
      },
      folder,
      tokenizer,
      head: { labels, multiLabel },
      session,
      batcher: new Batcher((rows) => session.logits(rows), { maximumRows: session.maximumRows }),
      attention: new AttentionRuns(
        (row, first, end) => session.attention(row, first, end),
        session.layers.length,
        heads,
      ),
      layers: session.layers.length,
      heads,
      causal: isCausal(probe.layers),
    };
  } catch (error) {
    await session.release();
    throw error;
  }
}
