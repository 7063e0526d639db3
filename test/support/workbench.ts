import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Browser, Page } from "playwright-core";
import { installExtensions, quietSettings, startCodeServer } from "../../scripts/lib/codeServer.mjs";
import { ownTarget, packageFolder, resultsFolder, root } from "../../scripts/lib/paths.mjs";
import { launchBrowser } from "./browser";
import { Companion, packCompanion } from "./companion";
import { EditorView } from "./editorView";
import { PanelView } from "./panelView";
import { processesWith } from "./processes";
import { until } from "./until";

/** Settings that make a picture or a test repeatable. */
const testSettings = {
  ...quietSettings,
  "breadcrumbs.enabled": false,
  "editor.cursorBlinking": "solid",
  "editor.fontSize": 14,
  "editor.hover.delay": 100,
  "editor.hover.sticky": true,
  "editor.minimap.enabled": false,
  "editor.occurrencesHighlight": "off",
  "editor.selectionHighlight": false,
  "editor.stickyScroll.enabled": false,
  "editor.wordWrap": "on",
  "files.autoSave": "off",
  "keyboard.dispatch": "code",
  "markdown.validate.enabled": false,
  "window.newWindowDimensions": "inherit",
  "workbench.activityBar.location": "hidden",
  "workbench.colorTheme": "Default Dark Modern",
  "workbench.editor.enablePreview": false,
  "workbench.layoutControl.enabled": false,
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "workbench.sideBar.location": "left",
};

/** How a workbench is opened. */
export interface WorkbenchOptions {
  readonly settings?: Record<string, unknown>;
  readonly width?: number;
  readonly height?: number;
}

/** Where both extensions are installed already, for all files of tests of a run. */
const installed = "EXPLAIN_TEST_EXTENSIONS";

/** Installs the packaged extension and the companion as a person would, once, for every {@link Workbench} of this process and those it starts; what it returns removes them. */
export async function installForAll(): Promise<() => void> {
  const state = mkdtempSync(path.join(tmpdir(), "explain-installed-"));
  await installExtensions(state, [packagedExtension(), await packCompanion(state)]);
  process.env[installed] = path.join(state, "extensions");
  return () => {
    delete process.env[installed];
    rmSync(state, { recursive: true, force: true, maxRetries: 3 });
  };
}

/** The packaged extension of this machine's kind, or a sentence that says how to make it. */
export function packagedExtension(): string {
  const file = path.join(packageFolder, `explain-with-transformer-${ownTarget}.vsix`);
  if (!existsSync(file)) {
    throw new Error(`${file} is missing: run \`npm run package -- ${ownTarget}\` first.`);
  }
  return file;
}

/** A real VS Code, in a browser, with the packaged extension installed and a copy of `samples/` open. */
export class Workbench {
  readonly page: Page;
  readonly editor: EditorView;
  readonly panel: PanelView;
  readonly companion: Companion;
  /** The copy of `samples/`. */
  readonly folder: string;
  /** Everything of this run: user data, extensions, the copy. */
  readonly state: string;
  /** How many explanations the extension host had got when the last was waited for. */
  #explanations = 0;
  readonly #browser: Browser;
  readonly #server: Awaited<ReturnType<typeof startCodeServer>>;

  private constructor(parts: {
    page: Page;
    browser: Browser;
    server: Awaited<ReturnType<typeof startCodeServer>>;
    companion: Companion;
    folder: string;
  }) {
    this.page = parts.page;
    this.folder = parts.folder;
    this.state = parts.server.state;
    this.companion = parts.companion;
    this.#browser = parts.browser;
    this.#server = parts.server;
    this.editor = new EditorView(parts.page);
    this.panel = new PanelView(parts.page);
  }

  static async open(options: WorkbenchOptions = {}): Promise<Workbench> {
    const state = mkdtempSync(path.join(tmpdir(), "explain-test-"));
    const folder = path.join(state, "samples");
    cpSync(path.join(root, "samples"), folder, { recursive: true });
    const companion = new Companion(state);
    process.env.COMPANION_PORT_FILE = companion.portFile;
    const from = process.env[installed];
    if (from === undefined) {
      await installExtensions(state, [packagedExtension(), await packCompanion(state)]);
    } else {
      cpSync(from, path.join(state, "extensions"), { recursive: true });
    }
    const server = await startCodeServer({
      state,
      settings: { ...testSettings, ...options.settings },
      folder,
      graceSeconds: 5,
    });
    const browser = await launchBrowser();
    const page = await browser.newPage({ viewport: { width: options.width ?? 1400, height: options.height ?? 900 } });
    page.setDefaultTimeout(120_000);
    await page.goto(server.url);
    const workbench = new Workbench({ page, browser, server, companion, folder });
    await workbench.ready();
    return workbench;
  }

  /** Waits until the workbench is there and its extension host answers. */
  async ready(): Promise<void> {
    await this.page.locator(".monaco-workbench").waitFor();
    await this.companion.ask("extension", null);
  }

  /**
   * Reloads the window, as a person would, once the editor remembers how it is: in a browser it writes that down every five seconds only. `words` are some that
   * the panel shows now, and did not before.
   */
  async reload(words?: string): Promise<void> {
    if (words !== undefined) {
      await until(
        async () => (await this.page.evaluate(rememberedLayout)).includes(words),
        `"${words}" to be remembered`,
      );
    }
    this.companion.forget();
    this.#explanations = 0;
    await this.page.reload();
    await this.ready();
  }

  /** Does something while the window is so tall that long lists are drawn whole. */
  async tall<T>(work: () => Promise<T>): Promise<T> {
    const size = this.page.viewportSize() ?? { width: 1400, height: 900 };
    await this.page.setViewportSize({ ...size, height: 4000 });
    try {
      return await work();
    } finally {
      await this.page.setViewportSize(size);
    }
  }

  /** Opens a file of the folder through quick open. */
  async openFile(name: string): Promise<void> {
    await this.page.keyboard.press("Control+P");
    await this.#choose(name, path.basename(name));
    await this.page.locator(".tab.active", { hasText: path.basename(name) }).waitFor();
    await this.page.locator(".editor-group-container.active .view-lines").waitFor();
  }

  /** Runs a command by its title from the palette. */
  async command(title: string): Promise<void> {
    await this.page.keyboard.press("F1");
    await this.#choose(`>${title}`, title);
  }

  /** Writes into the list that is open and clicks an entry: the one that has the focus may be another while the list is still being found. */
  async #choose(written: string, entry: string): Promise<void> {
    const list = this.page.locator(".quick-input-widget:visible");
    await list.locator("input").fill(written);
    await list.locator(".quick-input-list .monaco-list-row", { hasText: entry }).first().click();
  }

  /** The words of all status items, joined. */
  async status(): Promise<string> {
    const texts = await this.page.locator(".statusbar-item:visible").allInnerTexts();
    return texts.map((text) => text.trim()).join(" | ");
  }

  /** Waits for the status bar to match. */
  async statusMatches(pattern: RegExp, seconds = 120): Promise<string> {
    return until(
      async () => {
        const text = await this.status();
        return pattern.test(text) ? text : undefined;
      },
      `the status bar to match ${pattern}`,
      seconds,
    );
  }

  /** The sentences of the notifications on screen. */
  async notifications(): Promise<string[]> {
    const items = ".notification-list-item:visible .notification-list-item-message";
    const texts = await this.page.locator(items).allInnerTexts();
    return texts.map((text) => text.trim());
  }

  /**
   * Waits for a notification that matches and returns its sentence. Of more than three within a second the editor shows the first three alone, and has the others in
   * its list, which is opened where the bell says so: opened too early, it would go on showing what was taken away since.
   */
  async notification(pattern: RegExp, seconds = 120): Promise<string> {
    return until(
      async () => {
        const found = (await this.notifications()).find((text) => pattern.test(text));
        if (found === undefined && (await this.page.locator(".statusbar-item .codicon-bell-dot").first().isVisible())) {
          await this.companion.ask("run", { command: "notifications.showList" });
        }
        return found;
      },
      `a notification that matches ${pattern}`,
      seconds,
    );
  }

  /** Waits until a run has ended since the last call, none is going on and the text on screen has its note, which matches. */
  async explained(pattern = /(positive|negative) \d/): Promise<string> {
    const ended = () => this.companion.ask("explanations", null);
    await until(async () => (await ended()) > this.#explanations, "a run to end");
    const isRunning = async () => (await this.page.locator(".statusbar-item .codicon-loading:visible").count()) > 0;
    await until(async () => !(await isRunning()), "the last run to end");
    this.#explanations = await ended();
    return await this.editor.notesMatch(pattern);
  }

  /** Takes all notifications away; one that comes while they go is taken too. */
  async clearNotifications(): Promise<void> {
    await until(async () => {
      await this.companion.ask("run", { command: "notifications.clearAll" });
      return (await this.notifications()).length === 0;
    }, "all notifications to go");
  }

  /** The engine processes of the installed extension. */
  engines(): { pid: number }[] {
    return processesWith(path.join(this.state, "extensions")).filter(({ command }) => command.includes("engine.cjs"));
  }

  /** Saves a picture of the window, or of a part of it, under the results; with UPDATE_IMAGES=1 also in `docs/images` if the README shows it. */
  async screenshot(name: string, clip?: { x: number; y: number; width: number; height: number }): Promise<void> {
    const picture = await this.page.screenshot(clip ? { clip } : {});
    const folders = [path.join(resultsFolder, "screenshots")];
    const shown = () => readFileSync(path.join(root, "README.md"), "utf8").includes(`docs/images/${name}.png`);
    if (process.env.UPDATE_IMAGES === "1" && shown()) {
      folders.push(path.join(root, "docs/images"));
    }
    for (const folder of folders) {
      mkdirSync(folder, { recursive: true });
      writeFileSync(path.join(folder, `${name}.png`), picture);
    }
  }

  /** Keeps a picture of the window at the end of a test that failed, and prints what could be read in it. */
  async tellFailure(test: string): Promise<void> {
    await this.screenshot(`failed-${test.replace(/\W+/g, "-")}`);
    const panel = (await this.panel.isOpen()) ? await (await this.panel.frame()).locator("main").innerText() : null;
    const seen = { status: await this.status(), notifications: await this.notifications(), panel };
    console.error(`At the end of "${test}" the window had ${JSON.stringify(seen, null, 2)}`);
  }

  /** As {@link screenshot}, after what comes and goes has come or gone. */
  async settledScreenshot(name: string): Promise<void> {
    await this.page.evaluate(() =>
      Promise.all(
        document
          .getAnimations()
          .filter(({ effect }) => effect?.getComputedTiming().iterations !== Number.POSITIVE_INFINITY)
          .map(({ finished }) => finished.catch(() => undefined)),
      ),
    );
    await this.screenshot(name);
  }

  /** What the server has printed. */
  serverOutput(): string {
    return this.#server.output();
  }

  #closed: { pid: number; command: string }[] | undefined;

  /** Ends the browser and the server, and removes what they wrote. Returns the processes that are still there afterwards. */
  async close(): Promise<{ pid: number; command: string }[]> {
    if (this.#closed) {
      return this.#closed;
    }
    await this.#browser.close();
    await this.#server.stop();
    const left = () => processesWith(this.state);
    await until(() => left().length === 0, "all processes to end").catch(() => undefined);
    const remaining = left();
    rmSync(this.state, { recursive: true, force: true, maxRetries: 3 });
    this.#closed = remaining;
    return remaining;
  }
}

/** What the editor has written down of its editors and their web views, all of it in one string. Runs in the page. */
async function rememberedLayout(): Promise<string> {
  const result = <T>(request: IDBRequest<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  const found: unknown[] = [];
  for (const { name = "" } of await indexedDB.databases()) {
    const database = await result(indexedDB.open(name));
    if (database.objectStoreNames.contains("ItemTable")) {
      const store = database.transaction("ItemTable", "readonly").objectStore("ItemTable");
      found.push(await result(store.get("memento/workbench.parts.editor")));
    }
    database.close();
  }
  return JSON.stringify(found);
}
