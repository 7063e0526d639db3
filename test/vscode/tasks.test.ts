import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { safetensorsFile } from "../support/checkpointCorpus";
import { writeStreamFolder } from "../support/seq2seq";
import { inThemes } from "../support/themes";
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
  translation: path.join(place, "translation"),
  continuation: path.join(place, "continuation"),
  endless: path.join(place, "endless"),
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
  writeEndless(path.join(models.continuation, "tokenizer.json"));
  mkdirSync(models.translation);
  writeStreamFolder(models.translation, "t5untied", "decoder_model", { architecture: "T5ForConditionalGeneration" });
  workbench = await Workbench.open();
  const several = "A museum opened in Paris.\nAda Lovelace lived in London.\nThe museum in Paris is new.\n";
  writeFileSync(path.join(workbench.folder, "several.txt"), several);
  writeFileSync(path.join(workbench.folder, "numbers.txt"), "t17 t30 t44 t9 t21 t50 t12\n");
  writeFileSync(path.join(workbench.folder, "tasks.txt"), `${text}\n`);
  writeFileSync(path.join(workbench.folder, "blank.txt"), "The small cat [MASK] on the old mat.\n");
  writeFileSync(path.join(workbench.folder, "whole.txt"), "The small cat sat on the old mat.\n");
  writeFileSync(path.join(workbench.folder, "pair.txt"), `${text}\nA museum opened in Paris.\n`);
});

afterAll(async () => {
  expect(await workbench?.close()).toEqual([]);
  rmSync(place, { recursive: true, force: true });
});

/** Writes a checkpoint that names no token to end with, large enough for a person to see that it writes. */
function writeEndless(tokenizer: string): void {
  const [width, layers, positions, words] = [128, 3, 1024, 400];
  const config = {
    architectures: ["GPT2LMHeadModel"],
    model_type: "gpt2",
    n_embd: width,
    n_layer: layers,
    n_head: 4,
    n_positions: positions,
    vocab_size: words,
  };
  const norm = (name: string) => ({ [`${name}.weight`]: [width], [`${name}.bias`]: [width] });
  const linear = (name: string, from: number, to: number) => ({
    [`${name}.weight`]: [from, to],
    [`${name}.bias`]: [to],
  });
  const block = (name: string) => ({
    ...norm(`${name}.ln_1`),
    ...linear(`${name}.attn.c_attn`, width, 3 * width),
    ...linear(`${name}.attn.c_proj`, width, width),
    ...norm(`${name}.ln_2`),
    ...linear(`${name}.mlp.c_fc`, width, 4 * width),
    ...linear(`${name}.mlp.c_proj`, 4 * width, width),
  });
  const blocks = Array.from({ length: layers }, (_, layer) => block(`transformer.h.${layer}`));
  const tensors = Object.assign(
    { "transformer.wte.weight": [words, width], "transformer.wpe.weight": [positions, width] },
    ...blocks,
    norm("transformer.ln_f"),
  );
  mkdirSync(models.endless);
  copyFileSync(tokenizer, path.join(models.endless, "tokenizer.json"));
  writeFileSync(path.join(models.endless, "config.json"), JSON.stringify(config));
  writeFileSync(path.join(models.endless, "model.safetensors"), safetensorsFile(tensors, "F32"));
}

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

/** Undoes the last edit, in the document: a key that is pressed before it has the focus goes to the panel. */
async function undo(): Promise<void> {
  await workbench.companion.ask("run", { command: "workbench.action.focusFirstEditorGroup" });
  await workbench.page.locator(".editor-group-container .monaco-editor.focused").first().waitFor();
  await workbench.page.keyboard.press("Control+Z");
}

/** Waits until a name stands behind something in the text. */
async function marked(name: string): Promise<void> {
  await workbench.page.locator(".view-lines .view-line", { hasText: name }).first().waitFor();
}

/** Waits until the panel says that words are asked for in place of one. */
async function blankFor(word: string): Promise<void> {
  const frame = await workbench.panel.frame();
  await frame.getByText(`In place of “${word}”`).waitFor();
}

/** Has everything explained that can be by itself, waits for a row of each, and takes pictures. */
async function matrix(name: string): Promise<void> {
  const frame = await workbench.panel.frame();
  const each = frame.getByRole("button", { name: "Explain each of them" });
  await each.click();
  await each.waitFor({ state: "hidden" });
  await frame.locator("table.places").scrollIntoViewIfNeeded();
  await pictures(name);
}

/** Pictures of the window. */
function pictures(name: string): Promise<void> {
  return inThemes(workbench, (theme) => workbench.settledScreenshot(`task-${name}-${theme}`));
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
    // It can be changed in the panel, by keyboard.
    const inPanel = frame.getByRole("textbox", { name: "question" });
    await inPanel.fill("Who was the first guest?");
    await inPanel.press("Enter");
    await workbench.explained(/\d %|no answer/);
    await frame.getByText("Who was the first guest?").first().waitFor();
    await workbench.editor.click("museum");
    await workbench.page.keyboard.press("Control+Alt+X");
    const box = workbench.page.locator(".quick-input-widget:visible", { hasText: "Question" });
    await until(
      async () => (await box.locator("input").first().inputValue()) === "Who was the first guest?",
      "the last question to be in the box",
    );
    await workbench.page.keyboard.press("Escape");
    await box.waitFor({ state: "hidden" });
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

  it("is a word of the text that becomes a blank, by the menu, by its key and by the hover", async () => {
    await begin("blanks", "whole.txt");
    // A click on the menu's button alone leaves the selection as it is.
    await workbench.editor.click("small");
    await workbench.editor.contextMenu("small", "Explain this word");
    await workbench.explained(/\d %/);
    await blankFor("small");
    await workbench.editor.click("cat");
    await workbench.page.keyboard.press("Control+Alt+W");
    await workbench.explained(/\d %/);
    await blankFor("cat");
    await workbench.editor.hover("small");
    await workbench.page.locator(".monaco-hover a", { hasText: "Explain this word" }).click();
    await workbench.explained(/\d %/);
    await blankFor("small");
    // A word is written into the text as one edit.
    const before = await workbench.companion.ask("text", null);
    const frame = await workbench.panel.frame();
    await frame.getByRole("button", { name: /^Write “better”/ }).click();
    await workbench.page.locator(".view-line", { hasText: "better" }).first().waitFor();
    await undo();
    await until(async () => (await workbench.companion.ask("text", null)) === before, "the text to be as it was");
  });

  it("are entities, marked with their names", async () => {
    await begin("entities");
    await workbench.page.keyboard.press("Control+Alt+X");
    await workbench.explained(/\d %/);
    await marked("LOC");
    await pictures("entities");
    const frame = await workbench.panel.frame();
    await workbench.editor.contextMenu("Anna", "Explain this word");
    await workbench.explained(/\d %/);
    await until(
      async () => (await frame.locator("h1:visible").innerText()).startsWith("Anna"),
      "the panel to be about Anna",
    );
    await matrix("entities-each");
    // The note too, though the panel was clicked before the editor had asked for it.
    await workbench.editor.notesMatch(/Anna/);
  });

  it("is how a text goes on, each token of which can be asked about", async () => {
    await begin("continuation");
    await workbench.page.keyboard.press("Control+Alt+X");
    await workbench.explained(/perplexity \d/);
    const frame = await workbench.panel.frame();
    await frame.locator(".stripToken").last().click();
    await workbench.explained(/perplexity \d/);
    await pictures("continuation");
  });

  it("is as much of a continuation as was written when it was cancelled", async () => {
    await begin("endless");
    await workbench.companion.ask("setting", { name: "explainWithTransformer.generation.tokens", value: 400 });
    await workbench.page.keyboard.press("Control+Alt+X");
    await workbench.statusMatches(/Writing: token \d/);
    await workbench.command("Explain with Transformer: Cancel");
    await workbench.explained(/perplexity \d/);
    const frame = await workbench.panel.frame();
    const written = await frame.locator(".stripToken:visible").count();
    expect(written).toBeGreaterThan(0);
    expect(written).toBeLessThan(400);
    await frame.locator(".stripToken:visible").last().click();
    await workbench.explained(/perplexity \d/);
    await workbench.companion.ask("setting", { name: "explainWithTransformer.generation.tokens", value: undefined });
  });

  it("is how little each word of a text was to be expected, coloured by it, and why one of them", async () => {
    await begin("continuation");
    await workbench.command("Explain with Transformer: Explain as…");
    await workbench.page.locator(".quick-input-widget:visible .monaco-list-row", { hasText: "surprise" }).click();
    await workbench.explained(/perplexity \d/);
    await workbench.page.locator(".view-line", { hasText: "bits" }).first().waitFor();
    await workbench.panel.frame();
    await workbench.editor.click("museum");
    expect(await workbench.editor.hover("museum")).toMatch(/Surprise: \d+\.\d bits .* place \d+ among all tokens/);
    await pictures("surprise");
    await workbench.page.keyboard.press("Escape");
    await workbench.page.keyboard.press("Control+Alt+W");
    await workbench.explained(/perplexity \d/);
    await pictures("surprise-why");
    await workbench.companion.ask("run", { command: "explainWithTransformer.clearAll" });
    await workbench.page.keyboard.press("Control+Alt+X");
    // What was chosen is remembered.
    await workbench.explained(/perplexity \d/);
  });

  it("is a translation, with how its words look at the text as a map and as lines", async () => {
    await begin("translation", "numbers.txt");
    await workbench.page.keyboard.press("Control+Alt+X");
    await workbench.explained(/perplexity \d/);
    const frame = await workbench.panel.section("Heads");
    await frame.getByRole("radio", { name: "alignment" }).click();
    await frame.getByRole("heading", { name: "Alignment of output and text" }).waitFor();
    await frame.locator(".heatmap canvas").waitFor();
    await until(async () => (await workbench.panel.coloursOf(".heatmap canvas")) > 3, "the alignment to be drawn");
    await pictures("alignment-map");
    await frame.getByRole("radio", { name: "lines" }).click();
    await frame.locator(".lines canvas.all").waitFor();
    await pictures("alignment-lines");
    await workbench.panel.section("Tokens");
    await frame.locator(".stripToken:visible").last().click();
    await workbench.explained(/perplexity \d/);
    await pictures("translation");
    await matrix("translation-each");
  });

  it("is how alike two texts are", async () => {
    await begin("sentences");
    await workbench.command("Explain with Transformer: Explain with a second text…");
    await answer("econd text", "A museum opened in Paris.");
    await workbench.explained(/\d\.\d/);
    await pictures("similarity");
  });

  it("is how alike each of several texts is to the one above them", async () => {
    await begin("sentences", "several.txt");
    await workbench.companion.ask("run", { command: "editor.action.insertCursorAtEndOfEachLineSelected" });
    await workbench.page.keyboard.press("Shift+Home");
    await workbench.command("Explain with Transformer: Explain with a second text…");
    await workbench.explained(/\d\.\d/);
    await until(async () => (await workbench.editor.notes()).match(/\d\.\d+/g)?.length === 2, "two notes");
    await pictures("similarity-several");
  });

  describe("in a narrow window, by keyboard alone", () => {
    /** Goes on with Tab in the panel until something has the focus. */
    async function tabTo(selector: string): Promise<void> {
      const frame = await workbench.panel.frame();
      await workbench.page.keyboard.press("Control+2");
      await until(async () => {
        await workbench.page.keyboard.press("Tab");
        return frame.evaluate((wanted) => document.activeElement?.matches(wanted) ?? false, selector);
      }, `the focus to be on ${selector}`);
    }

    /** How far the panel is wider than it can be seen. */
    async function overflow(): Promise<number> {
      const frame = await workbench.panel.frame();
      return frame.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    }

    beforeAll(async () => {
      await workbench.companion.ask("run", { command: "workbench.action.closeSidebar" });
      await workbench.page.setViewportSize({ width: 640, height: 900 });
    });

    afterAll(() => workbench.page.setViewportSize({ width: 1400, height: 900 }));

    it.each([
      ["entities", "tasks.txt", ".chips li:last-child .chip", /\d %/],
      ["questions", "tasks.txt", ".beside input", /\d %|no answer/],
      ["blanks", "blank.txt", ".classes tr:nth-child(2) .link", /\d %/],
      ["continuation", "tasks.txt", ".stripToken:last-child", /perplexity \d/],
      ["translation", "numbers.txt", ".stripToken:last-child", /perplexity \d/],
    ] as const)("are %s asked and explained", async (model, file, wanted, note) => {
      await begin(model, file);
      await workbench.page.keyboard.press("Control+Alt+X");
      if (model === "questions") {
        await answer("Question", "What opened?");
      }
      await workbench.explained(note);
      await workbench.panel.frame();
      expect(await overflow()).toBe(0);
      await pictures(`narrow-${model}`);
      await tabTo(wanted);
      if (model === "questions") {
        await workbench.page.keyboard.press("Control+A");
        await workbench.page.keyboard.type("Who was first?");
      }
      if (model === "blanks") {
        const before = await workbench.companion.ask("text", null);
        await workbench.page.keyboard.press("Enter");
        await until(
          async () => !(await workbench.companion.ask("text", null)).includes("[MASK]"),
          "a word in the blank",
        );
        await undo();
        await until(
          async () => (await workbench.companion.ask("text", null)) === before,
          "the blank to be there again",
        );
      } else {
        await workbench.page.keyboard.press("Enter");
        await workbench.explained(note);
      }
    });
  });

  it("leave no error behind", async () => {
    expect(await workbench.notifications()).toEqual([]);
  });
});
