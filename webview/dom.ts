import { cleanText } from "../src/common/cleanWords";

/** What {@link element} sets on a new element; `on` takes listeners by event name. */
export interface ElementOptions {
  readonly class?: string;
  readonly text?: string;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly on?: Readonly<Record<string, (event: Event) => void>>;
}

/** Makes an HTML element; text goes in as text only, never as markup. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  options: ElementOptions = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  if (options.class !== undefined) {
    made.className = options.class;
  }
  if (options.text !== undefined) {
    made.textContent = options.text;
  }
  for (const [name, value] of Object.entries(options.attributes ?? {})) {
    made.setAttribute(name, value);
  }
  for (const [name, listener] of Object.entries(options.on ?? {})) {
    made.addEventListener(name, listener);
  }
  made.append(...children);
  return made;
}

/** An element that screen readers pass over, as what it draws is said elsewhere. */
export function unspoken<K extends keyof HTMLElementTagNameMap>(tag: K, className: string): HTMLElementTagNameMap[K] {
  return element(tag, { class: className, attributes: { "aria-hidden": "true" } });
}

/** Sets text only when it differs, so that nothing is laid out again and no screen reader speaks twice. */
export function setText(target: HTMLElement, text: string): void {
  if (target.textContent !== text) {
    target.textContent = text;
  }
}

/** Sets or, with `null`, removes an attribute, only when it differs. */
export function setAttribute(target: Element, name: string, value: string | null): void {
  if (value === null) {
    target.removeAttribute(name);
  } else if (target.getAttribute(name) !== value) {
    target.setAttribute(name, value);
  }
}

/** Sets what an element holds only when it reads differently; see {@link setText}. */
export function setParts(target: HTMLElement, parts: readonly (string | HTMLElement)[]): void {
  const text = parts.map((part) => (typeof part === "string" ? part : part.textContent)).join("");
  if (target.textContent !== text) {
    target.replaceChildren(...parts);
  }
}

/** Text that shows its own white space: line ends as ↵, tabs as ⇥, spaces as ␣ where there is nothing else, and · where nothing can be seen. */
export function visibleText(text: string): string {
  const trimmed = text.trim();
  if (trimmed !== "") {
    return cleanText(trimmed.replace(/\s*\r?\n\s*/g, " ↵ ").replace(/\t/g, " ⇥ ")).trim() || "·";
  }
  return text
    .replace(/\r\n|\r|\n/g, "↵")
    .replace(/\t/g, "⇥")
    .replace(/\s/g, "␣");
}

/** Calls `work` at most once per frame with the newest argument. */
export function oncePerFrame<T>(work: (argument: T) => void): (argument: T) => void {
  let waiting = false;
  let newest: T;
  return (argument) => {
    newest = argument;
    if (!waiting) {
      waiting = true;
      requestAnimationFrame(() => {
        waiting = false;
        work(newest);
      });
    }
  };
}

/** Calls `work` with the element's width in whole CSS pixels, now and whenever it changes. */
export function onWidth(watched: Element, work: (width: number) => void): void {
  let known = 0;
  new ResizeObserver(([entry]) => {
    const width = Math.floor(entry?.contentRect.width ?? 0);
    if (width !== known) {
      known = width;
      work(width);
    }
  }).observe(watched);
}

/** Calls `work` with the newest argument, at once and then at most every `milliseconds`. */
export function throttle<T>(milliseconds: number, work: (argument: T) => void): (argument: T) => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let waiting: { readonly argument: T } | undefined;
  const run = (argument: T): void => {
    work(argument);
    timer = setTimeout(() => {
      timer = undefined;
      if (waiting) {
        const next = waiting.argument;
        waiting = undefined;
        run(next);
      }
    }, milliseconds);
  };
  return (argument) => {
    if (timer === undefined) {
      run(argument);
    } else {
      waiting = { argument };
    }
  };
}

let lastId = 0;

/** An id that is unique in this page, for `aria-` references. */
export function uniqueId(prefix: string): string {
  lastId++;
  return `${prefix}-${lastId}`;
}
