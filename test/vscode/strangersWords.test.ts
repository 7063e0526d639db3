import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { carriers, changedModel, strangersWords } from "../support/carriers";
import { until } from "../support/until";
import { Workbench } from "../support/workbench";

/** What no words on screen may hold: control characters, other directions, characters that are not seen. */
const unseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
const kinds = Object.keys(strangersWords) as (keyof typeof strangersWords)[];
/** Every way into a sentence with one kind of words, and the first with every kind; `test/engine/strangersWords.test.ts` has all with all. */
const shownHere = carriers.flatMap((carrier, at) =>
  (at === 0 ? kinds : [kinds[at % kinds.length] ?? "a link that runs a command"]).map((kind) => ({ ...carrier, kind })),
);

let workbench: Workbench;
let models: string;
let count = 0;

beforeAll(async () => {
  workbench = await Workbench.open();
  models = path.join(workbench.state, "models");
  mkdirSync(models);
  writeFileSync(path.join(workbench.folder, "film.txt"), "A gorgeous film\n");
});

beforeEach(async ({ onTestFailed, task }) => {
  onTestFailed(() => workbench?.tellFailure(task.name));
});

/** Explains the text with the model that the settings name. */
async function explainWith({ directory, file }: { directory: string; file: string | null }): Promise<void> {
  await workbench.clearNotifications();
  await workbench.companion.ask("setting", { name: "explainWithTransformer.model.path", value: directory });
  await workbench.companion.ask("setting", { name: "explainWithTransformer.model.file", value: file });
  await workbench.companion.ask("select", { file: path.join(workbench.folder, "film.txt"), start: 0, end: 15 });
  await workbench.companion.ask("run", { command: "explainWithTransformer.explainSelection" });
}

function newFolder(): string {
  count += 1;
  return path.join(models, `m${count}`);
}

/** What a part of the window shows: its words, and what could be clicked or is drawn in it because of them. */
async function shownIn(selector: string): Promise<{ words: string; links: number; icons: number }> {
  const part = workbench.page.locator(selector);
  return {
    words: (await part.allInnerTexts()).join(" "),
    links: await part
      .locator("a[href], a[data-href], a[title], a:not(.monaco-button, .action-label, .statusbar-item-label)")
      .count(),
    icons: await part.locator(".codicon-trash").count(),
  };
}

async function terminals(): Promise<number> {
  return workbench.page.locator(".terminal-outer-container, .terminal-tabs-entry, .xterm").count();
}

describe.sequential("words of a stranger's model", () => {
  it.each(shownHere)("are inert in the message about its $name: $kind", async ({ name, sentence, make, kind }) => {
    await explainWith(make(newFolder(), strangersWords[kind]));
    const message = await workbench.notification(sentence);
    const shown = await shownIn(".notification-list-item-message");
    await workbench.settledScreenshot(`words-${name.replace(/\W+/g, "-")}`);
    expect(shown).toMatchObject({ links: 0, icons: 0 });
    expect(shown.words).not.toMatch(unseen);
    expect(message.length).toBeLessThan(600);
    // Where the link would be is text: pressing it does nothing.
    const place = (await workbench.notifications()).indexOf(message);
    await workbench.page.locator(".notification-list-item-message:visible").nth(place).click();
    expect(await terminals()).toBe(0);
  });

  it.each([
    ["hostile", Object.values(strangersWords).join(" "), "[Repair the model] (command:", "[Repair the model]("],
    ["arabic", "\u202eإيجابي\n好的", "إيجابي 好的", "إيجابي 好的"],
  ])("are inert as labels: in status bar, note, hover and panel (%s)", async (name, label, inert, whole) => {
    const directory = changedModel(newFolder(), { config: { id2label: { 0: "not that", 1: label } } });
    await explainWith({ directory, file: null });
    await workbench.explained(/\d %/);
    // The editor asks for a note late, and shows the one before it until then.
    const note = await until(async () => {
      const shown = await workbench.editor.notes();
      return shown.includes(inert) ? shown : undefined;
    }, "the note");
    const status = await workbench.statusMatches(/Owen values/);
    for (const words of [note, status]) {
      expect(words).toContain(inert);
      expect(words.replaceAll("\u200b", "")).not.toMatch(/[\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/);
    }
    // A hover that came before the masked prediction is shown without it, and the next one with it.
    await until(async () => {
      await workbench.page.keyboard.press("Escape");
      await workbench.page.mouse.move(5, 5);
      await workbench.page.locator(".monaco-hover:visible").waitFor({ state: "hidden" });
      return /Masked: .* → /.test(await workbench.editor.hover("gorgeous"));
    }, "the hover");
    expect(await workbench.page.locator(".monaco-hover:visible a", { hasText: "Repair" }).count()).toBe(0);
    expect((await shownIn(".monaco-hover:visible")).icons).toBe(0);
    expect(await workbench.page.locator(".statusbar-item .codicon-trash").count()).toBe(0);
    await workbench.settledScreenshot(`words-labels-${name}-hover`);
    await workbench.companion.ask("run", { command: "explainWithTransformer.showPanel" });
    const panel = await workbench.panel.frame();
    for (const place of ["h1", ".contributions h2", ".legend"]) {
      await panel.locator(`${place} bdi`, { hasText: whole }).first().waitFor();
    }
    expect(await panel.locator("a").count()).toBe(0);
    expect((await panel.locator("main").innerText()).replaceAll("\n", "")).not.toMatch(/[\u061c\u200f\u2028-\u202e]/);
    await workbench.page.keyboard.press("Escape");
    await workbench.page.locator(".monaco-hover:visible").waitFor({ state: "hidden" });
    await workbench.settledScreenshot(`words-labels-${name}-dark`);
    await workbench.companion.ask("setting", { name: "workbench.colorTheme", value: "Default Light Modern" });
    await workbench.page.locator(".monaco-workbench.vs").waitFor();
    await workbench.settledScreenshot(`words-labels-${name}-light`);
    await workbench.companion.ask("setting", { name: "workbench.colorTheme", value: "Default Dark Modern" });
    await workbench.page.locator(".monaco-workbench.vs-dark").waitFor();
    expect(await terminals()).toBe(0);
  });

  it("are inert as names of folders that can be chosen", async () => {
    const hostile = "[a](command:workbench.action.terminal.new) $(trash)\u202eb";
    changedModel(path.join(workbench.folder, hostile), {});
    await workbench.companion.ask("run", { command: "explainWithTransformer.chooseModel" });
    const row = workbench.page.locator(".quick-input-list .monaco-list-row", { hasText: "[a] (command:" });
    await row.waitFor();
    await workbench.settledScreenshot("words-picker");
    expect(await row.locator(".codicon-trash, a[href]").count()).toBe(0);
    expect((await row.innerText()).replaceAll("\n", " ")).not.toMatch(unseen);
    await row.click();
    const status = await workbench.statusMatches(
      /Model: \[a\] \(command:workbench\.action\.terminal\.new\) \$ \(trash\)b/,
    );
    expect(status.replaceAll("\u200b", "")).not.toMatch(/[\u2028-\u202e]/);
    expect(await workbench.page.locator(".statusbar-item .codicon-trash").count()).toBe(0);
    expect(await terminals()).toBe(0);
  });

  it("leaves nothing running", async () => {
    expect(await workbench.close()).toEqual([]);
  });
});

afterAll(async () => {
  await workbench?.close().catch(() => undefined);
});
