import type { Frame, Page } from "playwright-core";
import { until } from "./until";

/** The panel's web view, found among the nested frames of the window. */
export class PanelView {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  /** Waits for the panel's frame. */
  async frame(seconds = 120): Promise<Frame> {
    return until(
      async () => {
        for (const frame of this.#page.frames()) {
          const found = await frame
            .locator("main [role=tablist]")
            .count()
            .catch(() => 0);
          if (found > 0) {
            return frame;
          }
        }
        return undefined;
      },
      "the panel to open",
      seconds,
    );
  }

  /** Whether the panel is on screen. */
  async isOpen(): Promise<boolean> {
    return this.frame(0).then(
      () => true,
      () => false,
    );
  }

  /** Goes to a section; what is above the tabs may grow while they are clicked. */
  async section(name: "Tokens" | "Heads" | "Compare" | "Analysis"): Promise<Frame> {
    const frame = await this.frame();
    const tab = frame.getByRole("tab", { name });
    await until(async () => {
      await tab.click();
      return (await tab.getAttribute("aria-selected")) === "true";
    }, `the section ${name}`);
    return frame;
  }

  /** How many different colours each cell of the heads' overview shows, layer by layer; 1 is blank. */
  async overviewColours(layers: number, heads: number): Promise<number[]> {
    const frame = await this.frame();
    const canvas = frame.locator(".overview canvas");
    await canvas.waitFor();
    return canvas.evaluate(
      (element: HTMLCanvasElement, [rows, columns]) => {
        const context = element.getContext("2d");
        const width = element.width / columns;
        const height = element.height / rows;
        return Array.from({ length: rows * columns }, (_, cell) => {
          const x = Math.floor((cell % columns) * width + width / 8);
          const y = Math.floor(Math.floor(cell / columns) * height + height / 8);
          const data = context?.getImageData(x, y, Math.floor((width * 3) / 4), Math.floor((height * 3) / 4)).data;
          return new Set(new Uint32Array(data?.buffer ?? new ArrayBuffer(4))).size;
        });
      },
      [layers, heads] as const,
    );
  }

  /** How many different colours a canvas shows. */
  async coloursOf(selector: string): Promise<number> {
    const frame = await this.frame();
    return frame.locator(selector).evaluate((canvas: HTMLCanvasElement) => {
      const data = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height).data;
      return new Set(new Uint32Array(data?.buffer ?? new ArrayBuffer(4))).size;
    });
  }
}
