import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { inThemes } from "../support/themes";
import { until } from "../support/until";
import { Workbench } from "../support/workbench";

const sentence =
  "A gorgeous, witty and seductive movie, though its unsubtle ending never quite earns the tears it asks for.";

let workbench: Workbench;

beforeEach(({ onTestFailed, task }) => {
  onTestFailed(() => workbench?.tellFailure(task.name));
});

beforeAll(async () => {
  workbench = await Workbench.open();
});

afterAll(async () => {
  expect(await workbench?.close()).toEqual([]);
});

/** The names of the rows that are compared. */
async function names(): Promise<string[]> {
  const frame = await workbench.panel.frame();
  return frame.locator(".figures-of-methods tbody th").allTextContents();
}

/** What stands in a method's row of the figures. */
async function figuresOf(name: string): Promise<string> {
  const frame = await workbench.panel.frame();
  return (await frame.locator(".figures-of-methods tbody tr", { hasText: name }).textContent()) ?? "";
}

/** Presses a key until the focus is on a button of the panel. */
async function focus(button: string): Promise<void> {
  const frame = await workbench.panel.frame();
  const wanted = frame.getByRole("button", { name: button });
  await wanted.waitFor();
  await wanted.focus();
}

// Each step goes on from where the one before it left the window, with the keyboard alone.
describe.sequential("methods side by side", () => {
  it("are chosen in the editor, each with what it takes", async () => {
    const { page } = workbench;
    await workbench.openFile("reviews.md");
    await workbench.editor.select(sentence);
    await page.keyboard.press("Control+Alt+X");
    await workbench.explained();
    await page.keyboard.press("Control+Alt+M");
    const input = page.locator('.quick-input-widget:visible input[placeholder="Those that have been run stay"]');
    await input.fill("Leave one out");
    await page.locator(".quick-input-list .monaco-list-row", { hasText: /at most 26 evaluations/ }).waitFor();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Space");
    await page.keyboard.press("Enter");
    const frame = await workbench.panel.frame();
    await frame.locator(".ways tr", { hasText: "Leave one out" }).locator("[data-bucket='5']").first().waitFor();
    await until(async () => (await names()).includes("Random"), "random scores beside them");
    expect((await names()).sort()).toEqual([
      "Attention, rollout",
      "Leave one out",
      "Owen values",
      "Random",
      "Relevance (AttnLRP)",
    ]);
    expect(await figuresOf("Leave one out")).toMatch(/26/);
  });

  it("are joined by another, whose cost is shown before", async () => {
    const { page } = workbench;
    const frame = await workbench.panel.frame();
    await focus("Add a method");
    await page.keyboard.press("Enter");
    const item = frame.getByRole("menuitem", { name: /^Integrated gradients/ });
    expect(await item.textContent()).toMatch(/at most \d+ evaluations/);
    const before = await names();
    await item.focus();
    await page.keyboard.press("Enter");
    await until(async () => (await names()).includes("Integrated gradients"), "the method that was added");
    expect(await names()).toEqual([...before, "Integrated gradients"]);
  });

  it("are measured, with random scores among them, and sorted", async () => {
    const { page } = workbench;
    const frame = await workbench.panel.frame();
    await focus("Measure these");
    await page.keyboard.press("Enter");
    await frame.getByRole("columnheader", { name: "Comprehensiveness" }).waitFor();
    await until(async () => (await figuresOf("Random")).match(/0\.\d{3}.*±/), "the figures of random scores");
    await focus("Comprehensiveness");
    await page.keyboard.press("Enter");
    const sorted = await names();
    expect(sorted.indexOf("Random")).toBeGreaterThan(sorted.indexOf("Owen values"));
    await frame.getByText(/Most faithful here by Comprehensiveness: /).waitFor();
  });

  it("change places in the editor", async () => {
    const { page } = workbench;
    await focus("Show in the editor: Leave one out");
    await page.keyboard.press("Enter");
    await workbench.editor.notesMatch(/Leave one out/);
    const frame = await workbench.panel.frame();
    await frame.locator(".ways tr[aria-current=true]", { hasText: "Leave one out" }).waitFor();
  });

  it("look intended narrow and wide", async () => {
    await inThemes(workbench, async (theme) => {
      for (const [width, name] of [
        [1000, "narrow"],
        [1800, "wide"],
      ] as const) {
        await workbench.page.setViewportSize({ width, height: 1000 });
        await workbench.settledScreenshot(`compare-${theme}-${name}`);
        const frame = await workbench.panel.frame();
        await frame.locator(".measure-curves").scrollIntoViewIfNeeded();
        await workbench.settledScreenshot(`compare-curves-${theme}-${name}`);
        await frame.locator(".ways").scrollIntoViewIfNeeded();
      }
    });
    await workbench.page.setViewportSize({ width: 1400, height: 900 });
  });

  it("tell whether attention is an explanation, once what that takes has been run", async () => {
    const { page } = workbench;
    const frame = await workbench.panel.section("Analysis");
    await frame.getByText("methods that have not run yet: Attention; Gradient × input.").waitFor();
    await focus("Run these:");
    await page.keyboard.press("Enter");
    await frame.getByText(/^Attention (is|largely is) .*an explanation (in part )?here/).waitFor();
    expect(await frame.locator(".orders tbody tr").allTextContents()).toEqual([
      expect.stringMatching(/^Attention(−?[01]\.\d\d p (< )?[01]\.\d{3}){2}$/),
      expect.stringMatching(/^Attention, rollout(−?[01]\.\d\d p (< )?[01]\.\d{3}){2}$/),
      expect.stringMatching(/^Gradient × input, as a yardstick–−?[01]\.\d\d p (< )?[01]\.\d{3}$/),
    ]);
    await frame.locator(".layer-curves td").first().waitFor();
    await workbench.settledScreenshot("analysis");
    await workbench.panel.section("Compare");
  });

  it("are exported and opened again", async () => {
    const { page } = workbench;
    const frame = await workbench.panel.frame();
    await focus("Export as…");
    await page.keyboard.press("Enter");
    await frame.getByRole("menuitem", { name: "JSON" }).focus();
    await page.keyboard.press("Enter");
    const file = path.join(workbench.folder, "reviews-explanation.json");
    const dialog = page.locator(".quick-input-widget:visible input");
    await until(async () => (await dialog.inputValue()).endsWith(".json"), "the dialog to name the file");
    await page.keyboard.press("Enter");
    await until(() => existsSync(file), "the file");
    const compared = await names();
    expect(JSON.parse(readFileSync(file, "utf8")).attributions).toHaveLength(compared.length);
    await workbench.companion.ask("run", { command: "workbench.action.closeAllEditors" });
    await page.keyboard.press("F1");
    await dialog.fill(">Explain with Transformer: Open explanation…");
    await page.locator(".quick-input-list .monaco-list-row", { hasText: "Open explanation…" }).first().waitFor();
    await page.keyboard.press("Enter");
    await until(async () => (await dialog.inputValue()).endsWith("/"), "the dialog to ask for a file");
    // The dialog writes its folder once more when it has read it.
    await until(async () => {
      await dialog.fill(file);
      await page.keyboard.press("Enter");
      return dialog.waitFor({ state: "hidden", timeout: 2000 }).then(
        () => true,
        () => false,
      );
    }, "the dialog to take the file");
    await workbench.editor.notesMatch(/positive \d/);
    await workbench.panel.section("Compare");
    await until(async () => (await names()).length === compared.length, "the methods that were exported");
    expect([...(await names())].sort()).toEqual([...compared].sort());
    expect((await workbench.editor.decorations()).some(({ text }) => text === "gorgeous")).toBe(true);
    expect(await workbench.notifications()).toEqual([]);
  });
});
