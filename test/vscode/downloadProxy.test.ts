import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { ownCertificate } from "../support/certificate";
import { ForwardProxy } from "../support/forwardProxy";
import { HubFront } from "../support/hubFront";
import { HubServer } from "../support/hubServer";
import { Workbench } from "../support/workbench";

const sentiment = path.resolve("models/sentiment");
const certified = ownCertificate("hub.test");

let server: HubServer;
let front: HubFront;
let proxy: ForwardProxy;
let workbench: Workbench;
let cache: string;

beforeAll(async () => {
  server = await HubServer.start();
  const names = ["config.json", "tokenizer.json", "onnx/model.onnx"];
  server.add("films/sentiment", {
    commit: "0123456789abcdef0123456789abcdef01234567",
    files: Object.fromEntries(names.map((name) => [name, readFileSync(path.join(sentiment, name))])),
  });
  front = await HubFront.start(server, { path: "/mirror", secure: { ...certified, host: "hub.test" } });
  proxy = await ForwardProxy.start();
  proxy.hosts.set("hub.test:443", front.port);
  cache = mkdtempSync(path.join(tmpdir(), "explain-hub-"));
  writeFileSync(path.join(cache, "authority.pem"), certified.certificate);
  vi.stubEnv("HF_ENDPOINT", front.endpoint);
  vi.stubEnv("HF_HUB_CACHE", path.join(cache, "hub"));
  vi.stubEnv("HF_HOME", cache);
  vi.stubEnv("NODE_EXTRA_CA_CERTS", path.join(cache, "authority.pem"));
  // With the system's certificates the editor trusts those alone, and of this authority the system knows nothing.
  const settings = { "http.proxy": `http://${proxy.host}`, "http.systemCertificates": false };
  workbench = await Workbench.open({ settings });
});

beforeEach(({ onTestFailed, task }) => {
  onTestFailed(() => workbench?.tellFailure(task.name));
});

afterAll(async () => {
  vi.unstubAllEnvs();
  expect(await workbench?.close()).toEqual([]);
  await proxy?.close();
  await front?.close();
  await server?.close();
  rmSync(cache, { recursive: true, force: true });
});

describe("a download from a mirror of one's own", () => {
  it("goes through the proxy of the editor's settings, and trusts the authority that the editor trusts", async () => {
    await workbench.command("Download model…");
    const list = workbench.page.locator(".quick-input-widget:visible", { hasText: "Download a model from hub.test" });
    await list.waitFor();
    await workbench.page.keyboard.type("films/sentiment");
    await list.locator(".monaco-list-row", { hasText: "films/sentiment" }).first().waitFor();
    await workbench.page.keyboard.press("Enter");
    await workbench.page.locator(".monaco-dialog-box .monaco-button", { hasText: "Download" }).click();
    await workbench.notification(/Downloaded: films\/sentiment/);
    expect(new Set(proxy.asked.map(({ host }) => host))).toEqual(new Set(["hub.test:443"]));
    expect(server.asked.length).toBeGreaterThan(3);
  });
});
