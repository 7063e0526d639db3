import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import type { Explanation } from "../../src/common/explanation";
import { launchBrowser } from "../support/browser";
import { openPanel, type PanelOptions, pageFailures } from "./page";

/** Opens panels for the tests of one file and closes them again. */
export interface PanelSession {
  open(explanation: Explanation | null, options?: PanelOptions): Promise<Page>;
  /** Opens the panel and goes to the heads. */
  openHeads(explanation: Explanation, options?: PanelOptions): Promise<Page>;
}

/** One browser for a file; after each test no page may have reported an error or broken its content security policy. */
export function panelSession(): PanelSession {
  let browser: Browser;
  const pages: Page[] = [];
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser.close();
  });
  afterEach(async () => {
    for (const page of pages.splice(0)) {
      const failures = pageFailures(page);
      await page.context().close();
      expect(failures).toEqual([]);
    }
  });
  const open = async (explanation: Explanation | null, options: PanelOptions = {}): Promise<Page> => {
    const page = await openPanel(browser, explanation, options);
    pages.push(page);
    return page;
  };
  return {
    open,
    openHeads: async (explanation, options) => {
      const page = await open(explanation, options);
      await page.getByRole("tab", { name: "Heads" }).click();
      await page.locator(".strongest tr:not(.empty)").first().waitFor({ state: "attached" });
      await page.locator(".overview canvas").waitFor();
      return page;
    },
  };
}
