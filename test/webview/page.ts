import path from "node:path";
import { build } from "esbuild";
import type { Browser, Page } from "playwright-core";
import { expect } from "vitest";
import type { Explanation } from "../../src/common/explanation";
import type { LookKind } from "../../src/common/look";
import { formatMessage } from "../../src/common/message";
import { defaultOptions } from "../../src/common/options";
import type {
  FromPanel,
  PanelRequests,
  PanelStatus,
  PanelStudy,
  PanelSubject,
  ToPanel,
} from "../../src/common/panelProtocol";
import { panelHtml } from "../../src/panel/panelHtml";
import type { FakeHostWindow, Shown } from "./fakeHost";
import { repositoryFolder } from "./repository";
import { type ThemeName, theme } from "./themes";

const origin = "https://panel.invalid";

interface Bundles {
  readonly script: string;
  readonly style: string;
  readonly fakeHost: string;
}

let bundles: Promise<Bundles> | undefined;

async function bundle(entry: string): Promise<Map<string, string>> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    minify: true,
    format: "iife",
    target: "chrome128",
    outdir: "out",
    logLevel: "warning",
  });
  return new Map(outputFiles.map((file) => [path.extname(file.path), file.text]));
}

async function makeBundles(): Promise<Bundles> {
  const [panel, host] = await Promise.all([
    bundle(path.join(repositoryFolder(), "webview/main.ts")),
    bundle(path.join(repositoryFolder(), "test/webview/fakeHost.ts")),
  ]);
  return { script: panel.get(".js") ?? "", style: panel.get(".css") ?? "", fakeHost: host.get(".js") ?? "" };
}

/** How a panel is opened. */
export interface PanelOptions {
  readonly theme?: ThemeName;
  readonly width?: number;
  readonly height?: number;
  readonly scale?: number;
  readonly state?: Partial<PanelStatus>;
  /** The number of the explanation, 1 unless another is said. */
  readonly number?: number;
  /** What the host gives as a picture. */
  readonly picture?: string;
  /** Heads cannot be pulled. */
  readonly study?: PanelStudy;
  readonly failHeads?: boolean;
}

/** What a host has of an explanation, as if it were the whole of a document. */
function subjectOf(explanation: Explanation): PanelSubject {
  const { text, pair, model, masked, warnings, attributions } = explanation;
  return {
    uri: "file:///samples/reviews.md",
    request: { ...defaultOptions, text, pair, model: model.reference, masked },
    read: { raw: text, text, runs: [text.length, 0, text.length], words: null, notes: [] },
    second: null,
    explanation,
    said: { warnings: warnings.map(formatMessage), notes: attributions.map(({ notes }) => notes.map(formatMessage)) },
  };
}

/** What a host shows: an explanation, by its number, and a status about it. */
function shownBy(explanation: Explanation | null, change: Partial<PanelStatus> = {}, number = 1): Shown {
  const status: PanelStatus = {
    number,
    place: { start: 0, second: null, pinned: false },
    importance: null,
    attention: null,
    refused: [],
    methods: [],
    classColours: null,
    source: "reviews.md, line 5",
    beside: null,
    reading: null,
    stale: false,
    progress: null,
    error: null,
    canTryAgain: false,
    ...change,
  };
  return { explanation: { number, subject: explanation && subjectOf(explanation) }, status };
}

/** The panel in a page of its own, served with the extension's own HTML and content security policy, against a fake host. */
export async function openPanel(
  browser: Browser,
  explanation: Explanation | null,
  options: PanelOptions = {},
): Promise<Page> {
  bundles ??= makeBundles();
  const { script, style, fakeHost } = await bundles;
  const { properties, bodyClass } = theme(options.theme ?? "dark");
  const context = await browser.newContext({
    viewport: { width: options.width ?? 620, height: options.height ?? 900 },
    deviceScaleFactor: options.scale ?? 1,
  });
  context.setDefaultTimeout(120_000);
  const page = await context.newPage();
  const html = panelHtml({
    script: `${origin}/webview.js`,
    style: `${origin}/webview.css`,
    cspSource: origin,
    nonce: "test",
    language: "en",
    title: "Explanation",
  }).replace("<body>", `<body class="${bodyClass}">`);
  await page.route(`${origin}/**`, (route) => {
    const { pathname } = new URL(route.request().url());
    const served: Record<string, { contentType: string; body: string }> = {
      "/": { contentType: "text/html; charset=utf-8", body: html },
      "/webview.js": { contentType: "text/javascript; charset=utf-8", body: script },
      "/webview.css": { contentType: "text/css; charset=utf-8", body: style },
    };
    return route.fulfill(served[pathname] ?? { status: 404 });
  });
  const failures: string[] = [];
  page.on("pageerror", (error) => failures.push(error.message));
  page.on("console", (line) => {
    if (line.type() === "error") {
      failures.push(line.text());
    }
  });
  failuresOf.set(page, failures);
  await page.addInitScript(fakeHost);
  await page.addInitScript(
    ({ scenario, style: custom }) => {
      (window as unknown as FakeHostWindow).scenario = scenario;
      const apply = (): void => {
        for (const [name, value] of Object.entries(custom)) {
          document.documentElement.style.setProperty(name, value);
        }
      };
      if (document.documentElement) {
        apply();
      } else {
        new MutationObserver((_, observer) => {
          if (document.documentElement) {
            observer.disconnect();
            apply();
          }
        }).observe(document, { childList: true });
      }
    },
    {
      scenario: {
        ...shownBy(explanation, options.state, options.number),
        failHeads: options.failHeads ?? false,
        ...(options.study ? { study: options.study } : {}),
        picture: options.picture ?? "",
      },
      style: properties,
    },
  );
  await page.goto(`${origin}/`);
  await page.waitForFunction(() => (window as unknown as FakeHostWindow).requests.some((r) => r.request === "ready"));
  return page;
}

const failuresOf = new WeakMap<Page, string[]>();

/** Errors and broken rules of the content security policy that the page has reported so far. */
export function pageFailures(page: Page): readonly string[] {
  return failuresOf.get(page) ?? [];
}

/** The parameters of the panel's requests of one kind, oldest first. */
export async function requestsOf<K extends FromPanel["request"]>(
  page: Page,
  request: K,
): Promise<PanelRequests[K]["params"][]> {
  const all = await page.evaluate(() => (window as unknown as FakeHostWindow).requests);
  return all.filter((sent) => sent.request === request).map((sent) => sent.params as PanelRequests[K]["params"]);
}

/** What the panel has pulled of one kind, oldest first, each with its window. */
export async function looksOf<K extends LookKind>(page: Page, kind: K): Promise<object[]> {
  const all = await requestsOf(page, "look");
  return all.flatMap(({ window: part, look: { kind: asked, ...look } }) =>
    asked === kind ? [{ window: part, ...look }] : [],
  );
}

/** Sends an event or an answer to the panel; resolves once the panel has heard it. */
export async function send(page: Page, message: ToPanel): Promise<void> {
  await page.evaluate(async (sent) => {
    const heard = new Promise((resolve) => window.addEventListener("message", resolve, { once: true }));
    (window as unknown as FakeHostWindow).send(sent);
    await heard;
  }, message);
}

/** Tells the panel that another explanation is shown. */
export async function show(
  page: Page,
  explanation: Explanation | null,
  change: Partial<PanelStatus> = {},
  number = 2,
): Promise<void> {
  const shown = shownBy(explanation, change, number);
  await send(page, { event: "explanation", params: shown.explanation });
  await send(page, { event: "status", params: shown.status });
}

/** Tells the panel what has changed besides the explanation. */
export async function tell(page: Page, change: Partial<PanelStatus>, number = 1): Promise<void> {
  await send(page, { event: "status", params: shownBy(null, change, number).status });
}

/** Places on a screen are rounded to its pixels, which are not the same everywhere. */
export function expectNear(actual: number | undefined, wanted: number): void {
  expect(Math.abs((actual ?? Number.NaN) - wanted), `${actual} near ${wanted}`).toBeLessThan(2);
}

/** How many different colours a canvas shows; 1 means that it is blank. */
export function coloursOf(page: Page, selector: string): Promise<number> {
  return page.locator(selector).evaluate(async (canvas: HTMLCanvasElement) => {
    // Pictures are drawn in the next frame.
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    const data = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height).data;
    return new Set(new Uint32Array(data?.buffer ?? new ArrayBuffer(0))).size;
  });
}
