import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { HubServer } from "../support/hubServer";
import { ModelsView } from "../support/modelsView";
import { inThemes } from "../support/themes";
import { until } from "../support/until";
import { Workbench } from "../support/workbench";

const commit = "0123456789abcdef0123456789abcdef01234567";
const sentiment = path.resolve("models/sentiment");

let server: HubServer;
let workbench: Workbench;
let cache: string;

beforeAll(async () => {
  server = await HubServer.start();
  const names = ["README.md", "config.json", "tokenizer.json", "tokenizer_config.json", "onnx/model.onnx"];
  const files = Object.fromEntries(names.map((name) => [name, readFileSync(path.join(sentiment, name))]));
  const about = { commit, task: "text-classification", licence: "apache-2.0", downloads: 12_345 };
  server.add("films/sentiment", {
    ...about,
    files: { ...files, "onnx/model_fp16.onnx": Buffer.from("of another precision") },
    tags: ["onnx"],
  });
  server.add("films/<b>sentiment", { ...about, files, downloads: 9 });
  server.add("films/private", { ...about, files, gatedFor: "hf_secret", downloads: 3 });
  cache = mkdtempSync(path.join(tmpdir(), "explain-hub-"));
  vi.stubEnv("HF_ENDPOINT", server.endpoint);
  vi.stubEnv("HF_HUB_CACHE", path.join(cache, "hub"));
  vi.stubEnv("HF_HOME", cache);
  workbench = await Workbench.open({ settings: { "workbench.activityBar.location": "default" } });
});

beforeEach(({ onTestFailed, task }) => {
  server.fault = () => undefined;
  server.asked.length = 0;
  onTestFailed(() => workbench?.tellFailure(task.name));
});

afterAll(async () => {
  vi.unstubAllEnvs();
  expect(await workbench?.close()).toEqual([]);
  await server?.close();
  rmSync(cache, { recursive: true, force: true });
});

const folderOf = (name: string) => path.join(cache, "hub", `models--${name.replace("/", "--")}`);
const list = () => workbench.page.locator(".quick-input-widget:visible");
const rows = () => list().locator(".monaco-list-row");
const dialogue = () => workbench.page.locator(".monaco-dialog-box");
const large = () => server.asked.filter(({ host }) => host === "large");

/** Pictures of the window. */
function pictures(name: string): Promise<void> {
  return inThemes(workbench, (theme) => workbench.settledScreenshot(`${name}-${theme}`));
}

/** Opens the list and writes into it, as a person does. */
async function ask(words: string): Promise<void> {
  await workbench.command("Download model…");
  await workbench.page.locator(".quick-input-widget:visible", { hasText: "Download a model from" }).waitFor();
  await workbench.page.keyboard.type(words);
}

/** Writes a model's name, takes it, and of its files the usual one. */
async function choose(name: string, file?: string): Promise<void> {
  await ask(name);
  await rows().filter({ hasText: name }).first().waitFor();
  const search = workbench.page.locator(".quick-input-widget:visible", { hasText: "Download a model from" });
  // A list that is just being replaced takes no key.
  await until(async () => {
    if (await search.isVisible()) {
      await workbench.page.keyboard.press("Enter");
    }
    await search.waitFor({ state: "hidden", timeout: 5000 }).catch(() => undefined);
    return !(await search.isVisible());
  }, `"${name}" to be taken`);
  if (file !== undefined) {
    await workbench.page.locator(".quick-input-widget:visible", { hasText: `Files of ${name}` }).waitFor();
    await workbench.page.keyboard.press("Enter");
  }
}

/** The notification that has a sentence. */
const notice = (words: string) => workbench.page.locator(".notification-list-item:visible", { hasText: words }).first();

// Each step goes on from where the one before it left the window, as a person does.
describe.sequential("a model of the hub", () => {
  it("is found by words, with what it is, and only downloaded by who agrees", async () => {
    await workbench.openFile("reviews.md");
    await ask("sentiment");
    await until(async () => (await rows().count()) === 2, "what was found");
    const words = await rows().allInnerTexts();
    // Names that no model has are left out.
    expect(words.map((row) => row.replace(/\s+/g, " ").trim()).sort()).toEqual([
      "The model called sentiment",
      expect.stringMatching(/^films\/sentiment ?text-classification · 12,345 downloads · ONNX$/),
    ]);
    await pictures("download-search");
    await rows().filter({ hasText: "films/sentiment" }).click();
    await workbench.page.locator(".quick-input-widget:visible", { hasText: "Files of films/sentiment" }).waitFor();
    await workbench.settledScreenshot("download-files");
    await workbench.page.keyboard.press("Enter");
    await dialogue().waitFor();
    const said = await dialogue().innerText();
    expect(said).toMatch(/Download films\/sentiment\?/);
    expect(said).toMatch(
      /\d MB in 5 files, fp32\s+Task: text-classification\s+Licence: apache-2\.0\s+12,345 downloads/,
    );
    await pictures("download-question");
    await dialogue().locator(".monaco-button", { hasText: "Cancel" }).click();
    await dialogue().waitFor({ state: "detached" });
    expect(server.files()).toEqual([]);
    expect(existsSync(folderOf("films/sentiment"))).toBe(false);
  });

  it("comes with progress, and what came is kept when that is cancelled", async () => {
    server.fault = ({ host }) => (host === "large" ? { pauseAfter: 3_000_000 } : undefined);
    await choose("films/sentiment", "onnx/model.onnx");
    await dialogue().locator(".monaco-button", { hasText: "Download" }).click();
    const progress = notice("Downloading films/sentiment");
    await until(async () => /model\.onnx: 3\.\d MB of \d+\.\d MB/.test(await progress.innerText()), "what came");
    await workbench.settledScreenshot("download-progress");
    await progress.locator(".monaco-button", { hasText: "Cancel" }).click();
    await progress.waitFor({ state: "detached" });
    const blobs = path.join(folderOf("films/sentiment"), "blobs");
    // What has come is written down a moment after the notification has gone.
    const kept = () => readdirSync(blobs).filter((name) => name.endsWith(".incomplete"));
    const sizes = () => kept().map((name) => statSync(path.join(blobs, name)).size);
    await until(() => sizes().join() === "3000000", "what came to be kept");
    expect(readdirSync(path.join(folderOf("films/sentiment"), "snapshots"))).toEqual([]);
    await until(async () => (await workbench.notifications()).length === 0, "no notification to be left");
  });

  it("goes on where it was left, and explains the text when it is taken", async () => {
    await choose("films/sentiment", "onnx/model.onnx");
    await dialogue().locator(".monaco-button", { hasText: "Download" }).click();
    await workbench.notification(/Downloaded: films\/sentiment/);
    expect(large().map(({ range }) => range)).toEqual(["bytes=3000000-"]);
    const bytes = readFileSync(path.join(folderOf("films/sentiment"), "snapshots", commit, "onnx/model.onnx"));
    expect(bytes.equals(readFileSync(path.join(sentiment, "onnx/model.onnx")))).toBe(true);
    await workbench.settledScreenshot("download-done");
    await notice("Downloaded").locator(".monaco-button", { hasText: "Use this model" }).click();
    const view = new ModelsView(workbench);
    await view.open();
    await until(async () => (await view.rows()).some((row) => /^films\/sentiment .*in use$/.test(row)), "the mark");
    await workbench.editor.click("gorgeous");
    await workbench.page.keyboard.press("Control+Alt+X");
    await workbench.explained();
    await workbench.statusMatches(/films\/sentiment/);
    await workbench.settledScreenshot("download-used");
  });

  it("that only some may have is downloaded with their token, which goes to the hub alone and is kept", async () => {
    await workbench.clearNotifications();
    await choose("films/private");
    await dialogue().locator(".monaco-button", { hasText: "Download" }).click();
    await workbench.notification(/films\/private does not exist, or only some may download it/);
    await workbench.settledScreenshot("download-denied");
    await notice("only some may download").locator(".monaco-button", { hasText: "Give an access token" }).click();
    const box = workbench.page
      .locator(".quick-input-widget:visible", { hasText: "Access token" })
      .locator("input")
      .first();
    await box.fill("hf_secret");
    expect(await box.getAttribute("type")).toBe("password");
    await workbench.settledScreenshot("download-token");
    server.asked.length = 0;
    await workbench.page.keyboard.press("Enter");
    await workbench.notification(/Downloaded: films\/private/);
    expect(new Set(server.asked.map(({ host, authorization }) => `${host} ${authorization ?? "none"}`))).toEqual(
      new Set(["hub Bearer hf_secret", "large none"]),
    );
    await workbench.clearNotifications();
    await workbench.reload();
    server.asked.length = 0;
    await choose("films/private");
    await workbench.notification(/Downloaded: films\/private/);
    expect(server.asked.map(({ authorization }) => authorization)).toContain("Bearer hf_secret");
  });

  it("is not looked for where the hub is out of order: the list says so", async () => {
    server.fault = () => ({ status: 503 });
    await ask("good films");
    await until(async () => /out of order for now/.test(await list().innerText()), "the reason");
    await workbench.page.keyboard.press("Enter");
    await workbench.settledScreenshot("download-out-of-order");
    await workbench.page.keyboard.press("Escape");
    // What can be a name can be asked for all the same.
    await ask("gpt2");
    const row = rows().filter({ hasText: "The model called gpt2" });
    await until(async () => /out of order for now/.test(await row.innerText().catch(() => "")), "the row of the name");
    await workbench.page.keyboard.press("Escape");
    await choose("films/sentiment");
    await workbench.notification(/out of order for now \(status 503\).* films\/sentiment was downloaded before\./);
    await workbench.settledScreenshot("download-there-already");
    await choose("films/other");
    await workbench.notification(/out of order for now \(status 503\)/);
    // Explaining goes on as before.
    expect(await workbench.status()).not.toMatch(/failed/);
  });
});
