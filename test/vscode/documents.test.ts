import { writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Workbench } from "../support/workbench";

let workbench: Workbench;

const files = {
  "page.md":
    "# Reviews\n\nA **gorgeous**, witty [movie](http://example.org/dull) &amp; more.\n\n\nAnother, dull one.\n",
  "rows.jsonl":
    '{"id": 1, "text": "A \\"gorgeous\\" caf\\u00e9 scene, w\\u0069tty and moving", "label": "negative"}\n{"id": 2, "text": "dull"}\n',
  "code.py": "# A gorgeous comment that\n# goes on, witty and moving.\nx = 'a dull string'\n",
  "page.html": "<p>A <b>gorgeous</b>, witty caf&eacute; scene.</p>\n<script>let dull = 1;</script>\n",
};

beforeAll(async () => {
  workbench = await Workbench.open();
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(path.join(workbench.folder, name), text);
  }
});

beforeEach(async ({ onTestFailed, task }) => {
  onTestFailed(() => workbench?.tellFailure(task.name));
  await workbench.companion.ask("run", { command: "workbench.action.closeAllEditors" });
  await workbench.clearNotifications();
});

afterAll(() => workbench?.close());

/** Puts the cursor before some words of a file and runs the command. */
async function explainAt(name: keyof typeof files, words: string): Promise<void> {
  const start = files[name].indexOf(words);
  await workbench.companion.ask("select", { file: path.join(workbench.folder, name), start, end: start });
  await workbench.page.locator(".tab.active", { hasText: name }).waitFor();
  await workbench.companion.ask("run", { command: "explainWithTransformer.explainSelection" });
}

/** The words of the document that have a colour or a bar. */
async function drawnWords(): Promise<string[]> {
  await workbench.explained();
  const drawn = await workbench.editor.decorations();
  return drawn.filter(({ background, bar }) => background !== "rgba(0, 0, 0, 0)" || bar > 0).map(({ text }) => text);
}

describe.sequential("the text inside documents", () => {
  it("says that there is nothing on a blank line", async () => {
    await explainAt("page.md", "\nAnother");
    expect(await workbench.notification(/blank line/)).toMatch(/nothing to explain/);
  });

  it("colours the words of a Markdown sentence, and neither marks nor addresses", async () => {
    await explainAt("page.md", "witty");
    const words = await drawnWords();
    expect(words).toEqual(expect.arrayContaining(["gorgeous", "witty", "movie"]));
    expect(words.join(" ")).not.toMatch(/\*|http|example|dull|\[/);
    expect(await workbench.editor.hover("gorgeous")).toMatch(/piece gorgeous[\s\S]*Use the raw text/);
    await workbench.page.keyboard.press("Escape");
  });

  it("says in the panel what was read and what was left out", async () => {
    await explainAt("page.md", "witty");
    await workbench.explained();
    await workbench.companion.ask("run", { command: "explainWithTransformer.showPanel" });
    const frame = await workbench.panel.frame();
    await frame.getByText("Read: 1 sentence of Markdown; left out: marks, 1 link address.").waitFor();
    await frame.getByRole("button", { name: "Use the raw text" }).click();
    await frame.getByText("**").first().waitFor();
    expect(await frame.locator(".reading").isHidden()).toBe(true);
  });

  it("explains a JSON value alone, and colours an escape as the character it stands for", async () => {
    await explainAt("rows.jsonl", "moving");
    const words = await drawnWords();
    expect(words).toContain("moving");
    expect(words.join(" ")).toContain("w\\u0069tty");
    expect(words.join(" ")).not.toMatch(/label|negative|id|text|dull/);
  });

  it("joins the lines of a comment, and takes HTML as a page shows it", async () => {
    await explainAt("code.py", "gorgeous");
    const comment = await drawnWords();
    expect(comment.join(" ")).toMatch(/gorgeous.*moving.*witty/);
    expect(comment.join(" ")).not.toMatch(/#|dull/);
    await workbench.companion.ask("run", { command: "workbench.action.closeAllEditors" });
    await explainAt("page.html", "witty");
    const page = await drawnWords();
    expect(page).toEqual(expect.arrayContaining(["gorgeous", "witty"]));
    expect(page.join(" ")).not.toMatch(/<|>|dull/);
  });
});
