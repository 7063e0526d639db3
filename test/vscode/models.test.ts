import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Frame } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { writeSeveralFiles, writeTraining } from "../support/modelFolders";
import { ModelsView } from "../support/modelsView";
import { inThemes } from "../support/themes";
import { until } from "../support/until";
import { Workbench } from "../support/workbench";

const card =
  "# A <b>bold</b> claim\n\n[run](command:workbench.action.terminal.new) ![far](https://example.invalid/x.png)\n";

let workbench: Workbench;
let view: ModelsView;
let hub: string;

beforeAll(async () => {
  hub = path.join(process.env.TMPDIR ?? "/tmp", `explain-hub-${process.pid}`);
  vi.stubEnv("HF_HUB_CACHE", hub);
  const snapshot = path.join(hub, "models--some--name", "snapshots", "0123");
  mkdirSync(path.dirname(snapshot), { recursive: true });
  workbench = await Workbench.open({ settings: { "workbench.activityBar.location": "default" } });
  const exported = writeSeveralFiles(path.join(workbench.folder, "models/exported"));
  writeFileSync(path.join(exported, "README.md"), `---\nlicense: mit\n---\n${card}`);
  writeTraining(path.join(workbench.folder, "models/run"), [500, 1000, 1500]);
  writeSeveralFiles(snapshot);
  for (const name of ["numbers.de.md", "plain.md"]) {
    writeFileSync(path.join(workbench.folder, name), "one two three four five six\n");
  }
  view = new ModelsView(workbench);
});

beforeEach(({ onTestFailed, task }) => {
  onTestFailed(() => workbench?.tellFailure(task.name));
});

afterAll(async () => {
  vi.unstubAllEnvs();
  expect(await workbench?.close()).toEqual([]);
});

/** Waits for a page of the editor by its heading. */
function page(heading: string): Promise<Frame> {
  return until(async () => {
    for (const frame of workbench.page.frames()) {
      const found = await frame
        .locator("h1", { hasText: heading })
        .count()
        .catch(() => 0);
      if (found > 0) {
        return frame;
      }
    }
    return undefined;
  }, `the page "${heading}"`);
}

/** Pictures of the window. */
function pictures(name: string): Promise<void> {
  return inThemes(workbench, (theme) => workbench.settledScreenshot(`${name}-${theme}`));
}

/** What the settings of the workspace hold; nothing while the editor writes them, who empties the file first. */
function settings(): Record<string, unknown> {
  const file = path.join(workbench.folder, ".vscode/settings.json");
  const text = existsSync(file) ? readFileSync(file, "utf8").trim() : "";
  return text.endsWith("}") ? JSON.parse(text) : {};
}

/** The words of each row of the first table of a page. */
function tableRows(frame: Frame): Promise<string[][]> {
  return frame
    .locator("table")
    .first()
    .locator("tbody tr")
    .evaluateAll((rows) => rows.map((row) => [...row.children].map(({ textContent }) => textContent ?? "")));
}

// Each step goes on from where the one before it left the window, as a person does.
describe.sequential("a person and their models", () => {
  it("are listed in the side bar, with steps and files below", async () => {
    await view.open();
    await view.expand("exported");
    await view.expand("run");
    expect(await view.rows()).toEqual([
      "Included",
      expect.stringMatching(/^sentiment bert · int8 · .* – in use$/),
      "In this workspace",
      "exported bert · 4 files",
      expect.stringMatching(/^model\.onnx fp32 · /),
      expect.stringMatching(/^model_fp16\.onnx fp16 · /),
      expect.stringMatching(/^model_int8\.onnx int8 · /),
      expect.stringMatching(/^model_q4\.onnx q4 · /),
      "run 3 training steps · 500 – 1,500",
      expect.stringMatching(/^Step 500 bert · fp32 · /),
      expect.stringMatching(/^Step 1,000 bert · fp32 · /),
      expect.stringMatching(/^Step 1,500 bert · fp32 · /),
      "Model hub cache",
      "some/name bert · 4 files",
    ]);
    await pictures("models-view");
  });

  it("have a menu that offers what can be done with each", async () => {
    const use = ["Use this model", "Use for some files…"];
    expect(await view.menuEntries("some/name")).toEqual([
      ...use,
      "Inspect model",
      "Compare files of this model on this text",
      "Show folder",
      "Delete download…",
    ]);
    expect(await view.menuEntries("Step 500")).toEqual([...use, "Inspect model", "Show folder", "Save as ONNX…"]);
    expect(await view.menuEntries("run")).toEqual(["Compare steps of this training on this text…", "Show folder"]);
  });

  it("have a page that says what each is, with a stranger's words inert", async () => {
    await view.menu("exported", "Inspect model");
    const frame = await page("exported");
    const words = await frame.locator("body").innerText();
    expect(words).toMatch(/Architecture\s+bert, 16 numbers in a hidden state/);
    expect(words).toMatch(/Licence\s+mit/);
    expect(words).toMatch(/Attention\s+2 layers, 2 heads, self/);
    expect(words).toMatch(/onnx\/model_int8\.onnx, int8/);
    expect(words).toMatch(/DeepLIFT\s+something to explain, gradients\s+available/);
    expect(words).toContain(card.trim());
    expect(await frame.locator("img, script, b").count()).toBe(0);
    const addresses = await frame.locator("a").evaluateAll((links) => links.map((link) => link.getAttribute("href")));
    expect(addresses.map((address) => address?.split("?")[0])).toEqual([
      "command:explainWithTransformer.useModel",
      "command:explainWithTransformer.compareFiles",
    ]);
    await pictures("model-page");
    await frame.locator("h2", { hasText: "Methods" }).scrollIntoViewIfNeeded();
    await workbench.settledScreenshot("model-page-methods");
  });

  it("is used from there, and from then on by all that is explained", async () => {
    await (await page("exported")).locator("a", { hasText: "Use this model" }).click();
    await until(() => settings()["explainWithTransformer.model.path"] === "models/exported", "the setting");
    await until(async () => (await view.rows()).includes("exported bert · 4 files – in use"), "the mark");
    await workbench.openFile("plain.md");
    await workbench.page.keyboard.press("Control+Alt+X");
    await workbench.explained(/(bad|fair|good) \d/);
  });

  it("in several files are held against the one in fp32 on the explained text", async () => {
    await workbench.command("Compare files of this model on this text");
    const frame = await page("Files of exported on one text");
    const rows = await tableRows(frame);
    expect(rows.map(([file]) => file?.split(" ·")[0])).toEqual([
      "onnx/model.onnxfp32",
      "onnx/model_fp16.onnxfp16",
      "onnx/model_int8.onnxint8",
      "onnx/model_q4.onnxq4",
    ]);
    expect(rows[0]?.slice(2)).toEqual(["–", "–", "–"]);
    for (const [, prediction, change, order, scores] of rows.slice(1)) {
      expect(prediction).toMatch(/^(bad|fair|good) \d/);
      expect(change).toMatch(/^[+−]?\d+\.\d{2} points$/);
      expect(order).toMatch(/^−?\d\.\d{3}$/);
      expect(scores).toMatch(/\d %$/);
    }
    expect(await frame.locator(".text").count()).toBe(4);
    await pictures("model-files");
  });

  it("that a training saved are compared on one sentence", async () => {
    await view.menu("run", "Compare steps of this training on this text…");
    const list = workbench.page.locator(".quick-input-widget:visible", { hasText: "Steps to compare" });
    await list.locator(".monaco-list-row", { hasText: "Step 1,000" }).first().click();
    await workbench.settledScreenshot("model-steps-list");
    await workbench.page.keyboard.press("Enter");
    const frame = await page("Steps of a training on one text");
    const rows = await tableRows(frame);
    expect(rows.map(([step]) => step)).toEqual(["Step 500", "Step 1,500"]);
    expect(rows[0]?.[1]).not.toBe(rows[1]?.[1]);
    expect(await frame.locator("mark[class]").count()).toBeGreaterThan(0);
    await pictures("model-steps");
  });

  it("is saved as ONNX where the person says, and is a model like others there", async () => {
    await view.menu("Step 500", "Save as ONNX…");
    const dialogue = workbench.page.locator(".quick-input-widget:visible", { hasText: "Where to put checkpoint-500" });
    const input = dialogue.locator("input").first();
    await until(async () => (await input.inputValue()) === `${workbench.folder}/`, "the folder that is open");
    await workbench.settledScreenshot("model-save-folder");
    await dialogue.locator(".monaco-button", { hasText: "Save here" }).click();
    const saved = path.join(workbench.folder, "checkpoint-500-onnx");
    await until(() => existsSync(path.join(saved, "onnx/model.onnx")), "the saved file");
    await workbench.statusMatches(/Saved: checkpoint-500-onnx/);
    await workbench.settledScreenshot("model-saved");
    await until(async () => (await view.rows()).some((row) => /^checkpoint-500-onnx bert · /.test(row)), "the new row");
  });

  it("are chosen by a pattern for the names of files, which the status item names", async () => {
    await workbench.companion.ask("run", { command: "workbench.action.closeAllEditors" });
    await workbench.openFile("numbers.de.md");
    await view.open();
    await view.menu("Step 1,500", "Use for some files…");
    const box = workbench.page.locator(".quick-input-widget:visible", { hasText: "Files to explain" }).locator("input");
    expect(await box.first().inputValue()).toBe("*.de.md");
    await workbench.page.keyboard.press("Enter");
    await until(() => settings()["explainWithTransformer.model.byPattern"] !== undefined, "the setting");
    expect(settings()["explainWithTransformer.model.byPattern"]).toEqual({ "*.de.md": "./models/run/checkpoint-1500" });
    await workbench.statusMatches(/Explain · \S*checkpoint-1500/);
    await workbench.openFile("plain.md");
    await until(async () => !/checkpoint-1500/.test(await workbench.status()), "the usual model");
    await workbench.openFile("numbers.de.md");
    await workbench.page.keyboard.press("Control+Alt+X");
    await workbench.explained(/(bad|fair|good) \d/);
    await workbench.statusMatches(/checkpoint-1500/);
    await workbench.settledScreenshot("model-by-pattern");
  });

  it("are reached by keyboard alone, in the list that is filtered by typing", async () => {
    await workbench.command("Choose model…");
    const list = workbench.page.locator(".quick-input-widget:visible");
    await list.locator(".monaco-list-row", { hasText: "exported" }).first().waitFor();
    await workbench.settledScreenshot("model-picker");
    await workbench.page.keyboard.type("training steps");
    await until(async () => (await list.locator(".monaco-list-row").count()) <= 3, "the list to be filtered");
    await workbench.page.keyboard.press("Enter");
    await workbench.page.locator(".quick-input-widget:visible", { hasText: "Step of run" }).waitFor();
    await workbench.page.keyboard.press("ArrowDown");
    await workbench.page.keyboard.press("Enter");
    await until(() => settings()["explainWithTransformer.model.path"] === "models/run/checkpoint-1000", "the setting");
  });

  it("that were downloaded are deleted when the person says so", async () => {
    await view.open();
    const folder = path.join(hub, "models--some--name");
    await view.menu("some/name", "Delete download…");
    const dialogue = workbench.page.locator(".monaco-dialog-box");
    await dialogue.waitFor();
    await workbench.settledScreenshot("model-delete");
    await dialogue.locator(".monaco-button", { hasText: "Cancel" }).click();
    await dialogue.waitFor({ state: "detached" });
    expect(existsSync(folder)).toBe(true);
    await view.menu("some/name", "Delete download…");
    await dialogue.locator(".monaco-button", { hasText: "Delete" }).click();
    await until(() => !existsSync(folder), "the folder to go");
    await until(async () => !(await view.rows()).some((row) => row.startsWith("some/name")), "the row to go");
  });

  it("can be read in a narrow side bar", async () => {
    await workbench.page.setViewportSize({ width: 480, height: 800 });
    await workbench.settledScreenshot("models-view-narrow");
    await workbench.page.setViewportSize({ width: 1400, height: 900 });
  });
});
