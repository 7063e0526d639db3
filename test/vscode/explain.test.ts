import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { staleOpacity } from "../../src/editor/paint";
import { until } from "../support/until";
import { Workbench } from "../support/workbench";

const sentence =
  "A gorgeous, witty and seductive movie, though its unsubtle ending never quite earns the tears it asks for.";
const layers = 6;
const heads = 12;
const explainKey = "Control+Alt+X";

let workbench: Workbench;

beforeEach(({ onTestFailed, task }) => {
  onTestFailed(() => workbench?.tellFailure(task.name));
});

beforeAll(async () => {
  workbench = await Workbench.open();
});

// Each step goes on from where the one before it left the window, as a person does.
describe.sequential("a person explains a sentence", () => {
  it("is there once the editor has started, without an engine", async () => {
    expect(await workbench.companion.ask("extension", null)).toMatchObject({ present: true });
    await workbench.companion.ask("activate", null);
    expect(workbench.engines()).toEqual([]);
  });

  it("selects with the mouse and runs the command from the context menu", async () => {
    await workbench.openFile("reviews.md");
    await workbench.editor.select(sentence);
    await workbench.editor.contextMenu("gorgeous", "Explain with Transformer");
    expect(await workbench.explained()).toMatch(/positive \d+(\.\d)? ?%/);
    expect(await workbench.statusMatches(/positive \d/)).toMatch(/Owen values/);
  });

  it("sees both channels behind the words", async () => {
    const drawn = await workbench.editor.decorations();
    const coloured = drawn.filter(({ background }) => background !== "rgba(0, 0, 0, 0)");
    const barred = drawn.filter(({ bar, barColour }) => bar > 0 && barColour !== "rgba(0, 0, 0, 0)");
    expect(coloured.map(({ text }) => text)).toEqual(expect.arrayContaining(["gorgeous", "witty"]));
    expect(new Set(coloured.map(({ background }) => background)).size).toBeGreaterThan(3);
    expect(barred.length).toBeGreaterThanOrEqual(3);
    expect(new Set(barred.map(({ bar }) => bar)).size).toBeGreaterThan(1);
    const colourOf = (word: string) => coloured.find(({ text }) => text === word)?.background;
    expect(colourOf("gorgeous")).not.toBe(colourOf("never"));
    // Spaces between words are not coloured.
    expect(coloured.filter(({ text }) => text !== text.trim())).toEqual([]);
  });

  it("reads a word's numbers in a hover", async () => {
    await workbench.editor.click("movie");
    const words = await workbench.editor.hover("gorgeous");
    expect(words).toMatch(/piece gorgeous/);
    expect(words).toMatch(/Owen values(, estimated)?, coloured\s+\+\d\.\d{3}\s+\d+ of \d+/);
    expect(words).toMatch(/Mask and explain again/);
    await workbench.page.keyboard.press("Escape");
  });

  it("walks to the strongest word with the keyboard", async () => {
    await workbench.editor.click("camera");
    await workbench.page.keyboard.press("Control+Alt+Period");
    await workbench.statusMatches(/Ln 5, Col \d+/);
  });

  it("opens the panel and sees all heads drawn", async () => {
    await workbench.editor.contextMenu("seductive", "Show panel");
    const frame = await workbench.panel.section("Heads");
    await frame.getByRole("heading", { name: `${layers} layers × ${heads} heads, self-attention` }).waitFor();
    const colours = await until(async () => {
      const found = await workbench.panel.overviewColours(layers, heads);
      return found.every((count) => count >= 2) ? found : undefined;
    }, "every head to be drawn");
    expect(colours).toHaveLength(layers * heads);
  });

  it("clicks a head and walks on with the keyboard", async () => {
    const frame = await workbench.panel.frame();
    const box = await frame.locator(".overview canvas").boundingBox();
    const pitch = (box?.width ?? 0) / heads;
    await workbench.page.mouse.click((box?.x ?? 0) + 6.5 * pitch, (box?.y ?? 0) + 2.5 * pitch);
    await frame.getByRole("heading", { name: "Layer 3, head 7" }).waitFor();
    await until(async () => (await workbench.panel.coloursOf(".heatmap canvas")) > 10, "the heatmap to be drawn");
    await frame.locator(".overview-grid").focus();
    await workbench.page.keyboard.press("ArrowRight");
    await frame.getByRole("heading", { name: "Layer 3, head 8" }).waitFor();
    await workbench.page.keyboard.press("ArrowDown");
    await frame.getByRole("heading", { name: "Layer 4, head 8" }).waitFor();
  });

  it("masks a word in the panel and sees the prediction move", async () => {
    const frame = await workbench.panel.section("Tokens");
    await frame.locator(".unit", { hasText: "gorgeous" }).click();
    await frame.locator(".unit", { hasText: "witty" }).click();
    const moved = await until(async () => {
      const text = await frame
        .locator(".trial .moves")
        .innerText()
        .catch(() => "");
      return /(\d+(?:\.\d)?) ?% ?→ ?(?:\S+ )?(\d+(?:\.\d)?) ?%/.exec(text) ?? undefined;
    }, "the prediction to move");
    expect(moved[1]).not.toBe(moved[2]);
    await frame.getByRole("button", { name: "Reset" }).click();
  });

  it("edits inside the range, sees it marked stale, and runs again", async () => {
    await workbench.editor.cursorAfter("witty");
    await workbench.page.keyboard.type(" and very kind");
    await workbench.editor.notesMatch(/edited/);
    const opacities = await workbench.page.evaluate(() =>
      [...document.querySelectorAll(".editor-group-container .view-line span")].map(
        (span) => getComputedStyle(span).opacity,
      ),
    );
    expect(opacities).toContain(String(staleOpacity));
    await (await workbench.panel.frame()).getByText("The text has been edited since.").first().waitFor();
    await workbench.command("Explain again");
    await until(async () => !/edited/.test(await workbench.editor.notes()), "the note to be fresh");
    await workbench.explained();
    expect((await workbench.editor.decorations()).map(({ text }) => text)).toContain("kind");
  });

  it("cancels a long run and keeps what was there", async () => {
    const before = JSON.stringify(await workbench.editor.decorations());
    await startLongRun();
    await workbench.page.locator(".notification-list-item .monaco-button", { hasText: "Cancel" }).click();
    // Where the notification was, the pointer would light up a word of the panel.
    await workbench.page.mouse.move(5, 5);
    await until(
      async () => !/evaluations|(LIME|values) \d|%.*left/.test(await workbench.status()),
      "the status to calm down",
    );
    const drawn = async () => JSON.stringify(await workbench.editor.decorations());
    await until(async () => (await drawn()) === before, "the colours from before");
    expect(workbench.engines().length).toBeLessThanOrEqual(1);
  });

  it("recovers when the engine is killed in the middle of a run", async () => {
    await startLongRun();
    const [engine] = workbench.engines();
    expect(engine).toBeDefined();
    process.kill(engine?.pid ?? 0, "SIGKILL");
    await until(() => workbench.engines().some(({ pid }) => pid !== engine?.pid), "a new engine");
    await workbench.page.locator(".notification-list-item .monaco-button", { hasText: "Cancel" }).click();
    await settings({ "lime.mode": null, "lime.samples": null, "importance.method": null });
    await until(async () => !/evaluations|(LIME|values) \d|%.*left/.test(await workbench.status()), "the run to end");
    await workbench.editor.click("seductive");
    await workbench.page.keyboard.press(explainKey);
    await workbench.explained();
  });

  it("recovers when the engine was killed while idle", async () => {
    const killed = workbench.engines().map(({ pid }) => pid);
    for (const pid of killed) {
      process.kill(pid, "SIGKILL");
    }
    await until(() => !workbench.engines().some(({ pid }) => killed.includes(pid)), "the engine to be gone");
    await workbench.editor.click("camera");
    await workbench.page.keyboard.press(explainKey);
    await until(async () => (await workbench.editor.notes()).split(/positive|negative/).length === 3, "a second note");
    await workbench.explained();
    expect(workbench.engines()).toHaveLength(1);
  });

  it("finds the panel again after a reload", async () => {
    await workbench.editor.click("seductive");
    await until(async () => {
      const frame = await workbench.panel.frame();
      return (await frame.locator("main").innerText()).includes("seductive");
    }, "the panel to show the sentence");
    await workbench.reload("seductive");
    const frame = await workbench.panel.frame(60);
    await until(
      async () => (await frame.locator("main").innerText()).includes("seductive"),
      "the sentence in the panel",
    );
    await workbench.panel.section("Heads");
    const colours = await until(async () => {
      const found = await workbench.panel.overviewColours(layers, heads);
      return found.every((count) => count >= 2) ? found : undefined;
    }, "every head to be drawn");
    expect(colours).toHaveLength(layers * heads);
  });

  it("explains by gradients, whose sum the panel shows", async () => {
    await settings({
      methods: ["integratedGradients", "saliency", "rollout"],
      "importance.method": "integratedGradients",
    });
    await workbench.editor.click("seductive");
    await workbench.page.keyboard.press(explainKey);
    await workbench.explained();
    const frame = await workbench.panel.section("Tokens");
    await until(
      async () =>
        /base value .* \+ contributions .* = sum .*, the model says/.test(await frame.locator(".sum").innerText()),
      "the sum of integrated gradients in the panel",
    );
    await until(async () => !/evaluations|(LIME|values) \d|%.*left/.test(await workbench.status()), "the run to end");
    expect(await frame.locator(".unit[data-bucket='5']").allInnerTexts()).toEqual(["gorgeous"]);
    await workbench.screenshot("gradients-panel");
    await settings({ methods: null, "importance.method": null });
  });

  it("leaves no engine behind when the extension host is killed", async () => {
    await until(() => workbench.engines().length > 0, "an engine");
    process.kill(await workbench.companion.ask("pid", null), "SIGKILL");
    await until(() => workbench.engines().length === 0, "the engine to end");
  });
});

/** Starts a plain LIME run of 100,000 samples on the sentence and waits until its progress is on screen. */
async function startLongRun(): Promise<void> {
  await settings({ "lime.mode": "plain", "lime.samples": 100_000, "importance.method": "lime" });
  await workbench.editor.click("seductive");
  await workbench.page.keyboard.press(explainKey);
  await workbench.notification(/of 100.?000/);
}

async function settings(values: Record<string, unknown>): Promise<void> {
  for (const [name, value] of Object.entries(values)) {
    await workbench.companion.ask("setting", { name: `explainWithTransformer.${name}`, value });
  }
}

afterAll(async () => {
  expect(await workbench?.close()).toEqual([]);
});
