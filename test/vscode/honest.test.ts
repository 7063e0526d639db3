import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { atRest } from "../support/settled";
import { until } from "../support/until";
import { Workbench } from "../support/workbench";

const good = "A gorgeous, witty and seductive movie.";
const bad = "The camera lingers too long on everything, and the plot is an overlong mess.";

let workbench: Workbench;

beforeEach(({ onTestFailed, task }) => {
  onTestFailed(() => workbench?.tellFailure(task.name));
});

beforeAll(async () => {
  workbench = await Workbench.open({
    settings: { "editor.minimap.enabled": true, "editor.occurrencesHighlight": "singleFile" },
  });
});

afterAll(async () => {
  expect(await workbench?.close()).toEqual([]);
});

/** Explains a text of the sample in a new file, with the keyboard. */
async function explain(text: string): Promise<void> {
  await workbench.editor.select(text);
  await workbench.page.keyboard.press("Control+Alt+X");
  await workbench.explained();
}

// Each step goes on from where the one before it left the window.
describe.sequential("what a person sees", () => {
  it("offers a sample in an empty window, and opens the panel beside its explanation, once", async () => {
    await workbench.command("Explain with Transformer: Explain a sample");
    await workbench.explained();
    await workbench.editor.notesMatch(/positive .* Owen values/);
    await workbench.panel.frame();
    await workbench.screenshot("first-window");
  });

  it("keeps the note in a line of its own: no words run beside the text, and nothing scrolls sideways", async () => {
    await workbench.page.keyboard.press("Control+N");
    await workbench.page.keyboard.type(`${good} ${bad} Unexplained.`);
    await explain(good);
    await explain(bad);
    await workbench.editor.notesMatch(/“A gor.*positive[\s\S]*“The cam.*negative/, 60);
    const overflow = await workbench.page.evaluate(() => {
      const editor = document.querySelector(".editor-group-container.active .monaco-editor .overflow-guard");
      const bar = editor?.querySelector(".monaco-scrollable-element > .scrollbar.horizontal .slider");
      const track = bar?.parentElement;
      return bar && track ? bar.clientWidth < track.clientWidth : null;
    });
    expect(overflow).toBe(false);
  });

  it("leaves the word at the cursor its colour: the editor marks it elsewhere only", async () => {
    const marked = () => workbench.page.locator(".editor-group-container.active .wordHighlightText").count();
    await workbench.editor.click("Unexplained");
    await until(async () => (await marked()) > 0, "the editor's own mark");
    await workbench.editor.click("gorgeous");
    await atRest(workbench.page);
    expect(await marked()).toBe(0);
  });

  it("gives each of two opposed classes one colour, whichever is explained", async () => {
    const drawn = await until(async () => {
      const found = await workbench.editor.decorations();
      return found.some(({ text }) => text === "gorgeous") && found.some(({ text }) => text === "mess")
        ? found
        : undefined;
    }, "both colours");
    const blueness = (word: string): number => {
      const colour = drawn.find(({ text, background }) => text === word && background !== "rgba(0, 0, 0, 0)");
      const [red = 0, , blue = 0] = (colour?.background.match(/[\d.]+/g) ?? []).map(Number);
      return blue - red;
    };
    expect(blueness("gorgeous")).toBeGreaterThan(0);
    expect(blueness("mess")).toBeLessThan(0);
    await workbench.screenshot("two-classes-dark");
  });

  it("walks to the strongest word and shows its hover", async () => {
    await workbench.editor.click("gorgeous");
    await workbench.page.keyboard.press("Control+Alt+Period");
    const words = await until(async () => {
      const hovers = await workbench.page.locator(".monaco-hover:not(.hidden) .hover-contents").allInnerTexts();
      return hovers.find((text) => /Owen values, coloured/.test(text));
    }, "the hover");
    expect(words).toMatch(/1 of \d+/);
    await workbench.page.keyboard.press("Escape");
  });

  it("shows a masked word as masked", async () => {
    await workbench.editor.contextMenu("gorgeous", "Mask token and explain again");
    await workbench.editor.notesMatch(/1 token masked/, 60);
    const struck = await workbench.page.evaluate(() =>
      [...document.querySelectorAll(".editor-group-container .view-line span")]
        .filter((span) => getComputedStyle(span).textDecorationLine === "line-through")
        .map((span) => span.textContent),
    );
    expect(struck).toEqual(["gorgeous"]);
    await workbench.screenshot("masked-dark");
  });
});
