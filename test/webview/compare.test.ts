import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import type { Explanation } from "../../src/common/explanation";
import { svg as svgExport } from "../../src/exports/svg";
import { until } from "../support/until";
import { comparedExplanation, sentenceExplanation, studiedExplanation } from "./fixture";
import { coloursOf, requestsOf, show, tell } from "./page";
import { panelSession } from "./session";

const session = panelSession();

async function open(explanation: Explanation, options: Parameters<typeof session.open>[1] = {}): Promise<Page> {
  const page = await session.open(explanation, options);
  await page.getByRole("tab", { name: "Compare" }).click();
  await page.locator(".ways tr").first().waitFor();
  return page;
}

const names = (page: Page) => page.locator(".figures-of-methods tbody th").allTextContents();

describe("methods side by side", () => {
  it("have a row each over the same words, coloured by their own scores", async () => {
    const page = await open(sentenceExplanation(), { state: { importance: "lime" } });
    expect(await page.locator(".ways tr").count()).toBe(3);
    const colours = (row: number, attribute: string) =>
      page
        .locator(".ways tr")
        .nth(row)
        .locator(`[${attribute}]`)
        .evaluateAll((all, name) => all.map((one) => `${one.textContent} ${one.getAttribute(name)}`), attribute);
    expect(await colours(0, "data-bucket")).toEqual(expect.arrayContaining(["gorgeous 5", "never -2", "the 0"]));
    expect((await colours(2, "data-heat")).length).toBe(25);
    expect(await page.locator(".ways tr").first().getAttribute("aria-current")).toBe("true");
    expect(await page.locator(".ways tr .unseen").first().textContent()).toContain(
      "Strongest: gorgeous +0.151, witty +0.144",
    );
  });

  it("are sorted by any column, with the keyboard too, and stay so over a reload", async () => {
    const page = await open(comparedExplanation(), { state: { importance: "lime" } });
    const [lime, occlusion, rollout, random] = await names(page);
    expect([lime, occlusion, rollout, random]).toEqual([
      "LIME",
      "Leave one out",
      "Attention, rollout",
      "Random, mean of several orders",
    ]);
    // Low is good: the best comes first all the same.
    await page.getByRole("button", { name: "Sufficiency" }).focus();
    await page.keyboard.press("Enter");
    expect(await names(page)).toEqual([lime, occlusion, rollout, random]);
    await page.keyboard.press("Enter");
    expect(await names(page)).toEqual([random, rollout, occlusion, lime]);
    expect(await page.getByRole("columnheader", { name: "Sufficiency" }).getAttribute("aria-sort")).toBe("descending");
    expect(await page.locator(".ways tr").first().getAttribute("data-method")).toBe("rollout");
    await until(
      () => page.evaluate(() => sessionStorage.getItem("kept")?.includes('"descending":true') || undefined),
      "it to be kept",
    );
    await page.reload();
    await page.locator(".ways tr").first().waitFor();
    expect(await names(page)).toEqual([random, rollout, occlusion, lime]);
  });

  it("say which is the most faithful, and what the figures mean", async () => {
    const page = await open(comparedExplanation(), { state: { importance: "lime" } });
    await page.getByText("Most faithful here by Comprehensiveness: LIME.").waitFor();
    expect(await page.locator(".helps").textContent()).toMatch(
      /Comprehensiveness: what hiding .*Kendall’s τ-b with LIME/s,
    );
    expect(await page.locator(".figures-of-methods tbody tr").nth(1).locator("td").nth(3).textContent()).toMatch(
      /^0\.\d{3}$/,
    );
  });

  it("are shown in the editor when asked for", async () => {
    const page = await open(sentenceExplanation(), { state: { importance: "lime" } });
    await page.getByRole("button", { name: "Show in the editor: Leave one out" }).click();
    expect(await requestsOf(page, "chooseMethod")).toEqual([{ method: "occlusion" }]);
    await tell(page, { importance: "occlusion" });
    expect(await page.locator(".ways tr").nth(1).getAttribute("aria-current")).toBe("true");
  });

  it("are added with their cost known, and those that cannot be say why", async () => {
    const page = await open(sentenceExplanation(), { state: { importance: "lime" } });
    await page.getByRole("button", { name: "Add a method" }).focus();
    await page.keyboard.press("ArrowDown");
    const items = await page.locator(".compare-view .menu button").allTextContents();
    expect(items).toContain("Owen values at most 420 evaluations");
    expect(items).toContain("DeepLIFT The model has no gradients.");
    const refused = page.locator(".compare-view .menu [aria-disabled=true]");
    await refused.dispatchEvent("click");
    expect(await requestsOf(page, "addMethod")).toEqual([]);
    await page.keyboard.press("Home");
    await page.keyboard.press("Enter");
    expect(await requestsOf(page, "addMethod")).toEqual([{ method: "partitionShap" }]);
    // The keyboard stays where it was while the method runs, and once it is there.
    const isFocused = () =>
      page.getByRole("button", { name: "Add a method" }).evaluate((button) => button === document.activeElement);
    await tell(page, { progress: { phase: "partitionShap", done: 0, total: 1, remainingMilliseconds: null } });
    expect(await isFocused()).toBe(true);
    await show(page, studiedExplanation(), { importance: "lime" });
    await page.locator("[data-method=gradientXInput]").waitFor();
    expect(await isFocused()).toBe(true);
  });

  it("have the curves of their measures beside that of random scores, in lines and in numbers", async () => {
    const page = await open(comparedExplanation(), { state: { importance: "lime" } });
    const curves = page.locator(".measure-curves");
    expect(await curves.locator("h3").allTextContents()).toEqual(["Comprehensiveness", "Sufficiency"]);
    expect(await curves.locator(".curve-names button").allTextContents()).toEqual([
      "LIME",
      "Leave one out",
      "Attention, rollout",
      "Random, mean of several orders",
    ]);
    expect(await curves.locator(".curve").first().locator(".ticks span").allTextContents()).toEqual([
      "1 %",
      "10 %",
      "20 %",
      "50 %",
    ]);
    const first = ".measure-curves .curve:first-child canvas";
    const before = await coloursOf(page, first);
    expect(before).toBeGreaterThan(5);
    const pixels = () => page.locator(first).evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL());
    const plain = await pixels();
    await curves.getByRole("button", { name: "Random" }).focus();
    await page.keyboard.press("Enter");
    expect(await curves.getByRole("button", { name: "Random" }).getAttribute("aria-pressed")).toBe("true");
    expect(await pixels()).not.toBe(plain);
    await curves.locator("summary").first().focus();
    await page.keyboard.press("Enter");
    const rows = await curves
      .locator(".curve")
      .first()
      .locator("tbody tr")
      .evaluateAll((all) => all.map((row) => [...row.children].map((cell) => cell.textContent)));
    expect(rows[0]).toEqual(["LIME", "0.122", "0.305", "0.549", "0.732", "1.342"]);
    expect(rows[3]?.[0]).toBe("Random, mean of several orders");
  });

  it("that could not be added say why in their row", async () => {
    const page = await open(sentenceExplanation(), {
      state: { refused: [{ method: "saliency", why: "There is not enough memory." }] },
    });
    expect(await page.locator("[data-method=saliency]").textContent()).toContain(
      "Not added: There is not enough memory.",
    );
  });

  it("are measured on demand, at a cost that is said", async () => {
    const page = await open(sentenceExplanation(), { state: { importance: "lime" } });
    await page.getByRole("button", { name: "Measure these: 210 evaluations" }).click();
    await page.getByRole("button", { name: "Run again to check: at most 3,000 evaluations" }).click();
    expect(await requestsOf(page, "measure")).toEqual([{ byRunningAgain: false }, { byRunningAgain: true }]);
    await show(page, comparedExplanation(), { importance: "lime" });
    expect(await page.locator(".figures-of-methods tbody tr").first().textContent()).toContain("0.610");
    expect(await page.getByRole("button", { name: /Measure these/ }).count()).toBe(0);
  });
});

describe("a picture of the words", () => {
  it("is drawn of what the host gives, and saved as PNG", async () => {
    const svg = svgExport.one({ explanation: sentenceExplanation(), matrices: null, line: null, reading: null }, 0);
    const page = await session.open(sentenceExplanation(), { picture: svg });
    await page.getByRole("button", { name: "Export as…" }).click();
    await page.getByRole("menuitem", { name: "PNG" }).click();
    const [{ png } = { png: null }] = await until(async () => {
      const saved = await requestsOf(page, "savePicture");
      return saved.length > 0 ? saved : undefined;
    }, "the picture to be saved");
    const colours = await page.evaluate(async (data) => {
      const image = new Image();
      image.src = `data:image/png;base64,${data}`;
      await image.decode();
      const canvas = document.createElement("canvas");
      [canvas.width, canvas.height] = [image.width, image.height];
      const context = canvas.getContext("2d");
      context?.drawImage(image, 0, 0);
      return new Set(new Uint32Array(context?.getImageData(0, 0, image.width, image.height).data.buffer ?? [])).size;
    }, png);
    expect(colours).toBeGreaterThan(20);
  });
});
