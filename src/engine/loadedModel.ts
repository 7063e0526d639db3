import { ExplainError } from "../common/errors";
import type { Task } from "../common/task";
import type { DistanceKind } from "../graph/distances";
import type { RuleSetName } from "../graph/gradient/ruleSets";
import type { InsideKind } from "../graph/insideModel";
import type { ReadGraph } from "../graph/readGraph";
import { givenFor, labelsFor, wrongTask } from "../models/config";
import type { ModelFolder } from "../models/folder";
import { type OpenTask, openTask, readsAlike } from "../tasks/registry";
import type { Continuation } from "../tasks/task";
import { createTokenizer, type Tokenizer } from "../text/tokenizer";
import { AttentionRuns, attentionBytes } from "./attentionRuns";
import { isCausal } from "./attentionViews";
import { Batcher, type Row } from "./batcher";
import { DistanceSession } from "./distanceSession";
import { KeptDrift, measureDrift } from "./drift";
import { DecodingSession } from "./generation/decodingSession";
import { GradientSession } from "./gradientSession";
import { InsideSession } from "./insideSession";
import { KeptSessions } from "./keptSessions";
import { checkMachine, type Memory } from "./memory";
import { ModelMemory } from "./modelMemory";
import { type ModelGraph, ModelParts } from "./modelParts";
import { ModelSession } from "./session";

/** A model ready to run: its tokenizer, its classes, evaluations and attention. */
export interface LoadedModel {
  readonly folder: ModelFolder;
  readonly tokenizer: Tokenizer;
  /** What its outputs mean. */
  readonly task: OpenTask;
  /** What it can be asked, the usual first. */
  readonly tasks: readonly Task[];
  /** The same model for another of its tasks that reads the same of it, `null` for the usual one, if that does, else for the one that it was loaded for. Throws `task-unsupported` with those that it is for. */
  forTask(wanted: Task | null): LoadedModel;
  readonly session: ModelSession;
  readonly batcher: Batcher;
  /** `null` where no attention was found in the graph. */
  readonly attention: AttentionRuns | null;
  readonly layers: number;
  readonly heads: number;
  readonly causal: boolean;
  /** The model with its backward pass; `null` where it reads no word embeddings that could have one. */
  readonly gradients: KeptSessions<RuleSetName, GradientSession> | null;
  /** Sessions that look into its blocks; `null` where no attention was found in the graph. */
  readonly inside: KeptSessions<InsideKind, InsideSession> | null;
  /** What is computed of what was seen inside; without weights. */
  readonly distances: KeptSessions<DistanceKind, DistanceSession>;
  /** The model's files for going on with texts. */
  readonly decoding: KeptSessions<"text", DecodingSession>;
  /** What it went on with, by what was asked. */
  readonly continuations: Map<string, Continuation>;
  /** How far logits are from those of the file as shipped; to be asked only where the session says that they differ. */
  readonly drift: KeptDrift;
  /** What the model itself takes. */
  readonly held: ModelMemory;
  /** The memory setting, which all loaded models share. */
  readonly memory: Memory;
  /**
   * Runs `work`, which takes so many bytes until it ends: room is made for them, at the cost of other models first, and others count them meanwhile. Throws
   * `not-enough-memory` where the machine has not so much.
   */
  readonly withRoom: <T>(bytes: number, work: () => Promise<T>) => Promise<T>;
  /** Runs `work` with the same model made of another graph, which is loaded for it, counted as this model's meanwhile, and freed again. */
  readonly withGraph: <T>(graph: ReadGraph, work: (model: LoadedModel) => Promise<T>) => Promise<T>;
  /** Frees all memory. */
  release(): Promise<void>;
}

/** A sentence that any tokenizer makes several tokens of, to see what the graph gives before a person's text is in it. */
const probeText = "a good film";

/** What a model knows of the memory that it shares with others. */
export interface Share {
  readonly memory: Memory;
  /** Makes room for what the model is about to take, at the cost of others first. */
  readonly makeRoom: (bytes: number) => Promise<void>;
  /** Hears how much the loaded model will take, before room is made for it: what others load meanwhile counts it. */
  readonly reserve: (bytes: number) => void;
}

/**
 * Loads the model of an opened folder and runs it once. Throws an {@link ExplainError} for a model or tokenizer that is not supported, damaged or too large for the machine.
 */
export async function loadModel(
  folder: ModelFolder,
  threads: number,
  share: Share,
  parts?: ModelParts,
): Promise<LoadedModel> {
  const json = folder.config.sentence?.lowerCases ? inSmallLetters(folder.tokenizer) : folder.tokenizer;
  const tokenizer = createTokenizer(json, folder.tokenizerConfig);
  const session = await ModelSession.load(
    folder,
    threads,
    async (bytes, loading) => {
      checkMachine(folder.file, bytes + loading);
      share.reserve(bytes);
      await share.makeRoom(loading);
      return share.memory.take(loading);
    },
    parts,
  );
  try {
    const probe = await session.attention(probeRow(tokenizer, session), 0, session.layers.length);
    const width = probe.logits.length;
    const { task, served } = session.parts.read();
    const open = (id: Task) =>
      openTask(id, {
        width,
        labels: () => labelsFor(folder.config, width),
        gives: givenFor(id, folder.config),
        vocabulary: tokenizer,
      });
    const heads = Math.max(0, ...probe.layers.map((layer) => layer.heads));
    const own = partsOf(session, { threads, heads, classes: width }, share);
    const model = (id: Task): LoadedModel => ({
      ...own,
      withGraph: (graph, work) => withGraph({ folder, threads, share, own }, { ...graph, task, served }, work),
      folder,
      tokenizer,
      task: open(id),
      tasks: served,
      forTask: (wanted) => model(chosenTask(wanted ?? usualOf(task, served), task, served)),
      session,
      layers: session.layers.length,
      heads,
      causal: isCausal(probe.layers),
    });
    return model(task);
  } catch (error) {
    await session.release();
    throw error;
  }
}

/** A tokenizer.json whose texts are read in small letters, before all else that it does. */
function inSmallLetters({ normalizer, ...json }: ModelFolder["tokenizer"]): ModelFolder["tokenizer"] {
  const normalizers = [{ type: "Lowercase" }, ...(normalizer ? [normalizer] : [])];
  return { ...json, normalizer: { type: "Sequence", normalizers } };
}

/** The usual task of a model, or where that reads it otherwise, the one that it was loaded for. */
function usualOf(loaded: Task, served: readonly Task[]): Task {
  const [usual = loaded] = served;
  return readsAlike(usual, loaded) ? usual : loaded;
}

/** A task that the model serves with the graph as it is loaded for another one. */
function chosenTask(wanted: Task, loaded: Task, served: readonly Task[]): Task {
  const offered = served.filter((task) => readsAlike(task, loaded));
  if (!offered.includes(wanted)) {
    throw wrongTask(wanted, offered);
  }
  return wanted;
}

/** {@link probeText} as a model reads it; a decoder is given one token of an output. */
export function probeRow(tokenizer: Tokenizer, { readsOutput }: ModelSession): Row {
  const tokens = tokenizer.encode(probeText, null);
  const [ids, types] = [tokens.map(({ id }) => id), tokenizer.typeIds(tokens)];
  return readsOutput
    ? { ids: Int32Array.from([...ids, 0]), segments: Int32Array.from([...types, 0]), outputFrom: ids.length }
    : { ids: Int32Array.from(ids), segments: Int32Array.from(types) };
}

/** Loads a model of another graph beside the one that it belongs to, and frees it when `work` ends. */
async function withGraph<T>(
  {
    folder,
    threads,
    share,
    own,
  }: { readonly folder: ModelFolder; readonly threads: number; readonly share: Share; readonly own: Parts },
  graph: ModelGraph,
  work: (model: LoadedModel) => Promise<T>,
): Promise<T> {
  let giveBack = () => {};
  const reserve = (bytes: number) => {
    giveBack();
    giveBack = share.memory.take(bytes);
  };
  const parts = new ModelParts(folder, graph);
  try {
    const other = await loadModel(folder, threads, { ...share, reserve }, parts);
    giveBack();
    try {
      // What is explained of a text is what the model itself writes.
      const { continuations } = own;
      return await own.held.during(other.held, () => work({ ...other, continuations }));
    } finally {
      await other.release();
    }
  } finally {
    giveBack();
  }
}

type Further = Pick<LoadedModel, "gradients" | "inside" | "distances" | "decoding">;

type Parts = Further &
  Pick<LoadedModel, "batcher" | "attention" | "continuations" | "drift" | "held" | "memory" | "withRoom" | "release">;

/** Sessions beside the one that runs forward, made when first asked for. */
function furtherSessions(
  session: ModelSession,
  { threads, classes }: { readonly threads: number; readonly classes: number },
  { memory, makeRoom }: Pick<Share, "memory" | "makeRoom">,
): Further {
  const room = () => memory.left;
  const booking = (book: (bytes: number) => void) => async (bytes: number, loading: number) => {
    checkMachine(session.file, session.bytes + bytes + loading);
    book(bytes);
    await makeRoom(loading);
    return memory.take(loading);
  };
  const gradients =
    session.fed &&
    new KeptSessions(
      (rules: RuleSetName, book) => GradientSession.load(session, { threads, classes, rules, makeRoom: booking(book) }),
      room,
    );
  const inside =
    session.layers.length === 0
      ? null
      : new KeptSessions(
          (kind: InsideKind, book) => InsideSession.load(session, { threads, kind, makeRoom: booking(book) }),
          room,
        );
  const distances = new KeptSessions((kind: DistanceKind) => DistanceSession.load(kind, session.file, threads), room);
  const decoding = new KeptSessions(
    (_: "text", book) => DecodingSession.load(session.parts, { threads, makeRoom: booking(book) }),
    room,
  );
  return { gradients, inside, distances, decoding };
}

/** What runs a model, each as far as there is memory. */
function partsOf(
  session: ModelSession,
  { heads, ...further }: { readonly threads: number; readonly heads: number; readonly classes: number },
  { memory, makeRoom }: Share,
): Parts {
  const { threads } = further;
  const withRoom = async <T>(bytes: number, work: () => Promise<T>): Promise<T> => {
    checkMachine(session.file, session.bytes + bytes);
    await makeRoom(bytes);
    return await memory.during(bytes, work);
  };
  const sessions = furtherSessions(session, further, { memory, makeRoom });
  const { gradients, inside, decoding } = sessions;
  const bytesOf = (rows: readonly Row[]) => session.runBytes(rows.length, rows[0]?.ids.length ?? 0);
  const batcher = new Batcher((rows) => memory.during(bytesOf(rows), () => session.logits(rows)), {
    maximumRows: session.maximumRows,
    rowsInMemory: (tokens) => memory.left / session.runBytes(1, tokens),
  });
  const attention =
    session.layers.length === 0
      ? null
      : new AttentionRuns(
          async (row, first, end) => {
            // What a run gives back is there twice for a moment: the runtime's own and ours.
            const tokens = row.ids.length;
            const bytes = session.runBytes(1, tokens) + session.layers.length * attentionBytes(heads, tokens);
            return await withRoom(bytes, () => session.attention(row, first, end));
          },
          session.layers.length,
          heads,
        );
  return {
    batcher,
    attention,
    ...sessions,
    continuations: new Map(),
    drift: new KeptDrift(
      (rows, now) => measureDrift({ session, threads, room: now, memory }, rows),
      () => memory.left,
    ),
    held: new ModelMemory({ session, gradients, inside, decoding, attention, batcher }),
    memory,
    withRoom,
    release: async () => {
      for (const kept of Object.values(sessions)) {
        await kept?.release();
      }
      await session.release();
    },
  };
}
