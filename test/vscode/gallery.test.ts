import { writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Box } from "../support/editorView";
import { atRest } from "../support/settled";
import { pictureThemes, wear } from "../support/themes";
import { until } from "../support/until";
import { Workbench } from "../support/workbench";
import { subjects } from "./gallery/subjects";

/** Which texts have their pictures taken, to be looked at by a person: `npm run test:screenshots -- gallery [NAME …]`; without it, none. */
const wanted = process.env.GALLERY;

/** Widths of the window that leave the editor narrow and wide. */
const widths = { narrow: 760, wide: 1440 } as const;

/** Beside the tabs, where the pointer shows nothing. */
const nowhere = { x: 560, y: 20 } as const;

let workbench: Workbench;

/** The panel's box in the window. */
async function panelBox(): Promise<Box> {
  const box = await workbench.page.locator("iframe.webview.ready").first().boundingBox();
  return box ?? { x: 0, y: 0, width: 0, height: 0 };
}

async function panelAt(width: number): Promise<void> {
  await workbench.page.setViewportSize({ width: width * 2 + 20, height: 1100 });
  await atRest(workbench.page);
  const now = await until(async () => (await panelBox()).width || undefined, "the panel");
  await workbench.page.setViewportSize({ width: width * 2 + 20 + 2 * Math.round(width - now), height: 1100 });
  await until(async () => Math.abs((await panelBox()).width - width) <= 12, `a panel of ${width} px`);
  await atRest(workbench.page);
}

describe.skipIf(wanted === undefined).sequential("the gallery", () => {
  beforeAll(async () => {
    workbench = await Workbench.open({ width: widths.wide, height: 900 });
    for (const { file, text } of subjects) {
      writeFileSync(path.join(workbench.folder, file), text);
    }
    await workbench.companion.ask("run", { command: "workbench.action.closeSidebar" });
  });

  afterAll(() => workbench?.close());

  it.each(subjects.filter(({ name }) => new RegExp(wanted ?? "").test(name)))("$name", async (subject) => {
    const { name, file, text, at, cursor, hover } = subject;
    const run = (command: string) => workbench.companion.ask("run", { command });
    await run("workbench.action.closeAllEditors");
    await workbench.clearNotifications();
    await workbench.page.setViewportSize({ width: widths.wide, height: 900 });
    const start = text.indexOf(at);
    const end = cursor ? start : start + at.length;
    await workbench.companion.ask("select", { file: path.join(workbench.folder, file), start, end });
    await workbench.page.locator(".tab.active", { hasText: file }).waitFor();
    await run("explainWithTransformer.explainSelection");
    for (const moment of ["%", "Relevance", "Owen"]) {
      await workbench.editor.notesMatch(new RegExp(moment), moment === "Relevance" ? 4 : 60).catch(() => undefined);
      await workbench.screenshot(`gallery-${name}-during-${moment.replace("%", "prediction")}`);
    }
    await workbench.explained();
    await workbench.page.mouse.move(nowhere.x, nowhere.y);
    await workbench.companion.ask("select", { file: path.join(workbench.folder, file), start, end: start });
    await atRest(workbench.page);
    await run("workbench.action.closeEditorsInOtherGroups");
    for (const theme of pictureThemes) {
      await wear(workbench, theme);
      for (const [kind, width] of Object.entries(widths)) {
        await workbench.page.setViewportSize({ width, height: 900 });
        await atRest(workbench.page);
        await workbench.screenshot(`gallery-${name}-${theme}-${kind}`);
      }
      await workbench.editor.hover(hover);
      await workbench.editor.hoverAtRest();
      await workbench.screenshot(`gallery-${name}-${theme}-hover`);
      await workbench.page.keyboard.press("Escape");
      await workbench.page.mouse.move(nowhere.x, nowhere.y);
    }
    await run("explainWithTransformer.showPanel");
    const frame = await workbench.panel.section("Tokens");
    for (const theme of pictureThemes) {
      await wear(workbench, theme);
      for (const width of [360, 1200]) {
        await panelAt(width);
        await workbench.screenshot(`gallery-${name}-${theme}-panel-${width}`, await panelBox());
        const overflow = await frame.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        expect(overflow).toBeLessThanOrEqual(0);
      }
    }
  });

  it("the first window, two classes, and a masked word", async () => {
    const run = (command: string, ...args: string[]) => workbench.companion.ask("run", { command, args });
    await run("workbench.action.closeAllEditors");
    await workbench.clearNotifications();
    await workbench.page.setViewportSize({ width: widths.wide, height: 900 });
    await workbench.page.mouse.move(nowhere.x, nowhere.y);
    await run("workbench.action.openWalkthrough", "explain-with-transformer.explain-with-transformer#start");
    await workbench.page.locator(".getting-started-step").first().waitFor();
    for (const theme of pictureThemes) {
      await wear(workbench, theme);
      await workbench.screenshot(`gallery-walkthrough-${theme}`);
    }
    await run("workbench.action.closeAllEditors");
    for (const theme of pictureThemes) {
      await wear(workbench, theme);
      await workbench.screenshot(`gallery-start-${theme}`);
    }
    await workbench.command("Explain with Transformer: Explain a sample");
    await workbench.explained();
    await workbench.companion.ask("run", { command: "explainWithTransformer.showPanel" });
    await workbench.panel.frame();
    await workbench.page.setViewportSize({ width: widths.wide, height: 900 });
    for (const theme of pictureThemes) {
      await wear(workbench, theme);
      await workbench.screenshot(`gallery-first-${theme}`);
    }
    const frame = await workbench.panel.section("Heads");
    for (const theme of pictureThemes) {
      await wear(workbench, theme);
      for (const width of [360, 1200]) {
        await panelAt(width);
        await frame.locator(".heatmap [role=grid], .heatmap canvas").first().click();
        await workbench.page.keyboard.press("ArrowDown");
        await workbench.screenshot(`gallery-heads-${theme}-panel-${width}`, await panelBox());
        await frame.getByRole("button", { name: "Export as…" }).click();
        await workbench.screenshot(`gallery-menu-${theme}-panel-${width}`, await panelBox());
        await workbench.page.keyboard.press("Escape");
      }
    }
    await workbench.panel.section("Tokens");
    await workbench.page.setViewportSize({ width: widths.wide, height: 900 });
    const texts = ["A gorgeous, witty movie.", "The camera lingers too long, and the plot is an overlong mess."];
    const two = path.join(workbench.folder, "two.txt");
    writeFileSync(two, texts.join(" "));
    await workbench.companion.ask("select", { file: two, start: 0, end: 0 });
    for (const text of texts) {
      await workbench.editor.select(text);
      await workbench.page.keyboard.press("Control+Alt+X");
      await workbench.explained();
    }
    for (const theme of pictureThemes) {
      await wear(workbench, theme);
      await workbench.page.setViewportSize({ width: widths.narrow, height: 500 });
      await workbench.screenshot(`gallery-classes-${theme}`);
    }
    await workbench.editor.contextMenu("gorgeous", "Mask token and explain again");
    await workbench.editor.notesMatch(/1 token masked/, 60);
    await workbench.page.mouse.move(400, 450);
    for (const theme of pictureThemes) {
      await wear(workbench, theme);
      await workbench.screenshot(`gallery-masked-${theme}`);
    }
    await workbench.companion.ask("run", { command: "explainWithTransformer.showPanel" });
    await workbench.panel.section("Tokens");
    for (const theme of pictureThemes) {
      await wear(workbench, theme);
      await panelAt(360);
      await workbench.screenshot(`gallery-masked-${theme}-panel-360`, await panelBox());
    }
  });
});
