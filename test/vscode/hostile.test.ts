import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { makeBrokenModels } from "../support/brokenModels";
import { until } from "../support/until";
import { Workbench } from "../support/workbench";

let workbench: Workbench;
let models: Record<string, string>;

const texts = {
  "emoji.txt": "😀😃😄 👩‍👩‍👧‍👦 🇳🇱 👍🏽\n",
  "rightToLeft.txt": "هذا الفيلم رائع جدا والممثلون ممتازون\n",
  "special.txt": "A good film [SEP] with a [MASK] bad [CLS] ending\n",
  "lines.txt": "A film.\nA gorgeous, witty\nand seductive movie.\nIts end.\n",
  "empty.txt": "\n\n\n",
  "large.txt": "a good film that nobody will ever see twice, and rightly so\n".repeat(4000).slice(0, 200_000),
};

beforeAll(async () => {
  workbench = await Workbench.open();
  for (const [name, text] of Object.entries(texts)) {
    writeFileSync(path.join(workbench.folder, name), text);
  }
  writeFileSync(
    path.join(workbench.folder, "binary.bin"),
    Uint8Array.from({ length: 5000 }, (_, i) => (i * 7) % 256),
  );
  const folder = path.join(workbench.state, "models");
  mkdirSync(folder);
  models = makeBrokenModels(folder);
});

beforeEach(async ({ onTestFailed, task }) => {
  onTestFailed(() => workbench?.tellFailure(task.name));
  await workbench.companion.ask("run", { command: "workbench.action.closeAllEditors" });
  await workbench.clearNotifications();
});

/** Selects all of a file and explains it. */
async function explainAll(name: string): Promise<void> {
  const text = texts[name as keyof typeof texts] ?? "";
  const { characters } = await workbench.companion.ask("select", {
    file: path.join(workbench.folder, name),
    start: 0,
    end: text.length,
  });
  expect(characters).toBe(text.length);
  await workbench.page.locator(".tab.active", { hasText: name }).waitFor();
  await workbench.companion.ask("run", { command: "explainWithTransformer.explainSelection" });
}

/** One plain sentence that says what to do: nothing of stacks, paths of code, or objects. */
function expectSentence(words: string): void {
  expect(words).toMatch(/^[A-Z].*\.$/s);
  expect(words).not.toMatch(/\n {4}at |\[object|undefined|Error:|\.cjs|\.ts:/);
}

describe.sequential("hostile and odd input", () => {
  it("says that there is no text on an empty line", async () => {
    await explainAll("empty.txt");
    expectSentence(await workbench.notification(/There is no text/));
  });

  it("says of 200,000 selected characters that they are too many", async () => {
    await explainAll("large.txt");
    expectSentence(await workbench.notification(/200.?000 characters/));
  });

  it("says that a binary file is not text", async () => {
    await workbench.companion.ask("openFile", { file: path.join(workbench.folder, "binary.bin") });
    await workbench.page.locator(".tab.active", { hasText: "binary.bin" }).waitFor();
    await workbench.companion.ask("run", { command: "explainWithTransformer.explainSelection" });
    expectSentence(await workbench.notification(/text file|binary/));
  });

  it("explains emoji", async () => {
    await explainAll("emoji.txt");
    await workbench.explained();
  });

  it("explains text that runs from right to left, each coloured stretch within a word", async () => {
    await explainAll("rightToLeft.txt");
    await workbench.explained();
    const drawn = await until(async () => {
      const found = await workbench.editor.decorations();
      return found.length > 0 ? found : undefined;
    }, "decorations");
    expect(drawn.filter(({ text }) => /\S\s+\S/.test(text))).toEqual([]);
  });

  it("keeps the colours of several lines when the line ends change", async () => {
    await explainAll("lines.txt");
    await workbench.explained();
    const before = await workbench.editor.decorations();
    expect(before.map(({ text }) => text)).toEqual(expect.arrayContaining(["gorgeous", "seductive"]));
    for (const crlf of [true, false]) {
      await workbench.companion.ask("lineEnds", { crlf });
      await workbench.statusMatches(crlf ? /\bCRLF\b/ : /\bLF\b/);
      await until(async () => {
        const now = await workbench.editor.decorations();
        return JSON.stringify(now) === JSON.stringify(before) && !/edited/.test(await workbench.editor.notes());
      }, "the same colours in the same places");
    }
    await workbench.companion.ask("run", { command: "workbench.action.files.revert" });
  });

  it("explains text that spells special tokens", async () => {
    await explainAll("special.txt");
    await workbench.explained();
    expect((await workbench.editor.decorations()).map(({ text }) => text)).toContain("good");
  });

  it.each([
    ["missing", /There is no model folder/],
    ["truncated", /damaged/],
    ["not ONNX", /not an ONNX model/],
    ["external data outside its folder", /not safe/],
    ["absurd lengths", /damaged/],
  ])("answers a model folder that is broken (%s) with one sentence", async (kind, pattern) => {
    await workbench.companion.ask("setting", { name: "explainWithTransformer.model.path", value: models[kind] });
    await explainAll("special.txt");
    expectSentence(await workbench.notification(pattern));
    // How far the run is may be shown for a moment more.
    const sentences = (await workbench.notifications()).filter(
      (words) => !words.startsWith("Explain with Transformer"),
    );
    expect(sentences).toHaveLength(1);
    expect(workbench.engines().length).toBeLessThanOrEqual(1);
  });

  it("tries again from the panel what failed, where the text is by then", async () => {
    await workbench.companion.ask("setting", { name: "explainWithTransformer.model.path", value: models.missing });
    await workbench.companion.ask("openFile", { file: path.join(workbench.folder, "special.txt") });
    await workbench.companion.ask("run", { command: "explainWithTransformer.showPanel" });
    await workbench.panel.frame();
    await explainAll("special.txt");
    const tryAgain = (await workbench.panel.frame()).getByRole("button", { name: "Try again" });
    await tryAgain.waitFor();
    await workbench.editor.click("A good");
    await workbench.page.keyboard.press("Home");
    await workbench.page.keyboard.type("Well: ");
    await workbench.companion.ask("setting", { name: "explainWithTransformer.model.path", value: null });
    await tryAgain.focus();
    await workbench.page.keyboard.press("Enter");
    await workbench.explained();
    await tryAgain.waitFor({ state: "hidden" });
    const drawn = (await workbench.editor.decorations()).map(({ text }) => text);
    expect(drawn).toContain("good");
    expect(drawn).not.toContain("Well");
    await workbench.companion.ask("run", { command: "workbench.action.files.revert" });
  });

  it("works again with a good model afterwards", async () => {
    await workbench.companion.ask("run", { command: "explainWithTransformer.clearAll" });
    await explainAll("special.txt");
    await workbench.explained();
    expect(workbench.engines()).toHaveLength(1);
  });

  it("leaves nothing running", async () => {
    expect(await workbench.close()).toEqual([]);
  });
});

afterAll(async () => {
  await workbench?.close().catch(() => undefined);
});
