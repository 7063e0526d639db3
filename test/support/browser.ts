import { type Browser, chromium } from "playwright-core";
import { ensureBrowser } from "../../scripts/lib/browser.mjs";

/** What playwright needs to start a browser. */
export interface BrowserPlace {
  readonly executablePath: string;
  readonly env: Record<string, string>;
}

/** The Chromium to test with, fetched into the cache when the machine has none. Throws a sentence that says what to do. */
async function findBrowser(): Promise<BrowserPlace> {
  const { program, env } = await ensureBrowser();
  const inherited = Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return { executablePath: program, env: { ...Object.fromEntries(inherited), ...env } };
}

/** Starts a headless browser that asks nothing of the network. */
export async function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    ...(await findBrowser()),
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}
