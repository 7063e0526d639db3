import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { studyText } from "../../src/common/attentionStudy";
import type { Explanation } from "../../src/common/explanation";
import { averageProfile } from "../../src/common/profileMean";
import type { FakeHostWindow } from "./fakeHost";
import {
  fixtureHeads,
  fixtureLayers,
  makeHead,
  rightToLeftExplanation,
  sentenceExplanation,
  studiedExplanation,
  withTwoWindows,
} from "./fixture";
import { coloursOf, looksOf, requestsOf, send, show, tell } from "./page";
import { panelSession } from "./session";

const session = panelSession();

async function open(explanation: Explanation, options: Parameters<typeof session.open>[1] = {}): Promise<Page> {
  const page = await session.open(explanation, options);
  await page.getByRole("tab", { name: "Analysis" }).click();
  return page;
}

const cells = (page: Page, table: string) =>
  page.locator(`${table} tbody tr`).evaluateAll((rows) => rows.map((row) => row.textContent));

describe("whether attention is an explanation of the text", () => {
  it("is said in a sentence, with the figures that it comes from", async () => {
    const page = await open(studiedExplanation());
    await page.getByText("Attention is an explanation in part here").waitFor();
    const { pairs } = studyText(studiedExplanation(), averageProfile([]));
    const tau = (place: number) => (pairs[place]?.tau ?? 0).toFixed(2).replace("-", "−");
    expect(pairs[0]?.tau).toBeCloseTo(1, 12);
    const chance = (place: number) => `p ${(pairs[place]?.p ?? 0).toFixed(3)}`;
    expect(await cells(page, ".orders")).toEqual([
      `Attention1.00 p < 0.001${tau(1)} ${chance(1)}`,
      `Attention, rollout${tau(2)} ${chance(2)}${tau(3)} ${chance(3)}`,
      `Gradient × input, as a yardstick–${tau(4)} ${chance(4)}`,
    ]);
    // What is beyond chance stands out, what chance gives does not.
    expect(await page.locator(".orders .strong").allTextContents()).toEqual(["1.00"]);
    expect(await page.locator(".orders-columns .bars tr").first().textContent()).toBe("Attention30.0 %");
    await page.getByText("A verdict on one text says little.").waitFor();
    expect(await page.locator(".caution").textContent()).toContain("explain-transformer analyse --input FILE");
    expect(await page.locator(".missing-methods").isVisible()).toBe(false);
  });

  it("needs methods that are run only when asked for, with their cost known", async () => {
    const page = await open(sentenceExplanation());
    await page.getByText("methods that have not run yet: Attention; Gradient × input.").waitFor();
    expect(await page.locator(".said").isVisible()).toBe(false);
    const run = page.getByRole("button", { name: "Run these: 1 evaluation" });
    await run.focus();
    expect(await requestsOf(page, "addMethod")).toEqual([]);
    await page.keyboard.press("Enter");
    expect(await requestsOf(page, "addMethod")).toEqual([{ method: "attention" }, { method: "gradientXInput" }]);
    await tell(page, { progress: { phase: "gradientXInput", done: 0, total: 1, remainingMilliseconds: null } });
    expect(await run.isVisible()).toBe(false);
    await show(page, studiedExplanation());
    await page.getByText("Attention is an explanation in part here").waitFor();
  });

  it("cannot be told of scores by word, or of a method that failed, and says so", async () => {
    const byWord = studiedExplanation();
    const page = await open({
      ...byWord,
      attributions: byWord.attributions.map((one) => ({ ...one, units: "word" as const })),
    });
    await page.getByText("This can be told of scores by token only.").waitFor();
    expect(await page.locator(".said").isVisible()).toBe(false);
    expect(await page.getByRole("button", { name: /^Run/ }).count()).toBe(0);
    await show(page, sentenceExplanation(), {
      refused: [{ method: "gradientXInput", why: "There is not enough memory." }],
    });
    await page.getByText("Not added: There is not enough memory.").waitFor();
    await show(page, { ...sentenceExplanation(), attention: null }, {}, 3);
    await page.getByText("This model shows no attention maps.").waitFor();
  });
});

describe("how the heads look at the text", () => {
  it("is a figure of each, chosen with the keyboard, tinted by it and kept over a reload", async () => {
    const page = await open(sentenceExplanation());
    await page.locator(".all-heads td").first().waitFor();
    expect(await page.locator(".all-heads td").count()).toBe(fixtureLayers * fixtureHeads);
    const tints = await page
      .locator(".all-heads td")
      .evaluateAll((all) => all.map((one) => [Number(one.textContent), getComputedStyle(one).backgroundColor]));
    const [low] = tints.toSorted((a, b) => Number(a[0]) - Number(b[0]));
    expect(new Set(tints.map(([, colour]) => colour)).size).toBeGreaterThan(10);
    expect(low?.[1]).not.toBe(tints.toSorted((a, b) => Number(b[0]) - Number(a[0]))[0]?.[1]);
    await page.getByRole("radio", { name: "entropy" }).focus();
    await page.keyboard.press("ArrowLeft");
    expect(await page.getByRole("radio", { name: "special tokens" }).getAttribute("aria-checked")).toBe("true");
    await page.getByText("What share of attention is on special tokens, in %.").waitFor();
    await page.waitForFunction(() => sessionStorage.getItem("kept")?.includes('"figure":"specials"'));
    await page.reload();
    await page.getByText("What share of attention is on special tokens, in %.").waitFor();
  });

  it("falls off with distance, in lines and in numbers that make up a whole", async () => {
    const page = await open(sentenceExplanation());
    await page.locator(".layer-curves td").first().waitFor();
    expect(await page.locator(".layer-curves thead th").allTextContents()).toEqual([
      "Layer",
      "0",
      "1",
      "2–3",
      "4–7",
      "8–15",
      "from 16",
    ]);
    const tokens = sentenceExplanation().tokens.length;
    const onItself = (layer: number, head: number) => {
      const { values } = makeHead(layer, head, tokens);
      return values.reduce((sum, value, at) => sum + (at % (tokens + 1) === 0 ? value / tokens : 0), 0);
    };
    const means = Array.from({ length: fixtureLayers }, (_, layer) => {
      const heads = Array.from({ length: fixtureHeads }, (__, head) => onItself(layer, head));
      return String(Math.round((100 * heads.reduce((sum, share) => sum + share, 0)) / fixtureHeads));
    });
    expect(await page.locator(".layer-curves tbody td:nth-child(2)").allTextContents()).toEqual(means);
    const sums = await page
      .locator(".layer-curves tbody tr")
      .evaluateAll((rows) =>
        rows.map((row) => [...row.querySelectorAll("td")].reduce((sum, cell) => sum + Number(cell.textContent), 0)),
      );
    expect(sums).toHaveLength(fixtureLayers);
    for (const sum of sums) {
      expect(Math.abs(sum - 100)).toBeLessThan(4);
    }
    expect(await coloursOf(page, ".layer-curves canvas")).toBeGreaterThan(20);
  });

  it("is pulled once for each part of the text", async () => {
    const page = await open(withTwoWindows(sentenceExplanation()));
    await page.locator(".layer-curves td").first().waitFor();
    await page.getByRole("tab", { name: "Heads" }).click();
    await page.getByRole("tab", { name: "Analysis" }).click();
    expect(await looksOf(page, "profile")).toEqual([{ window: 0 }, { window: 1 }]);
  });

  it("is not mixed of two texts, the second of which comes while the first is read", async () => {
    const page = await session.open(withTwoWindows(sentenceExplanation()));
    await page.evaluate(() => {
      const host = window as unknown as FakeHostWindow;
      host.scenario = { ...host.scenario, silent: true };
    });
    await page.getByRole("tab", { name: "Analysis" }).click();
    await page.getByText("Reading the heads…").waitFor();
    await show(page, rightToLeftExplanation());
    const first = await page.evaluate(
      () => (window as unknown as FakeHostWindow).requests.find(({ request }) => request === "look")?.id ?? 0,
    );
    await send(page, { response: first, result: averageProfile([]) });
    expect(await looksOf(page, "profile")).toEqual([{ window: 0 }, { window: 0 }]);
    expect(await page.locator(".all-heads").isVisible()).toBe(false);
    expect(await page.getByText("Another text is shown.").isVisible()).toBe(false);
  });
});
