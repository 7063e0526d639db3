import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { until } from "../support/until";
import { Workbench } from "../support/workbench";

const sentence = "A gorgeous, witty and seductive movie";

let workbench: Workbench;

beforeEach(({ onTestFailed, task }) => {
  onTestFailed(() => workbench?.tellFailure(task.name));
});

beforeAll(async () => {
  workbench = await Workbench.open();
  await workbench.page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
});

afterAll(async () => {
  expect(await workbench?.close()).toEqual([]);
});

/** Waits until the clipboard holds what matches. */
function copied(pattern: RegExp): Promise<string> {
  return until(async () => {
    const text = await workbench.page.evaluate(() => navigator.clipboard.readText());
    return pattern.test(text) ? text : undefined;
  }, `the clipboard to match ${pattern}`);
}

/** Runs a command from the palette that asks for a format, and chooses one. */
async function choose(command: string, format: string): Promise<void> {
  const { page } = workbench;
  await workbench.command(`Explain with Transformer: ${command}`);
  const input = page.locator('.quick-input-widget:visible input[placeholder="Choose a format"]');
  await input.fill(format);
  await page.keyboard.press("Enter");
  await input.waitFor({ state: "hidden" });
}

// Each step goes on from where the one before it left the window.
describe.sequential("an explanation to take along", () => {
  it("is copied, with places that are those of the file", async () => {
    await workbench.openFile("reviews.md");
    await workbench.editor.select(sentence);
    await workbench.page.keyboard.press("Control+Alt+X");
    await workbench.explained();
    await choose("Copy explanation as…", "JSON");
    const { schema, text, tokens } = JSON.parse(await copied(/^\{"schema":2/));
    expect([schema, text]).toEqual([2, sentence]);
    const file = readFileSync(path.join(workbench.folder, "reviews.md"), "utf8");
    const gorgeous = tokens.find((token: { text: string }) => token.text.trim() === "gorgeous");
    expect(file.slice(gorgeous.start, gorgeous.end).trim()).toBe("gorgeous");
  });

  it("is written to a file beside the document", async () => {
    await choose("Export explanation…", "CSV");
    const file = path.join(workbench.folder, "reviews-explanation.csv");
    await until(
      async () => (await workbench.page.locator(".quick-input-widget:visible input").inputValue()).endsWith(".csv"),
      "the dialog to name the file",
    );
    await workbench.page.keyboard.press("Enter");
    await until(() => existsSync(file), "the file");
    expect(readFileSync(file, "utf8")).toMatch(/^line,method,units,/);
    expect(readFileSync(file, "utf8")).toContain("gorgeous");
    expect(readdirSync(workbench.folder).filter((name) => name.endsWith(".tmp"))).toEqual([]);
    expect(await workbench.notifications()).toEqual([]);
  });

  it("is copied from the panel", async () => {
    const frame = await workbench.panel.frame();
    await frame.getByRole("button", { name: "Copy as…" }).click();
    await workbench.screenshot("copy-as");
    await frame.getByRole("menuitem", { name: "Markdown" }).click();
    expect(await copied(/^## /)).toContain(`## ${sentence}`);
  });
});

describe("the list of models", () => {
  it("is searched for in the engine's process", async () => {
    await workbench.companion.ask("run", { command: "explainWithTransformer.chooseModel" });
    const row = workbench.page.locator(".quick-input-list .monaco-list-row", { hasText: "sentiment" }).first();
    await row.getByText(/text classification · negative, positive/).waitFor();
    await workbench.page.keyboard.press("Escape");
  });
});
