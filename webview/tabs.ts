import { element, setAttribute, setText, uniqueId } from "./dom";
import type { HostConnection } from "./messages";
import type { Section, SectionView } from "./sections/section";
import type { Snapshot, Store } from "./store";

interface Tab {
  readonly section: Section;
  readonly view: SectionView;
  readonly button: HTMLButtonElement;
}

/** The tabs under the prediction, walked with the arrow keys, and the sections they open. */
export class Tabs {
  readonly element = element("div", { class: "tabs", attributes: { role: "tablist" } });
  readonly #store: Store;
  readonly #tabs: readonly Tab[];

  constructor(sections: readonly Section[], host: HostConnection, store: Store) {
    this.#store = store;
    this.#tabs = sections.map((section) => {
      const view = section.make(host, store);
      const button = element("button", { attributes: { type: "button", role: "tab", "data-section": section.id } });
      button.id = uniqueId("tab");
      view.element.id = uniqueId("panel");
      view.element.setAttribute("role", "tabpanel");
      view.element.setAttribute("aria-labelledby", button.id);
      button.setAttribute("aria-controls", view.element.id);
      button.addEventListener("click", () => store.setView({ section: section.id }));
      return { section, view, button };
    });
    this.element.append(...this.#tabs.map(({ button }) => button));
    this.element.addEventListener("keydown", ({ key }) => this.#step(key));
  }

  /** All sections, the hidden ones too. */
  get views(): readonly SectionView[] {
    return this.#tabs.map(({ view }) => view);
  }

  update(snapshot: Snapshot): void {
    const { strings, explanation, study } = snapshot;
    const isShown = ({ view }: Tab): boolean =>
      explanation !== null || (study !== null && view.updateAlone !== undefined);
    const chosen = this.#open();
    const open = chosen && isShown(chosen) ? chosen : this.#tabs.find(isShown);
    this.element.hidden = open === undefined;
    setAttribute(this.element, "aria-label", strings.sections);
    for (const tab of this.#tabs) {
      const { section, view, button } = tab;
      setText(button, section.title(strings));
      setAttribute(button, "aria-selected", String(tab === open));
      button.tabIndex = tab === open ? 0 : -1;
      button.hidden = !isShown(tab);
      view.element.hidden = tab !== open;
    }
    if (explanation) {
      open?.view.update(explanation, snapshot);
    } else {
      open?.view.updateAlone?.(snapshot);
    }
  }

  #open(): Tab | undefined {
    const { section: id } = this.#store.snapshot.view;
    return this.#tabs.find(({ section }) => section.id === id) ?? this.#tabs[0];
  }

  #step(key: string): void {
    const by = key === "ArrowRight" ? 1 : key === "ArrowLeft" ? -1 : 0;
    const open = this.#open();
    const to = open && this.#tabs.at((this.#tabs.indexOf(open) + by) % this.#tabs.length);
    if (by !== 0 && to) {
      this.#store.setView({ section: to.section.id });
      to.button.focus();
    }
  }
}
