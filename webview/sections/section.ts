import type { Explanation } from "../../src/common/explanation";
import type { Place } from "../../src/common/panelProtocol";
import type { PanelStrings } from "../../src/common/panelStrings";
import type { HostConnection } from "../messages";
import type { Snapshot, Store } from "../store";

/** What a section has on the page. */
export interface SectionView {
  readonly element: HTMLElement;
  /** Draws; called only while the section is on view and there is an explanation. */
  update(explanation: Explanation, snapshot: Snapshot): void;
  /** Draws what is known without an explanation; sections that lack it are not offered then. */
  updateAlone?(snapshot: Snapshot): void;
  /** Draws again, after the theme has changed. */
  repaint?(): void;
  /** Opens the section at a place of the explanation; `false` where it shows no such places. */
  show?(place: Place): boolean;
}

/** What a section works with; `View` is its own part of what the person chose to look at. */
export interface SectionContext<View extends object> {
  readonly host: HostConnection;
  readonly store: Store;
  readonly view: ViewPart<View>;
  /** Makes the section the one on view. */
  readonly open: () => void;
}

/** What is said of a section to add it. */
interface SectionParts<View extends object> {
  /** Names it in what is kept over a reload, and in the page. */
  readonly id: string;
  /** What stands on its tab. */
  readonly title: (strings: PanelStrings) => string;
  /** Its part of the view from what was kept over a reload, which may be anything; its defaults where nothing was. */
  readonly restore: (kept: unknown) => View;
  readonly make: (context: SectionContext<View>) => SectionView;
}

/** A tab of the panel and what is under it. */
export interface Section {
  readonly id: string;
  readonly title: (strings: PanelStrings) => string;
  readonly make: (host: HostConnection, store: Store) => SectionView;
}

/** One section's own part of what the person chose to look at, kept over a reload. */
export class ViewPart<View extends object> {
  readonly #store: Store;
  readonly #id: string;
  #value: View;

  constructor(store: Store, id: string, restore: (kept: unknown) => View) {
    this.#store = store;
    this.#id = id;
    this.#value = restore(store.part(id));
  }

  /** Another object after each change. */
  get value(): View {
    return this.#value;
  }

  set(change: Partial<View>): void {
    this.#value = { ...this.#value, ...change };
    this.#store.setPart(this.#id, this.#value);
  }
}

/** Makes a section of its parts. */
export function section<View extends object>({ id, title, restore, make }: SectionParts<View>): Section {
  return {
    id,
    title,
    make: (host, store) =>
      make({ host, store, view: new ViewPart(store, id, restore), open: () => store.setView({ section: id }) }),
  };
}
