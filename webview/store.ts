import { type Fields, fieldsOf } from "../src/common/checks";
import type { Explanation } from "../src/common/explanation";
import { type KeptPanel, keptStatus, keptTokens, readKeptPanel } from "../src/common/keptPanel";
import type { Message } from "../src/common/message";
import { isMethodId, type MethodId } from "../src/common/method";
import type { PanelExplanation, PanelStatus, PanelStudy, PanelSubject } from "../src/common/panelProtocol";
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
  /** With its sentences in the person's language. */
  readonly explanation: Explanation | null;
  /** `null` until the host has been heard. */
  readonly status: PanelStatus | null;
  /** The newest analysis of a file; it is not kept over a reload of the window. */
  readonly study: PanelStudy | null;
  readonly view: PanelView;
}

/** What the web view adds to what it keeps for the host. */
interface Kept extends KeptPanel, Pick<Snapshot, "strings" | "view"> {
  /** What each section keeps, by its id. */
  readonly parts: Readonly<Record<string, unknown>>;
}

/** Holds the snapshot, keeps it over a reload of the window, and tells the views once per change. */
export class Store {
  readonly #api: VsCodeApi;
  readonly #listeners: ((snapshot: Snapshot) => void)[] = [];
  #snapshot: Snapshot;
  #parts: Kept["parts"];
  /** The newest explanation; it is shown when its status has come. */
  #newest: PanelExplanation;
  #shown = 0;
  /** What is kept of the host's: what was shown last when no run was under way, whose explanation will be another. */
  #kept: KeptPanel;
  #saved: Kept | null = null;
  #saving: ReturnType<typeof setTimeout> | undefined;

  constructor(api: VsCodeApi) {
    this.#api = api;
    const found = api.getState();
    const fields = fieldsOf(found);
    this.#kept = readKeptPanel(found);
    this.#parts = fieldsOf(fields.parts);
    this.#newest = { number: 0, subject: this.#kept.subject };
    this.#snapshot = {
      strings: restoredStrings(fieldsOf(fields.strings)),
      explanation: spoken(this.#kept.subject),
      status: this.#kept.status,
      study: null,
      view: restoredView(fields.view),
    };
  }

  get snapshot(): Snapshot {
    return this.#snapshot;
  }

  subscribe(listener: (snapshot: Snapshot) => void): void {
    this.#listeners.push(listener);
  }

  /** Takes all that the host has, whose count of explanations begins anew with each start. */
  start(explanation: PanelExplanation, status: PanelStatus): void {
    this.#newest = { number: 0, subject: null };
    this.#shown = 0;
    this.setExplanation(explanation);
    this.setStatus(status);
  }

  /** Takes another explanation; it is shown when its status comes. */
  setExplanation(explanation: PanelExplanation): void {
    if (explanation.number > this.#newest.number) {
      this.#newest = explanation;
    }
  }

  /** Takes what the host says besides the explanation; what is about an older explanation is dropped. */
  setStatus(status: PanelStatus): void {
    const { number, subject } = this.#newest;
    if (status.number !== number) {
      return;
    }
    const { status: before, view } = this.#snapshot;
    // The newest choice counts, whether it was made here or in the settings.
    const chosen = before === null || before.importance === status.importance;
    const another = number !== this.#shown;
    this.#shown = number;
    if (status.progress === null) {
      const isLong = (subject?.explanation.tokens.length ?? 0) > keptTokens;
      this.#kept = isLong ? { subject: null, status: null } : { subject, status: keptStatus(status) };
    }
    this.#change({
      ...this.#snapshot,
      explanation: another ? spoken(subject) : this.#snapshot.explanation,
      status,
      view: chosen ? view : { ...view, method: null },
    });
  }

  /** Takes the newest analysis of a file. */
  setStudy(study: PanelStudy | null): void {
    this.#change({ ...this.#snapshot, study });
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
      this.#kept = { subject: null, status: null };
      this.#change({ ...this.#snapshot, explanation: null, status: null, view: restoredView(undefined) });
    }
  }

  #change(snapshot: Snapshot): void {
    this.#snapshot = snapshot;
    for (const listener of this.#listeners) {
      listener(snapshot);
    }
    this.#saving ??= setTimeout(() => {
      this.#saving = undefined;
      this.#save();
    }, 100);
  }

  /** Hands what is to be kept to the editor, all of it at once, if anything of it has changed. */
  #save(): void {
    const { strings, view } = this.#snapshot;
    const kept: Kept = { ...this.#kept, strings, view, parts: this.#parts };
    const saved = this.#saved;
    const isSaved =
      saved !== null &&
      saved.subject === kept.subject &&
      JSON.stringify(saved.status) === JSON.stringify(kept.status) &&
      saved.strings === strings &&
      saved.view === view &&
      saved.parts === kept.parts;
    if (!isSaved) {
      this.#saved = kept;
      this.#api.setState(kept);
    }
  }
}

/** The explanation with what it says in the person's language. */
function spoken(subject: PanelSubject | null): Explanation | null {
  if (!subject) {
    return null;
  }
  const { explanation, said } = subject;
  const sentences = (texts: readonly string[] = []): Message[] => texts.map((text) => ({ template: text, args: [] }));
  return {
    ...explanation,
    warnings: sentences(said.warnings),
    attributions: explanation.attributions.map((attribution, index) => ({
      ...attribution,
      notes: sentences(said.notes[index]),
    })),
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
