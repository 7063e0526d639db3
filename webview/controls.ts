import "@vscode-elements/elements/dist/vscode-button/index";
import "@vscode-elements/elements/dist/vscode-checkbox/index";
import "@vscode-elements/elements/dist/vscode-single-select/index";
import type { VscodeSingleSelect } from "@vscode-elements/elements/dist/vscode-single-select/vscode-single-select";
import { element, setAttribute, setText } from "./dom";

/** One choice of a {@link Choice} or {@link Segmented}. */
export interface Option<T extends string> {
  readonly value: T;
  readonly label: string;
  readonly disabled?: boolean;
}

/** A drop-down that is rebuilt only when its options change, so that an open list stays open. */
export class Choice {
  readonly element: VscodeSingleSelect;
  #drawn = "";

  constructor(onChoose: (value: string) => void) {
    this.element = document.createElement("vscode-single-select");
    this.element.addEventListener("change", () => onChoose(this.element.value));
  }

  update(label: string, options: readonly Option<string>[], value: string): void {
    const wanted = JSON.stringify([label, options]);
    if (wanted !== this.#drawn) {
      this.#drawn = wanted;
      this.element.label = label;
      this.element.options = options.map((option) => ({
        description: "",
        selected: option.value === value,
        ...option,
      }));
    }
    if (this.element.value !== value) {
      this.element.value = value;
    }
  }
}

/** A row of choices of which one is on: a radio group, walked with the arrow keys. */
export class Segmented<T extends string> {
  readonly element = element("div", { class: "segmented", attributes: { role: "radiogroup" } });
  readonly #onChoose: (value: T) => void;
  readonly #buttons = new Map<T, HTMLButtonElement>();

  constructor(onChoose: (value: T) => void) {
    this.#onChoose = onChoose;
    this.element.addEventListener("keydown", (event) => this.#step(event));
  }

  update(label: string, options: readonly Option<T>[], value: T): void {
    setAttribute(this.element, "aria-label", label);
    for (const option of options) {
      const button = this.#buttons.get(option.value) ?? this.#add(option.value);
      setText(button, option.label);
      button.disabled = option.disabled === true;
      setAttribute(button, "aria-checked", String(option.value === value));
      button.tabIndex = option.value === value ? 0 : -1;
    }
  }

  #add(value: T): HTMLButtonElement {
    const button = element("button", { attributes: { type: "button", role: "radio", "data-value": value } });
    button.addEventListener("click", () => this.#onChoose(value));
    this.#buttons.set(value, button);
    this.element.append(button);
    return button;
  }

  #step(event: KeyboardEvent): void {
    const by = stepOf(event.key);
    if (by === 0) {
      return;
    }
    event.preventDefault();
    const usable = [...this.#buttons].filter(([, button]) => !button.disabled);
    const at = usable.findIndex(([, button]) => button === document.activeElement);
    const next = usable[(at + by + usable.length) % usable.length];
    if (next) {
      next[1].focus();
      this.#onChoose(next[0]);
    }
  }
}

function stepOf(key: string): number {
  if (key === "ArrowRight" || key === "ArrowDown") {
    return 1;
  }
  return key === "ArrowLeft" || key === "ArrowUp" ? -1 : 0;
}

/** A check box with its label. */
export class Check {
  readonly element = document.createElement("vscode-checkbox");

  constructor(onChange: (checked: boolean) => void) {
    this.element.addEventListener("change", () => onChange(this.element.checked));
  }

  update(label: string, checked: boolean): void {
    this.element.label = label;
    this.element.checked = checked;
  }
}

/** A push button; `secondary` for all but the one that matters most. */
export function pushButton(secondary: boolean, onPush: () => void): HTMLElement {
  const button = document.createElement("vscode-button");
  button.secondary = secondary;
  button.addEventListener("click", onPush);
  return button;
}

/** A quiet button that reads as a link. */
export function linkButton(onPush: () => void): HTMLButtonElement {
  return element("button", { class: "link", attributes: { type: "button" }, on: { click: onPush } });
}

/** A quiet button that is on or off. */
export class Toggle {
  readonly element: HTMLButtonElement;

  constructor(onToggle: () => void) {
    this.element = element("button", { class: "link", attributes: { type: "button" }, on: { click: onToggle } });
  }

  update(label: string, pressed: boolean): void {
    setText(this.element, label);
    setAttribute(this.element, "aria-pressed", String(pressed));
  }
}
