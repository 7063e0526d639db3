import axe from "axe-core";
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import type { Explanation } from "../../src/common/explanation";
import {
  comparedExplanation,
  longExplanation,
  manyClassesExplanation,
  rightToLeftExplanation,
  sentenceExplanation,
  studiedExplanation,
  withRemarks,
  withTwoWindows,
} from "./fixture";
import { coloursOf, expectNear } from "./page";
import { panelSession } from "./session";
import type { ThemeName } from "./themes";

const session = panelSession();
const explanation = sentenceExplanation();

async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const found = await page.evaluate(async () => {
    const { axe: inPage } = window as unknown as { axe: typeof axe };
    const { violations: all } = await inPage.run(document, { resultTypes: ["violations"] });
    return all.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" | ")}`);
  });
  return found;
}

/** What goes wrong in the tests below. */
const error = {
  reason: "engine-unavailable",
  message: { template: "The explanation engine cannot start. Install the package for this platform again.", args: [] },
} as const;

async function overflow(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}

describe("accessibility", () => {
  it.each(["dark", "light", "highContrast", "highContrastLight"] satisfies ThemeName[])(
    "has no finding in %s",
    async (theme) => {
      const page = await session.open(withRemarks(explanation), { theme, state: { error, canTryAgain: true } });
      await page.locator(".unit").nth(1).click();
      await page.locator(".trial .move").first().waitFor();
      expect(await violations(page)).toEqual([]);
      await page.getByRole("tab", { name: "Heads" }).click();
      await page.locator(".overview canvas").waitFor();
      for (const picture of ["map", "lines", "curve"]) {
        await page.getByRole("radio", { name: picture }).click();
        expect(await violations(page)).toEqual([]);
      }
      for (const button of await page.getByRole("button", { name: "Show as table" }).all()) {
        await button.click();
      }
      expect(await violations(page)).toEqual([]);
    },
  );

  it.each(["dark", "light", "highContrast", "highContrastLight"] satisfies ThemeName[])(
    "has no finding in comparisons and pictures of sums in %s",
    async (theme) => {
      const refused = [{ method: "saliency" as const, why: "There is not enough memory." }];
      const page = await session.open(comparedExplanation(), { theme, state: { importance: "lime", refused } });
      for (const picture of ["step by step", "in one bar"]) {
        await page.getByRole("radio", { name: picture }).click();
        expect(await violations(page)).toEqual([]);
      }
      for (const place of [0, 1]) {
        await page.locator(".phrases summary").nth(place).click();
      }
      expect(await violations(page)).toEqual([]);
      await page.getByRole("tab", { name: "Compare" }).click();
      await page.getByRole("button", { name: "Add a method" }).click();
      expect(await violations(page)).toEqual([]);
      await page.setViewportSize({ width: 360, height: 900 });
      expect(await overflow(page)).toBe(0);
      expect(await violations(page)).toEqual([]);
    },
  );

  it.each(["dark", "light", "highContrast", "highContrastLight"] satisfies ThemeName[])(
    "has no finding in the analysis in %s",
    async (theme) => {
      const page = await session.open(studiedExplanation(), { theme });
      await page.getByRole("tab", { name: "Analysis" }).click();
      for (const figure of ["entropy", "distance", "special tokens"]) {
        await page.getByRole("radio", { name: figure }).click();
        expect(await violations(page)).toEqual([]);
      }
      await page.setViewportSize({ width: 360, height: 900 });
      expect(await overflow(page)).toBe(0);
      expect(await violations(page)).toEqual([]);
    },
  );

  it("shows a ring around whatever has the focus", async () => {
    const page = await session.openHeads(explanation);
    const stops = new Set<string>();
    await page.locator("body").click({ position: { x: 5, y: 5 } });
    for (let step = 0; step < 24; step++) {
      await page.keyboard.press("Tab");
      const at = await page.evaluate(() => {
        let focused = document.activeElement;
        const host = focused;
        while (focused?.shadowRoot?.activeElement) {
          focused = focused.shadowRoot.activeElement;
        }
        if (!focused || !host || focused === document.body) {
          return null;
        }
        const ringed = [host, focused, ...(host.shadowRoot?.querySelectorAll("*") ?? [])].some((part) => {
          const style = getComputedStyle(part);
          const accent = "rgb(0, 120, 212)";
          return (style.outlineStyle !== "none" && style.outlineColor === accent) || style.borderTopColor === accent;
        });
        return { name: `${host.tagName}.${host.className}.${host.textContent?.slice(0, 20)}`, ringed };
      });
      if (at) {
        stops.add(at.name);
        expect(at).toEqual({ name: at.name, ringed: true });
      }
    }
    expect(stops.size).toBeGreaterThan(8);
  });
});

describe("form", () => {
  const narrow: readonly (readonly [string, Explanation])[] = [
    ["one sentence", withRemarks(explanation)],
    ["many classes", manyClassesExplanation()],
    ["right-to-left text", rightToLeftExplanation()],
    ["a long text", longExplanation(512)],
    ["two parts", withTwoWindows(explanation)],
  ];

  it.each(narrow)("fits 360 pixels: %s", async (_, of) => {
    const page = await session.open(of, { width: 360, state: { stale: true, error, canTryAgain: true } });
    await page.locator(".unit").nth(1).click();
    expect(await overflow(page)).toBe(0);
    await page.getByRole("tab", { name: "Heads" }).click();
    await page.locator(".overview canvas").waitFor();
    for (const picture of ["map", "lines", "curve"]) {
      await page.getByRole("radio", { name: picture }).click();
      expect(await overflow(page)).toBe(0);
    }
    await page.getByRole("radio", { name: "mean" }).click();
    for (const button of await page.getByRole("button", { name: "Show as table" }).all()) {
      await button.click();
    }
    expect(await overflow(page)).toBe(0);
  });

  it("uses the width: heads and picture side by side at 1200 pixels, below each other at 700", async () => {
    const page = await session.openHeads(explanation, { width: 1200 });
    const tops = (): Promise<number[]> =>
      page
        .locator(".heads-columns > section")
        .evaluateAll((all) => all.map((part) => part.getBoundingClientRect().top));
    const [left, right] = await tops();
    expectNear(left, right ?? Number.NaN);
    await page.setViewportSize({ width: 700, height: 900 });
    const [above, below] = await tops();
    expect(below).toBeGreaterThan(above ?? 0);
    expect(await coloursOf(page, ".heatmap canvas")).toBeGreaterThan(5);
  });

  it("has no more than three font sizes", async () => {
    const page = await session.openHeads(explanation);
    const sizes = new Set<string>();
    for (const section of ["Tokens", "Heads"]) {
      await page.getByRole("tab", { name: section }).click();
      const found = await page.locator("main *").evaluateAll((all) =>
        all
          .filter((part) =>
            [...part.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent?.trim()),
          )
          .filter((part) => (part as HTMLElement).checkVisibility())
          .map((part) => getComputedStyle(part).fontSize),
      );
      for (const size of found) {
        sizes.add(size);
      }
    }
    expect([...sizes].length).toBeLessThanOrEqual(3);
  });

  it("takes new colours when the theme changes", async () => {
    const page = await session.openHeads(explanation);
    const colours = (): Promise<string> =>
      page.locator(".heatmap canvas").evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL());
    const before = await colours();
    await page.evaluate(() => {
      document.documentElement.style.setProperty("--vscode-explainWithTransformer-attention5", "#00FF00");
    });
    await expect.poll(colours).not.toBe(before);
  });

  it("moves nothing by itself", async () => {
    const page = await session.openHeads(explanation);
    const moving = await page.evaluate(() => document.getAnimations().length);
    expect(moving).toBe(0);
  });
});
