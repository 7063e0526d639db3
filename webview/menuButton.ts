import { element, setAttribute, setText, uniqueId } from "./dom";

/** One entry of a menu. */
export interface MenuItem {
  readonly id: string;
  readonly label: string;
  /** What it takes, or why it cannot be chosen; stands beside the label. */
  readonly detail?: string;
  /** It is listed, and cannot be chosen. */
  readonly disabled?: boolean;
}

/** A quiet button that opens a menu under it, walked with the arrow keys as the editor's own menus are. */
export class MenuButton {
  readonly element = element("span", { class: "menu-button" });
  readonly #button: HTMLButtonElement;
  readonly #menu = element("div", { class: "menu", attributes: { role: "menu" } });
  readonly #onChoose: (id: string) => void;
  #drawn = "";

  constructor(onChoose: (id: string) => void) {
    this.#onChoose = onChoose;
    this.#menu.id = uniqueId("menu");
    this.#menu.hidden = true;
    this.#button = element("button", {
      class: "link",
      attributes: { type: "button", "aria-haspopup": "menu", "aria-expanded": "false", "aria-controls": this.#menu.id },
      on: { click: () => (this.#menu.hidden ? this.#open(0) : this.#close()) },
    });
    this.element.append(this.#button, this.#menu);
    this.element.addEventListener("keydown", (event) => this.#onKey(event));
    this.element.addEventListener("focusout", ({ relatedTarget }) => {
      if (!(relatedTarget instanceof Node && this.element.contains(relatedTarget))) {
        this.#hide();
      }
    });
  }

  /** Says what the button and its entries are called. */
  update(label: string, items: readonly MenuItem[]): void {
    setText(this.#button, label);
    setAttribute(this.#menu, "aria-label", label);
    const wanted = JSON.stringify(items);
    if (wanted !== this.#drawn) {
      this.#drawn = wanted;
      this.#menu.replaceChildren(...items.map((item) => this.#item(item)));
    }
  }

  #item({ id, label, detail, disabled = false }: MenuItem): HTMLElement {
    const button = element("button", {
      attributes: { type: "button", role: "menuitem", tabindex: "-1" },
      on: {
        click: () => !disabled && this.#choose(id),
        pointerenter: ({ currentTarget }) => focusOn(currentTarget),
      },
    });
    button.append(label, ...(detail === undefined ? [] : [" ", element("span", { class: "detail", text: detail })]));
    // It can be reached all the same, so that its reason is read.
    setAttribute(button, "aria-disabled", disabled ? "true" : null);
    return button;
  }

  #open(at: number): void {
    this.#menu.hidden = false;
    setAttribute(this.#button, "aria-expanded", "true");
    // In a narrow panel it goes to the left of the button's end instead.
    this.#menu.classList.remove("at-end");
    const isOver = this.#menu.getBoundingClientRect().right > document.documentElement.clientWidth;
    this.#menu.classList.toggle("at-end", isOver);
    focusOn(this.#items.at(at));
  }

  #hide(): void {
    this.#menu.hidden = true;
    setAttribute(this.#button, "aria-expanded", "false");
  }

  #close(): void {
    this.#button.focus();
    this.#hide();
  }

  #choose(id: string): void {
    this.#close();
    this.#onChoose(id);
  }

  #onKey(event: KeyboardEvent): void {
    const { key } = event;
    if (this.#menu.hidden) {
      if (key === "ArrowDown" || key === "ArrowUp") {
        event.preventDefault();
        this.#open(key === "ArrowDown" ? 0 : -1);
      }
      return;
    }
    const items = this.#items;
    const at = items.findIndex((item) => item.matches(":focus"));
    const to = { ArrowDown: (at + 1) % items.length, ArrowUp: at - 1, Home: 0, End: -1 }[key];
    if (to !== undefined) {
      event.preventDefault();
      focusOn(items.at(Math.max(to, -1)));
    } else if (key === "Escape") {
      event.preventDefault();
      this.#close();
    }
  }

  get #items(): Element[] {
    return [...this.#menu.children];
  }
}

function focusOn(target: EventTarget | null | undefined): void {
  if (target instanceof HTMLElement) {
    target.focus();
  }
}
