import type { Page } from "playwright-core";
import { until } from "./until";

/** Opens a context menu and chooses an entry. What a menu offers follows from what the editor has heard by then: it is opened again until the entry is there. */
export async function chooseFromMenu(page: Page, open: () => Promise<void>, entry: string): Promise<void> {
  const menu = page.locator(".monaco-menu").first();
  const item = page.locator(".monaco-menu .action-menu-item", { hasText: entry }).first();
  await until(async () => {
    await open();
    // It is drawn as a whole; a click where something has just moved opens none.
    await until(() => menu.isVisible(), "a menu", 10).catch(() => undefined);
    const isThere = await item.isVisible();
    if (!isThere) {
      await page.keyboard.press("Escape");
    }
    return isThere;
  }, `a menu with "${entry}"`);
  // A menu takes no clicks in the moment after it has opened.
  await until(async () => {
    if (await item.isVisible()) {
      await item.click({ timeout: 2000 }).catch(() => undefined);
    }
    await item.waitFor({ state: "hidden", timeout: 1000 }).catch(() => undefined);
    return !(await item.isVisible());
  }, `the menu to close after "${entry}"`);
}
