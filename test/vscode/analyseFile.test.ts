import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { inThemes } from "../support/themes";
import { until } from "../support/until";
import { Workbench } from "../support/workbench";

const title = "Analyse attention over this file…";

let workbench: Workbench;

beforeEach(({ onTestFailed, task }) => {
  onTestFailed(() => workbench?.tellFailure(task.name));
});

beforeAll(async () => {
  workbench = await Workbench.open();
  const sentences = readFileSync(new URL("../parity/texts.txt", import.meta.url), "utf8")
    .split("\n")
    .filter(Boolean);
  const fifty = Array.from({ length: 50 }, (_, at) => `${sentences[at % sentences.length]} (${at})`);
  writeFileSync(path.join(workbench.folder, "fifty.txt"), `${fifty.join("\n")}\n`);
  const rows = fifty.map((text, at) => `${at},"${text.replaceAll('"', '""')}","none"`);
  writeFileSync(path.join(workbench.folder, "fifty.csv"), `id,review,remark\n${rows.join("\n")}\n`);
});

afterAll(async () => {
  expect(await workbench?.close()).toEqual([]);
});

/** Waits until the list asks what is written in its empty line, and takes what `written` finds in it, by keyboard. */
async function pick(asks: string, written: string, found: string): Promise<void> {
  const { page } = workbench;
  await page.locator(`.quick-input-widget:visible input[placeholder="${asks}"]`).fill(written);
  await page.locator(".quick-input-list .monaco-list-row.focused", { hasText: found }).waitFor();
  await page.keyboard.press("Enter");
}

/** Runs a command from the palette, by keyboard. */
async function run(command: string): Promise<void> {
  const { page } = workbench;
  await page.keyboard.press("F1");
  await page.locator(".quick-input-widget:visible input").fill(`>Explain with Transformer: ${command}`);
  await page.locator(".quick-input-list .monaco-list-row.focused", { hasText: command }).waitFor();
  await page.keyboard.press("Enter");
}

/** How far the panel says that the analysis is. */
async function source(): Promise<string> {
  const frame = await workbench.panel.frame();
  return (await frame.locator(".analysis-subject p").first().textContent()) ?? "";
}

// Each step goes on from where the one before it left the window, with the keyboard alone.
describe.sequential("the attention over a file", () => {
  it("is analysed text after text, with how far it is in a notification and in the panel", async () => {
    await workbench.openFile("fifty.txt");
    await run(title);
    await pick("50 texts", "Orders of words", "Orders of words and heads");
    await workbench.notification(/^Attention over fifty\.txt.*\d+ of 50 texts/s);
    const frame = await workbench.panel.frame();
    await until(
      async () => /^fifty\.txt · [1-9]\d* of 50 texts · about .* left$/.test(await source()),
      "the first texts",
    );
    await frame.getByText(/^Attention (is|largely is) .*an explanation (in part )?here/).waitFor();
    await until(async () => (await source()) === "fifty.txt · 50 texts", "all texts");
    expect(await frame.locator("[role=tab]:visible").allTextContents()).toEqual(["Analysis"]);
    expect(await frame.locator(".orders thead th").last().textContent()).toBe("all texts (50)");
    expect(await frame.locator(".orders tbody tr").count()).toBe(5);
    await frame.locator(".layer-curves td").first().waitFor();
    await until(async () => (await workbench.notifications()).length === 0, "the notification to go");
  });

  it("is cancelled by keyboard, and says of how many texts it is", async () => {
    await workbench.openFile("fifty.csv");
    await run(title);
    await pick("Each record is one text", "review", "review");
    await pick("50 texts", "With shuffled", "41 to 101 more runs of the model for each text");
    const frame = await workbench.panel.frame();
    await until(async () => /^fifty\.csv, column review · [3-9] of 50 texts/.test(await source()), "some texts");
    await run("Cancel");
    await until(async () => (await source()).endsWith(" of 50 texts · stopped"), "the analysis to end");
    const done = Number(/ (\d+) of 50/.exec(await source())?.[1]);
    expect(done).toBeGreaterThanOrEqual(3);
    expect(await frame.locator(".orders thead th").last().textContent()).toContain(`(${done})`);
    expect(await frame.locator(".changes tbody tr").count()).toBe(3);
    await until(async () => (await workbench.notifications()).length === 0, "the notification to go");
  });

  it("stands beside the analysis of a text, for which other attention is asked", async () => {
    const { page } = workbench;
    await workbench.openFile("reviews.md");
    await workbench.editor.select("A gorgeous, witty and seductive movie");
    await page.keyboard.press("Control+Alt+X");
    await workbench.explained();
    const frame = await workbench.panel.section("Analysis");
    await frame.getByText(/^fifty\.csv, column review · \d+ of 50 texts · stopped$/).waitFor();
    await frame.getByRole("radio", { name: "whole file" }).focus();
    await page.keyboard.press("ArrowLeft");
    await frame.getByText("The answer needs methods that have not run yet").waitFor();
    await frame.locator("vscode-checkbox", { hasText: "41 to 101 runs of the model for each text" }).focus();
    await page.keyboard.press("Space");
    await frame.locator(".changes tbody tr").first().waitFor();
    await frame.getByRole("radio", { name: "this text" }).focus();
    await page.keyboard.press("ArrowRight");
    await frame.locator(".orders thead th").last().waitFor();
  });

  it("looks intended", async () => {
    await workbench.page.setViewportSize({ width: 1400, height: 1300 });
    await inThemes(workbench, (theme) => workbench.settledScreenshot(`analyse-file-${theme}`));
    expect(await workbench.notifications()).toEqual([]);
  });
});
