import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Box } from "../support/editorView";
import { atRest } from "../support/settled";
import { wear } from "../support/themes";
import { until } from "../support/until";
import { Workbench } from "../support/workbench";

const sentence =
  "A gorgeous, witty and seductive movie, though its unsubtle ending never quite earns the tears it asks for.";

let workbench: Workbench;

beforeAll(async () => {
  workbench = await Workbench.open({ width: 1440, height: 900 });
});

afterAll(async () => {
  expect(await workbench?.close()).toEqual([]);
});

beforeEach(({ onTestFailed, task }) => {
  onTestFailed(() => workbench?.tellFailure(task.name));
});

/** Goes to the heads and waits until they are drawn. */
async function showHeads(): Promise<void> {
  await workbench.panel.section("Heads");
  await until(async () => (await workbench.panel.overviewColours(6, 12)).every((count) => count >= 2), "the heads");
  await until(async () => (await workbench.panel.coloursOf(".heatmap canvas")) > 10, "the heatmap");
}

/** The panel's box in the window. */
async function panelBox(): Promise<Box> {
  const box = await workbench.page.locator("iframe.webview.ready").first().boundingBox();
  return box ?? { x: 0, y: 0, width: 0, height: 0 };
}

describe.sequential("pictures", () => {
  it("are of an explained sentence with the panel beside it", async () => {
    await workbench.companion.ask("run", { command: "workbench.action.closeSidebar" });
    await workbench.openFile("reviews.md");
    await workbench.editor.select(sentence);
    await workbench.editor.contextMenu("gorgeous", "Explain with Transformer");
    await workbench.explained();
    await workbench.editor.contextMenu("seductive", "Show panel");
    await workbench.panel.frame();
    await workbench.editor.click("movie");
  });

  it("dark: the whole window with hover and heads, and the hover alone", async () => {
    await wear(workbench, "dark");
    await showHeads();
    await workbench.editor.hover("gorgeous");
    const { x, y, width, height } = await workbench.editor.hoverAtRest();
    await workbench.screenshot("overview-dark");
    await workbench.screenshot("hover-dark", { x: x - 24, y: y - 44, width: width + 88, height: height + 108 });
    await workbench.page.keyboard.press("Escape");
    await workbench.page.mouse.move(5, 5);
  });

  it("light: the tokens beside the editor", async () => {
    await wear(workbench, "light");
    await workbench.panel.section("Tokens");
    await atRest(workbench.page);
    await workbench.screenshot("tokens-light");
  });

  it("high contrast: the whole window", async () => {
    await wear(workbench, "high-contrast");
    await showHeads();
    await workbench.screenshot("high-contrast");
    await wear(workbench, "dark");
  });

  it.each([
    [360, 740],
    [1200, 2420],
  ])("the panel at %i px", async (width, windowWidth) => {
    await workbench.page.setViewportSize({ width: windowWidth, height: 1000 });
    await atRest(workbench.page);
    const box = await panelBox();
    await workbench.page.setViewportSize({ width: windowWidth + 2 * Math.round(width - box.width), height: 1000 });
    await until(async () => Math.abs((await panelBox()).width - width) <= 12, `a panel of ${width} px`);
    for (const section of ["Tokens", "Heads"] as const) {
      const frame = await workbench.panel.section(section);
      if (section === "Heads") {
        await showHeads();
      }
      await atRest(workbench.page);
      await workbench.screenshot(`panel-${section.toLowerCase()}-${width}`, await panelBox());
      // Nothing runs out of the panel sideways.
      const overflow = await frame.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      expect(overflow).toBeLessThanOrEqual(0);
    }
  });
});
