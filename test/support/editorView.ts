import type { Page } from "playwright-core";
import { chooseFromMenu } from "./menu";
import { until } from "./until";

/** A point of the window. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A rectangle of the window. */
export interface Box extends Point {
  readonly width: number;
  readonly height: number;
}

/** One coloured stretch of the editor, as drawn. */
export interface DrawnDecoration {
  readonly background: string;
  /** Thickness of the line under the text, in pixels, and its colour. */
  readonly bar: number;
  readonly barColour: string;
  readonly border: string;
  /** The text it lies behind. */
  readonly text: string;
  readonly left: number;
  readonly width: number;
}

/** What the page can tell of a text: where its characters are. Runs in the browser. */
function locate({ needle, occurrence }: { needle: string; occurrence: number }): { start: Point; end: Point } | null {
  const group = document.querySelector(".editor-group-container .view-lines") ?? document.body;
  const lines = [...group.querySelectorAll(".view-line")].sort(
    (a, b) => a.getBoundingClientRect().top - b.getBoundingClientRect().top,
  );
  let text = "";
  const places: { node: Node; offset: number }[] = [];
  for (const line of lines) {
    const walker = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const value = node.textContent ?? "";
      text += value.replace(/\u00a0/g, " ").replace(/\u200c/g, "\u0000");
      for (let offset = 0; offset < value.length; offset++) {
        places.push({ node, offset });
      }
    }
  }
  let index = -1;
  for (let count = 0; count <= occurrence; count++) {
    index = text.indexOf(needle, index + 1);
  }
  const first = places[index];
  const last = places[index + needle.length - 1];
  if (index < 0 || !first || !last) {
    return null;
  }
  const box = (place: { node: Node; offset: number }): DOMRect => {
    const range = document.createRange();
    range.setStart(place.node, place.offset);
    range.setEnd(place.node, place.offset + 1);
    return range.getBoundingClientRect();
  };
  const from = box(first);
  const to = box(last);
  return {
    start: { x: from.left, y: from.top + from.height / 2 },
    end: { x: to.right, y: to.top + to.height / 2 },
  };
}

/** What is drawn behind the text of the first editor. Runs in the browser. */
function readDecorations(): DrawnDecoration[] {
  const editor = document.querySelector(".editor-group-container .monaco-editor");
  const characters: { box: DOMRect; character: string }[] = [];
  for (const line of editor?.querySelectorAll(".view-line") ?? []) {
    const walker = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const value = node.textContent ?? "";
      for (let offset = 0; offset < value.length; offset++) {
        const range = document.createRange();
        range.setStart(node, offset);
        range.setEnd(node, offset + 1);
        characters.push({ box: range.getBoundingClientRect(), character: value[offset] ?? "" });
      }
    }
  }
  return [...(editor?.querySelectorAll(".view-overlays .cdr") ?? [])]
    .filter((element) => /\bced-/.test(element.className))
    .map((element) => {
      const style = getComputedStyle(element);
      const box = element.getBoundingClientRect();
      const text = characters
        .filter(({ box: { left, right, top, bottom } }) => {
          const x = (left + right) / 2;
          const y = (top + bottom) / 2;
          return x > box.left && x < box.right && y > box.top && y < box.bottom;
        })
        .map(({ character }) => character)
        .join("");
      return {
        background: style.backgroundColor,
        bar: Number.parseFloat(style.borderBottomWidth),
        barColour: style.borderBottomColor,
        border: `${style.borderTopWidth} ${style.borderTopStyle} ${style.borderTopColor}`,
        text: text.replace(/\u00a0/g, " "),
        left: box.left,
        width: box.width,
      };
    });
}

/** Where something is drawn, once it is fully opaque and nothing about it moves any more; `null` until then. Runs in the browser. */
function boxAtRest(element: Element): Box | null {
  for (let part: Element | null = element; part; part = part.parentElement) {
    if (Number(getComputedStyle(part).opacity) < 1 || part.getAnimations().length > 0) {
      return null;
    }
  }
  if (element.getAnimations({ subtree: true }).length > 0) {
    return null;
  }
  const { x, y, width, height } = element.getBoundingClientRect();
  return { x, y, width, height };
}

/** The first text editor of the window, as a person sees and uses it. */
export class EditorView {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  /** Where a text on screen starts and ends. */
  async find(needle: string, occurrence = 0): Promise<{ start: Point; end: Point }> {
    return until(() => this.#page.evaluate(locate, { needle, occurrence }), `"${needle}" to be on screen`);
  }

  /** Selects a text by dragging the pointer from its start to its end. */
  async select(needle: string): Promise<void> {
    const { start, end } = await this.find(needle);
    await this.#page.mouse.move(start.x + 1, start.y);
    await this.#page.mouse.down();
    await this.#page.mouse.move((start.x + end.x) / 2, end.y, { steps: 4 });
    await this.#page.mouse.move(end.x, end.y, { steps: 4 });
    await this.#page.mouse.up();
  }

  /** Puts the cursor into the middle of a text. A click may hit a hover that lies above it, or lines that just move: then it is done again. */
  async click(needle: string): Promise<void> {
    await until(async () => {
      await this.#page.mouse.click(...(await this.#middle(needle)));
      const arrived = await until(() => this.#cursorIsIn(needle), "the cursor to arrive", 2).catch(() => false);
      if (!arrived) {
        await this.#page.keyboard.press("Escape");
      }
      return arrived;
    }, `the cursor to be in "${needle}"`);
  }

  /** Puts the cursor behind a text. */
  async cursorAfter(needle: string): Promise<void> {
    const { end } = await this.find(needle);
    await this.#page.mouse.click(end.x, end.y);
  }

  /** Opens the context menu on a text and chooses an entry. */
  async contextMenu(needle: string, entry: string): Promise<void> {
    const open = async () => this.#page.mouse.click(...(await this.#middle(needle)), { button: "right" });
    await chooseFromMenu(this.#page, open, entry);
  }

  /** Rests the pointer on a text and returns the words of the hover that appears. */
  async hover(needle: string): Promise<string> {
    const [x, y] = await this.#middle(needle);
    const hovers = this.#page.locator(".monaco-hover:not(.hidden) .hover-contents");
    return until(async () => {
      await this.#page.mouse.move(x - 40, y + 70);
      await this.#page.mouse.move(x, y, { steps: 5 });
      return until(
        async () => {
          const text = (await hovers.allInnerTexts()).join("\n").trim();
          return text === "" || text.startsWith("Loading") ? undefined : text;
        },
        "its words",
        6,
      ).catch(() => undefined);
    }, `a hover on "${needle}"`);
  }

  /** Waits until the hover has faded in and stays where it is, and returns its box. */
  async hoverAtRest(): Promise<Box> {
    const hover = this.#page.locator(".monaco-hover:not(.hidden)").first();
    let before = "";
    return until(async () => {
      const box = await hover.evaluate(boxAtRest);
      const [last, now] = [before, JSON.stringify(box)];
      before = now;
      return box && last === now ? box : undefined;
    }, "the hover to be at rest");
  }

  /** All coloured stretches. */
  decorations(): Promise<DrawnDecoration[]> {
    return this.#page.evaluate(readDecorations);
  }

  /** The words in lines of their own above explained texts. */
  async notes(): Promise<string> {
    const lenses = await this.#page.locator(".editor-group-container .codelens-decoration").allInnerTexts();
    return lenses.join("\n").replaceAll("\u00a0", " ");
  }

  /** Waits until the words above the lines match. */
  notesMatch(pattern: RegExp, seconds = 120): Promise<string> {
    return until(
      async () => {
        const text = await this.notes();
        return pattern.test(text) ? text : undefined;
      },
      `the notes to match ${pattern}`,
      seconds,
    );
  }

  async #cursorIsIn(needle: string): Promise<boolean> {
    const { start, end } = await this.find(needle);
    const cursor = this.#page.locator(".editor-group-container .cursors-layer .cursor").first();
    const box = await cursor.boundingBox({ timeout: 1000 }).catch(() => null);
    const inLine = box && box.y < start.y && start.y < box.y + box.height;
    return start.y === end.y ? Boolean(inLine && box.x >= start.x - 2 && box.x <= end.x + 2) : Boolean(inLine);
  }

  async #middle(needle: string): Promise<[number, number]> {
    const { start, end } = await this.find(needle);
    return start.y === end.y ? [(start.x + end.x) / 2, start.y] : [start.x + 5, start.y];
  }
}
