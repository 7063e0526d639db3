import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { pictureThemes, wear } from "../support/themes";
import { until } from "../support/until";
import { Workbench } from "../support/workbench";

const golden = path.join(import.meta.dirname, "../golden");
const place = mkdtempSync(path.join(tmpdir(), "explain-tasks-"));

/** Tiny models that know nothing: what they say is held against transformers elsewhere, here only how it is asked and shown. */
const models = {
  questions: path.join(golden, "questions/bert"),
  entailment: path.join(golden, "questions/bertEntailment"),
  blanks: path.join(golden, "blanks/wordpiece"),
  sentences: path.join(golden, "sentences/model"),
  entities: path.join(place, "entities"),
  continuation: path.join(place, "continuation"),
};

const text = "The new museum in Paris opened its doors on Monday, and Anna was the first guest.";

let workbench: Workbench;

beforeEach(({ onTestFailed, task }) => {
  onTestFailed(() => workbench?.tellFailure(task.name));
});

beforeAll(async () => {
  const unpack = (from: string, to: string) => writeFileSync(to, gunzipSync(readFileSync(path.join(golden, from))));
  cpSync(path.join(golden, "entities/wordPiece"), models.entities, { recursive: true });
  unpack("entities/wordPiece/model.onnx.gz", path.join(models.entities, "model.onnx"));
  mkdirSync(models.continuation);
  unpack("generation/models/gpt2.past.onnx.gz", path.join(models.continuation, "model.onnx"));
  unpack("generation/models/byteLevel.tokenizer.json.gz", path.join(models.continuation, "tokenizer.json"));
  copyFileSync(path.join(golden, "generation/models/gpt2.config.json"), path.join(models.continuation, "config.json"));
  workbench = await Workbench.open();
  writeFileSync(path.join(workbench.folder, "tasks.txt"), `${text}\n`);
  writeFileSync(path.join(workbench.folder, "blank.txt"), "The small cat [MASK] on the old mat.\n");
  writeFileSync(path.join(workbench.folder, "pair.txt"), `${text}\nA museum opened in Paris.\n`);
});

afterAll(async () => {
  expect(await workbench?.close()).toEqual([]);
  rmSync(place, { recursive: true, force: true });
});

/** Takes another model and opens a file with all of its text selected. */
async function begin(model: keyof typeof models, file = "tasks.txt"): Promise<void> {
  await workbench.companion.ask("run", { command: "explainWithTransformer.clearAll" });
  await workbench.companion.ask("setting", { name: "explainWithTransformer.model.path", value: models[model] });
  // The panel has the focus after a click in it.
  await workbench.companion.ask("run", { command: "workbench.action.focusFirstEditorGroup" });
  await workbench.companion.ask("openFile", { file: path.join(workbench.folder, file) });
  await workbench.page.locator(".tab.active", { hasText: file }).waitFor();
  await workbench.page.locator(".editor-group-container.active .view-lines").first().click();
  await workbench.page.keyboard.press("Control+A");
}

/** Answers the box that the editor asks with. */
async function answer(title: string, words: string): Promise<void> {
  const box = workbench.page.locator(".quick-input-widget:visible", { hasText: title });
  await box.waitFor();
  await box.locator("input").first().fill(words);
  await workbench.page.keyboard.press("Enter");
  await box.waitFor({ state: "hidden" });
}

/** Waits until a name stands behind something in the text. */
async function marked(name: string): Promise<void> {
  await workbench.page.locator(".view-lines .view-line", { hasText: name }).first().waitFor();
}

/** Pictures of the window in all themes. */
async function pictures(name: string): Promise<void> {
  for (const theme of pictureThemes) {
    await wear(workbench, theme);
    await workbench.screenshot(`task-${name}-${theme}`);
  }
  await wear(workbench, "dark");
}

describe.sequential("what models are asked", () => {
  it("is a question, in a box that remembers it, and the answer is explained", async () => {
    await begin("questions");
    await workbench.page.keyboard.press("Control+Alt+X");
    await answer("Question", "What opened?");
    await workbench.explained(/\d %|no answer/);
    const frame = await workbench.panel.frame();
    await frame.getByText("What opened?").first().waitFor();
    await marked("%");
    await pictures("question");
    await workbench.editor.click("museum");
    await workbench.page.keyboard.press("Control+Alt+X");
    const box = workbench.page.locator(".quick-input-widget:visible", { hasText: "Question" }).locator("input").first();
    await until(async () => (await box.inputValue()) === "What opened?", "the question to be in the box again");
    await workbench.page.keyboard.press("Escape");
  });

  it("are labels of the person's own", async () => {
    await begin("entailment");
    await workbench.command("Explain with Transformer: Explain with labels of my own…");
    await answer("Labels of your own", "culture, sport");
    await workbench.explained(/(culture|sport) \d/);
    await pictures("labels");
  });

  it("is a blank, filled with the likeliest word rather than another", async () => {
    await begin("blanks", "blank.txt");
    await workbench.page.keyboard.press("Control+Alt+X");
    await workbench.explained(/\d %/);
    const frame = await workbench.panel.frame();
    await frame.getByRole("combobox", { name: "rather than" }).click();
    await frame.getByRole("option").nth(1).click();
    await workbench.explained(/\d %/);
    await pictures("blank");
  });

  it("are entities, marked with their names", async () => {
    await begin("entities");
    await workbench.page.keyboard.press("Control+Alt+X");
    await workbench.explained(/\d %/);
    await marked("LOC");
    await pictures("entities");
  });

  it("is how a text goes on, each token of which can be asked about", async () => {
    await begin("continuation");
    await workbench.page.keyboard.press("Control+Alt+X");
    await workbench.explained(/\d %/);
    const frame = await workbench.panel.frame();
    await frame.locator(".stripToken").last().click();
    await workbench.explained(/\d %/);
    await pictures("continuation");
  });

  it("is how alike two texts are", async () => {
    await begin("sentences");
    await workbench.command("Explain with Transformer: Explain with a second text…");
    await answer("econd text", "A museum opened in Paris.");
    await workbench.explained(/\d\.\d/);
    await pictures("similarity");
  });

  it("leave no error behind", async () => {
    expect(await workbench.notifications()).toEqual([]);
  });
});
