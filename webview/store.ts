import { type Fields, fieldsOf } from "../src/common/checks";
import { isMethodId, type MethodId } from "../src/common/method";
import type { PanelState } from "../src/common/panelProtocol";
import { type PanelStrings, panelStrings } from "../src/common/panelStrings";
import type { VsCodeApi } from "./messages";

/** What the person chose to look at, but for what each section keeps to itself (see `ViewPart`). */
export interface PanelView {
  /** The section on view; `null` is the first. */
  readonly section: string | null;
  /** Whose scores are looked at; `null` takes the editor's. */
  readonly method: MethodId | null;
}

/** Everything the views are a function of. */
export interface Snapshot {
  readonly strings: PanelStrings;
  readonly state: PanelState | null;
  readonly view: PanelView;
}

/** What the web view keeps in VS Code over a reload. */
interface Kept extends Snapshot {
  /** What each section keeps, by its id. */
  readonly parts: Readonly<Record<string, unknown>>;
}

/** Holds the snapshot, keeps it over a reload of the window, and tells the views once per change. */
export class Store {
  readonly #api: VsCodeApi;
  readonly #listeners: ((snapshot: Snapshot) => void)[] = [];
  #snapshot: Snapshot;
  #parts: Kept["parts"];
  #explanationJson: string | undefined;
  #saving: ReturnType<typeof setTimeout> | undefined;

  constructor(api: VsCodeApi) {
    this.#api = api;
    const kept = api.getState();
    this.#snapshot = restoredSnapshot(kept);
    this.#parts = fieldsOf(fieldsOf(kept).parts);
    this.#explanationJson = JSON.stringify(this.#snapshot.state?.explanation);
  }

  get snapshot(): Snapshot {
    return this.#snapshot;
  }

  subscribe(listener: (snapshot: Snapshot) => void): void {
    this.#listeners.push(listener);
  }

  /** Takes a state of the host; an older one than the newest seen is dropped. `first` starts a new count, after a reload. */
  setState(state: PanelState, first = false): void {
    const current = this.#snapshot.state;
    if (!first && current && state.revision < current.revision) {
      return;
    }
    // States come whole and often; only another explanation is worth drawing anew.
    const json = JSON.stringify(state.explanation);
    const same = current !== null && json === this.#explanationJson;
    this.#explanationJson = json;
    // The newest choice counts, whether it was made here or in the settings.
    const chosen = current === null || current.importance === state.importance;
    const view = chosen ? this.#snapshot.view : { ...this.#snapshot.view, method: null };
    this.#change({
      ...this.#snapshot,
      view,
      state: same ? { ...state, explanation: current.explanation } : state,
    });
  }

  setStrings(strings: PanelStrings): void {
    this.#change({ ...this.#snapshot, strings: { ...panelStrings, ...strings } });
  }

  setView(change: Partial<PanelView>): void {
    this.#change({ ...this.#snapshot, view: { ...this.#snapshot.view, ...change } });
  }

  /** What a section has kept of its own, as it was found: to be checked before it is used. */
  part(id: string): unknown {
    return this.#parts[id];
  }

  /** Keeps what a section wants back after a reload. */
  setPart(id: string, part: object): void {
    this.#parts = { ...this.#parts, [id]: part };
    this.#change(this.#snapshot);
  }

  /** Shows what was kept over a reload, without waiting for the host; what another version kept, and cannot be shown, is forgotten. */
  showKept(): void {
    try {
      this.#change(this.#snapshot);
    } catch {
      this.#explanationJson = undefined;
      this.#change({ ...this.#snapshot, state: null, view: restoredView(undefined) });
    }
  }

  #change(snapshot: Snapshot): void {
    this.#snapshot = snapshot;
    for (const listener of this.#listeners) {
      listener(snapshot);
    }
    this.#saving ??= setTimeout(() => {
      this.#saving = undefined;
      this.#api.setState({ ...this.#snapshot, parts: this.#parts } satisfies Kept);
    }, 100);
  }
}

function restoredSnapshot(kept: unknown): Snapshot {
  const saved = fieldsOf(kept);
  const state = (saved.state ?? null) as PanelState | null;
  return {
    strings: restoredStrings(fieldsOf(saved.strings)),
    // Progress belongs to a run that this web view cannot know to be alive.
    state: state && { ...state, progress: null, error: null },
    view: restoredView(saved.view),
  };
}

function restoredView(kept: unknown): PanelView {
  const { section, method } = fieldsOf(kept);
  return {
    section: typeof section === "string" ? section : null,
    method: typeof method === "string" && isMethodId(method) ? method : null,
  };
}

function restoredStrings(kept: Fields): PanelStrings {
  const known = Object.entries(panelStrings).map(([key, english]) => {
    const words = kept[key];
    return [key, typeof words === "string" ? words : english];
  });
  return { ...panelStrings, ...Object.fromEntries(known) };
}
