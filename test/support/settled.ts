import type { Frame, Page } from "playwright-core";

/** Waits until a page, or a frame of it, has drawn what it knows: pictures are drawn in the next frame. */
export async function drawn(page: Page | Frame): Promise<void> {
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
}

/** Waits until a page has looked the same several times in a row; throws where it does not in so many looks. */
export async function atRest(page: Page, most = 200): Promise<void> {
  let before = await page.screenshot();
  let same = 0;
  for (let looks = 0; looks < most; looks++) {
    await drawn(page);
    const now = await page.screenshot();
    same = now.equals(before) ? same + 1 : 0;
    if (same === 4) {
      return;
    }
    before = now;
  }
  throw new Error("The page does not come to rest.");
}
