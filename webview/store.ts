import type { Explanation } from "../src/common/explanation";
import { formatMessage, type Message } from "../src/common/message";
import type { KeptPanel, PanelState, PanelView } from "../src/common/panelProtocol";
import { type PanelStrings, panelStrings } from "../src/common/panelStrings";
import { element } from "./dom";
import type { VsCodeApi } from "./messages";

/** Everything the views are a function of. */
export interface Snapshot extends KeptPanel {
  readonly strings: PanelStrings;
}

/** The view of a panel that was never touched. */
export const initialView: PanelView = {
  section: "tokens",
  units: "token",
  method: null,
  window: 0,
  layer: 0,
  head: 0,
  aggregate: "heads",
  aggregateLayer: null,
  picture: "map",
  showSpecial: true,
  renormalise: false,
  topMass: 100,
  overviewAsTable: false,
  pictureAsTable: false,
};

/** Holds the snapshot, keeps it over a reload of the window, and tells the views once per change. */
export class Store {
  readonly #api: VsCodeApi;
  readonly #listeners: ((snapshot: Snapshot) => void)[] = [];
  #snapshot: Snapshot;
  #explanationJson: string | undefined;
  #saving: ReturnType<typeof setTimeout> | undefined;

  constructor(api: VsCodeApi) {
    this.#api = api;
    this.#snapshot = restore(api.getState());
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

  /** Shows what was kept over a reload, without waiting for the host; what another version kept, and cannot be shown, is forgotten. */
  showKept(): void {
    try {
      this.setView({});
    } catch {
      this.#explanationJson = undefined;
      this.#change({ strings: panelStrings, state: null, view: initialView });
    }
  }

  #change(snapshot: Snapshot): void {
    this.#snapshot = snapshot;
    for (const listener of this.#listeners) {
      listener(snapshot);
    }
    this.#saving ??= setTimeout(() => {
      this.#saving = undefined;
      this.#api.setState(this.#snapshot);
    }, 100);
  }
}

function restore(kept: unknown): Snapshot {
  const saved = (kept ?? {}) as Partial<Snapshot>;
  const state = saved.state ?? null;
  return {
    strings: { ...panelStrings, ...saved.strings },
    // Progress belongs to a run that this web view cannot know to be alive.
    state: state && { ...state, progress: null, error: null },
    view: { ...initialView, ...saved.view },
  };
}

/** A word of the panel with its gaps filled in. */
export function fill(template: string, ...args: (string | number)[]): string {
  return formatMessage({ template, args });
}

/** As {@link fill}, with what is text in an element that keeps its direction to itself. */
export function filled(template: string, ...args: (string | number)[]): (string | HTMLElement)[] {
  return template.split(/\{(\d+)\}/).map((part, place) => {
    const argument = place % 2 === 0 ? part : args[Number(part)];
    return place % 2 === 0 || typeof argument !== "string"
      ? String(argument ?? "")
      : element("bdi", { text: argument });
  });
}

/** A sentence of the engine or the host as text. */
export function sentence(text: Message): string {
  return formatMessage(text);
}

/** Names what attention depends on: two explanations with the same key have the same heads. */
export function attentionKey(explanation: Explanation): string {
  const ids = explanation.tokens.map((token) => (explanation.masked.includes(token.index) ? -1 : token.id));
  return `${explanation.model.sha256} ${explanation.model.file} ${ids.join(" ")}`;
}
