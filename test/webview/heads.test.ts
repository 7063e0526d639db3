import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { longExplanation, makeHead, sentenceExplanation, withTwoWindows } from "./fixture";
import { coloursOf, expectNear, looksOf, requestsOf, send } from "./page";
import { panelSession } from "./session";

const session = panelSession();
const explanation = sentenceExplanation();
const count = explanation.tokens.length;
const map = ".heatmap canvas";

function value(layer: number, head: number, query: number, key: number): string {
  return (makeHead(layer, head, count).values[query * count + key] ?? 0).toFixed(3);
}

async function readout(page: Page): Promise<string[]> {
  return [
    (await page.locator(".readout .pair").textContent()) ?? "",
    (await page.locator(".readout .value").textContent()) ?? "",
  ];
}

async function pointAt(page: Page, row: number, column: number): Promise<void> {
  const box = await page.locator(map).boundingBox();
  const side = (box?.width ?? 0) / count;
  await page.mouse.move((box?.x ?? 0) + (column + 0.5) * side, (box?.y ?? 0) + (row + 0.5) * side);
}

describe("overview", () => {
  it("draws every head, labelled from 1", async () => {
    const page = await session.openHeads(explanation);
    expect(await coloursOf(page, ".overview canvas")).toBeGreaterThan(20);
    const blank = await page.locator(".overview canvas").evaluate((canvas: HTMLCanvasElement) => {
      const side = canvas.width / 12;
      const context = canvas.getContext("2d");
      return Array.from({ length: 72 }, (_, index) => {
        const x = Math.floor((index % 12) * side + 4);
        const y = Math.floor(Math.floor(index / 12) * side + 4);
        const data = context?.getImageData(x, y, Math.floor(side - 8), Math.floor(side - 8)).data;
        return new Set(new Uint32Array(data?.buffer ?? new ArrayBuffer(0))).size;
      }).filter((colours) => colours < 3).length;
    });
    expect(blank).toBe(0);
    expect(await page.locator(".row-labels span").allTextContents()).toEqual(["1", "2", "3", "4", "5", "6"]);
    expect(await page.getByRole("heading", { name: "6 layers × 12 heads, self-attention" }).isVisible()).toBe(true);
  });

  it("chooses a head by click and walks with the keyboard", async () => {
    const page = await session.openHeads(explanation);
    const box = await page.locator(".overview canvas").boundingBox();
    const pitch = (box?.width ?? 0) / 12;
    await page.mouse.click((box?.x ?? 0) + 6.5 * pitch, (box?.y ?? 0) + 3.5 * pitch);
    await page.getByRole("heading", { name: "Layer 4, head 7" }).waitFor();
    expect((await looksOf(page, "head")).at(-1)).toEqual({ window: 0, layer: 3, head: 6 });
    const grid = page.locator(".overview-grid");
    await grid.focus();
    for (const [key, title] of [
      ["ArrowRight", "Layer 4, head 8"],
      ["ArrowDown", "Layer 5, head 8"],
      ["Home", "Layer 5, head 1"],
      ["ArrowLeft", "Layer 5, head 1"],
      ["Control+End", "Layer 6, head 12"],
      ["ArrowUp", "Layer 5, head 12"],
    ] as const) {
      await page.keyboard.press(key);
      expect(await page.locator(".head-name h2").textContent()).toBe(title);
    }
    expect(await grid.getAttribute("aria-rowcount")).toBe("6");
    expect(await grid.getByRole("gridcell").getAttribute("aria-label")).toMatch(/^Layer 5, head 12 · entropy \d/);
    const frame = await page.locator(".selected-frame").boundingBox();
    expectNear((frame?.x ?? 0) - (box?.x ?? 0), 11 * pitch);
    expectNear((frame?.y ?? 0) - (box?.y ?? 0), 4 * pitch);
  });

  it("does not ask twice for what it has", async () => {
    const page = await session.openHeads(explanation);
    await page.locator(".overview-grid").focus();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowLeft");
    await page.getByRole("tab", { name: "Tokens" }).click();
    await page.getByRole("tab", { name: "Heads" }).click();
    expect(await looksOf(page, "overview")).toHaveLength(1);
    expect(await looksOf(page, "head")).toEqual([
      { window: 0, layer: 0, head: 0 },
      { window: 0, layer: 0, head: 1 },
    ]);
  });

  it("asks for nothing before the heads are looked at", async () => {
    const page = await session.open(explanation);
    expect(await looksOf(page, "overview")).toEqual([]);
    expect(await looksOf(page, "head")).toEqual([]);
  });

  it("is brought to a head from the editor's hover", async () => {
    const page = await session.open(explanation);
    await send(page, { event: "show", params: { layer: 3, head: 6 } });
    await page.getByRole("heading", { name: "Layer 4, head 7" }).waitFor();
    expect(await coloursOf(page, map)).toBeGreaterThan(5);
  });

  it("takes heads together: mean, maximum, rollout", async () => {
    const page = await session.openHeads(explanation);
    await page.getByRole("radio", { name: "mean" }).click();
    await page.getByRole("heading", { name: "Mean of all layers" }).waitFor();
    await page.getByRole("combobox", { name: "Layer" }).click();
    await page.getByRole("option", { name: "layer 3" }).click();
    await page.getByRole("heading", { name: "Mean of layer 3" }).waitFor();
    await page.getByRole("radio", { name: "max" }).click();
    await page.getByRole("heading", { name: "Maximum of layer 3" }).waitFor();
    await page.getByRole("radio", { name: "rollout" }).click();
    await page.getByRole("heading", { name: "Rollout over all layers" }).waitFor();
    expect(await looksOf(page, "aggregate")).toEqual([
      { window: 0, by: "mean", layer: null },
      { window: 0, by: "mean", layer: 2 },
      { window: 0, by: "maximum", layer: 2 },
    ]);
    expect(await looksOf(page, "rollout")).toEqual([{ window: 0 }]);
  });

  it("shows one part of a long text at a time", async () => {
    const page = await session.openHeads(withTwoWindows(explanation));
    const labels = (): Promise<string[]> => page.locator(".row-axis bdi:not(.active-label)").allTextContents();
    expect((await labels()).slice(0, 2)).toEqual(["[CLS]", "A"]);
    await page.getByRole("combobox", { name: "Part of the text" }).click();
    await page.getByRole("option").nth(1).click();
    await expect.poll(async () => (await labels()).slice(0, 2)).toEqual(["[CLS]", "un"]);
    expect((await looksOf(page, "head")).at(-1)).toEqual({ window: 1, layer: 0, head: 0 });
    expect((await looksOf(page, "overview")).at(-1)).toEqual({ window: 1 });
  });

  it("says in one sentence when heads cannot be read, and asks again on the next look", async () => {
    const page = await session.open(explanation, { failHeads: true });
    await page.getByRole("tab", { name: "Heads" }).click();
    await page.getByText("The engine stopped. Run the command again.").waitFor();
    await page.getByRole("radio", { name: "lines" }).click();
    await expect.poll(async () => (await looksOf(page, "head")).length).toBe(2);
  });

  it("says when a model shows no attention", async () => {
    const page = await session.open({ ...explanation, attention: null });
    await page.getByRole("tab", { name: "Heads" }).click();
    await page.getByText("This model shows no attention maps.").waitFor();
    expect(await looksOf(page, "overview")).toEqual([]);
  });
});

describe("map", () => {
  it("reads the value under the pointer and lights up its words in the editor", async () => {
    const page = await session.openHeads(explanation);
    await pointAt(page, 7, 2);
    await expect.poll(() => readout(page)).toEqual(["movie → gorgeous", value(0, 0, 7, 2)]);
    await expect.poll(async () => (await requestsOf(page, "highlight")).at(-1)).toEqual({ tokens: [7, 2] });
    const strongest = await page.locator(".strongest tr").first().textContent();
    expect(strongest).toBe(`seductive${value(0, 0, 7, 6)}`);
    await page.getByRole("tab", { name: "Heads" }).hover();
    await expect.poll(async () => (await requestsOf(page, "highlight")).at(-1)).toEqual({ tokens: [] });
  });

  it("is walked with the keyboard, speaks, and moves its cross-hair", async () => {
    const page = await session.openHeads(explanation);
    const grid = page.locator(".heatmap .plot");
    await grid.focus();
    await page.keyboard.press("Control+Home");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowRight");
    expect(await readout(page)).toEqual(["A → gorgeous", value(0, 0, 1, 2)]);
    expect(await grid.getByRole("gridcell").getAttribute("aria-label")).toBe(`A → gorgeous ${value(0, 0, 1, 2)}`);
    expect(await page.locator(".readout [aria-live]").textContent()).toBe(`A → gorgeous ${value(0, 0, 1, 2)}`);
    await page.keyboard.press("PageDown");
    await page.keyboard.press("End");
    expect(await readout(page)).toEqual(["un → [SEP]", value(0, 0, 11, count - 1)]);
    expect(await grid.getByRole("row").getAttribute("aria-rowindex")).toBe("12");
    const plot = await grid.boundingBox();
    const band = await page.locator(".band").first().boundingBox();
    expect(((band?.y ?? 0) - (plot?.y ?? 0)) / ((plot?.height ?? 0) / count)).toBeCloseTo(11, 1);
  });

  it("hides special tokens, says what they held, and fits the colours to the rest", async () => {
    const page = await session.openHeads(explanation);
    await page.locator(".overview-grid").focus();
    await page.keyboard.press("Control+End");
    await page.getByRole("heading", { name: "Layer 6, head 12" }).waitFor();
    await pointAt(page, 7, 2);
    await expect.poll(async () => (await readout(page))[0]).toBe("movie → gorgeous");
    await page.getByRole("checkbox", { name: "Special tokens" }).click({ force: true });
    await expect.poll(() => page.locator(".row-axis bdi.special").count()).toBe(0);
    const { values } = makeHead(5, 11, count);
    const held = (values[7 * count] ?? 0) + (values[8 * count - 1] ?? 0);
    expect(await readout(page)).toEqual(["movie → gorgeous", value(5, 11, 7, 2)]);
    const text = await page.locator(".readout .two-lines").textContent();
    expect(text?.replaceAll("\u00a0", " ")).toBe(
      `${(held * 100).toFixed(1)} % of this row is on special tokens, hidden`,
    );
    expect(await page.locator(".figures").textContent()).toContain(", hidden");
    const full = await page.locator(map).evaluate((canvas: HTMLCanvasElement) => {
      const probe = document.createElement("i");
      probe.style.color = "var(--attention-full)";
      document.body.append(probe);
      const wanted = getComputedStyle(probe).color.match(/\d+/g)?.map(Number) ?? [];
      const data = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
      for (let index = 0; index < data.length; index += 4) {
        // Screens have colours of their own.
        if (wanted.length > 2 && wanted.every((part, at) => Math.abs(part - (data[index + at] ?? 0)) < 4)) {
          return true;
        }
      }
      return false;
    });
    expect(full).toBe(true);
  });

  it("keeps the top of each row and renormalises it", async () => {
    const page = await session.openHeads(explanation);
    await pointAt(page, 7, 6);
    await expect.poll(async () => (await readout(page))[0]).toBe("movie → seductive");
    const before = await page.locator(".strongest tr:not(.empty)").count();
    const slider = page.getByRole("slider");
    await slider.fill("50");
    await page.getByText("Show the top 50 % of each row").waitFor();
    expect(before).toBe(6);
    expect(await page.locator(".strongest tr:not(.empty)").count()).toBe(1);
    await page.getByRole("checkbox", { name: "Renormalise" }).click({ force: true });
    await expect.poll(async () => (await readout(page))[1]).toBe("1.000");
    await slider.focus();
    await page.keyboard.press("ArrowRight");
    await page.getByText("Show the top 51 % of each row").waitFor();
  });

  it("thins out labels when cells get small", async () => {
    const page = await session.openHeads(longExplanation(512), { width: 700 });
    const rows = page.locator(".row-axis bdi:not(.active-label)");
    expect(await rows.count()).toBeLessThan(60);
    const tops = await rows.evaluateAll((all) => all.map((label) => label.getBoundingClientRect().top));
    const closest = Math.min(...tops.slice(1).map((top, index) => top - (tops[index] ?? 0)));
    expect(closest).toBeGreaterThanOrEqual(11);
    expect(await coloursOf(page, map)).toBeGreaterThan(20);
  });

  it("draws with the screen's own pixels", async () => {
    const page = await session.openHeads(explanation, { scale: 2 });
    const [pixels, points] = await page
      .locator(map)
      .evaluate((canvas: HTMLCanvasElement) => [canvas.width, canvas.getBoundingClientRect().width]);
    expectNear(pixels, (points ?? 0) * 2);
  });
});

describe("other pictures", () => {
  it("draws lines and walks them", async () => {
    const page = await session.openHeads(explanation);
    await page.getByRole("radio", { name: "lines" }).click();
    expect(await coloursOf(page, ".lines .all")).toBeGreaterThan(5);
    const plot = page.locator(".lines .plot");
    await plot.focus();
    await page.keyboard.press("Control+Home");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowRight");
    expect(await readout(page)).toEqual(["A → A", value(0, 0, 1, 1)]);
    expect(await page.locator(".lines .current").allTextContents()).toEqual(["A", "A"]);
    expect(await coloursOf(page, ".lines .active")).toBeGreaterThan(3);
  });

  it("draws the curve over distance and reads it point by point", async () => {
    const page = await session.openHeads(explanation);
    await page.getByRole("radio", { name: "curve" }).click();
    expect(await coloursOf(page, ".picture .curve canvas")).toBeGreaterThan(3);
    const { values } = makeHead(0, 0, count);
    const self = Array.from({ length: count }, (_, index) => values[index * count + index] ?? 0);
    const mean = self.reduce((sum, weight) => sum + weight, 0) / count;
    await page.locator(".picture .curve .plot").focus();
    await page.keyboard.press("Home");
    const said = await page.locator(".picture .curve .plot").getAttribute("aria-valuetext");
    expect(said).toBe(`distance 0: back ${mean.toFixed(3)}, ahead ${mean.toFixed(3)}`);
    await page.keyboard.press("End");
    expect(await page.locator(".picture .curve .plot").getAttribute("aria-valuenow")).toBe(String(count - 1));
  });

  it("has a table for each picture", async () => {
    const page = await session.openHeads(explanation);
    const [overview, picture] = await page.getByRole("button", { name: "Show as table" }).all();
    await overview?.click();
    expect(await page.locator(".overview-section table tbody tr").count()).toBe(72);
    expect(await page.locator(".overview canvas").isVisible()).toBe(false);
    await picture?.click();
    const cell = page.locator(".picture table tbody tr").nth(7).locator("td").nth(2);
    expect(await cell.textContent()).toBe(value(0, 0, 7, 2));
    await page.getByRole("radio", { name: "curve" }).click();
    expect(await page.locator(".picture table tbody tr").count()).toBe(count);
    await picture?.click();
    expect(await page.locator(".picture .curve canvas").isVisible()).toBe(true);
  });

  it("lists the strongest of each row where a whole table would be too long", async () => {
    const page = await session.openHeads(longExplanation(128));
    await page.getByRole("button", { name: "Show as table" }).last().click();
    expect(await page.locator(".picture table tbody tr").count()).toBe(128 * 5);
  });
});
