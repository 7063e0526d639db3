import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { studyText } from "../../src/common/attentionStudy";
import type { Explanation } from "../../src/common/explanation";
import { outcomesOf } from "../../src/common/prediction/registry";
import { averageProfile } from "../../src/common/profileMean";
import type { FakeHostWindow } from "./fakeHost";
import {
  fileStudy,
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
    await page.getByText("A verdict on one text says little: analyse all texts of a file.").waitFor();
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

describe("other attention", () => {
  it("is tried only where somebody asks, with what it takes said before, and the choice is kept", async () => {
    const page = await open(studiedExplanation());
    await page.getByText("A verdict on one text says little").waitFor();
    const check = page.locator("vscode-checkbox", { hasText: /41 to 101 runs of the model for each text/ });
    await check.waitFor();
    expect(await page.locator(".changes").isVisible()).toBe(false);
    expect(await looksOf(page, "changes")).toEqual([]);
    await check.focus();
    await page.keyboard.press("Space");
    await page.getByText("none found in the last layer that gives the same prediction").waitFor();
    expect(await cells(page, ".changes")).toEqual([
      "shuffled in the last layer3.1",
      "shuffled in all layers12.0",
      "none found in the last layer that gives the same prediction–",
    ]);
    await page.getByText("on the median of 20 shuffles of each text; 101 runs of the model").waitFor();
    const { seed, prediction } = studiedExplanation();
    expect(await looksOf(page, "changes")).toEqual([
      { window: 0, index: outcomesOf(prediction)[0]?.index, seed, places: [] },
    ]);
    await page.waitForFunction(() => sessionStorage.getItem("kept")?.includes('"changed":true'));
  });
});

describe("the analysis of a file", () => {
  it("is asked for with the choice of other attention, and shown as it grows", async () => {
    const page = await open(studiedExplanation());
    await page.getByRole("button", { name: "Analyse attention over this file…" }).focus();
    await page.keyboard.press("Enter");
    expect(await requestsOf(page, "analyseFile")).toEqual([{ changed: false }]);
    await send(page, { event: "study", params: fileStudy({ study: null, isRunning: true }) });
    await send(page, { event: "show", params: { analysis: "file" } });
    await page.getByText("0 of 50 texts").waitFor();
    expect(await page.locator(".said").isVisible()).toBe(false);
    const running = fileStudy({ isRunning: true, remainingMilliseconds: 65_000 });
    await send(page, { event: "study", params: running });
    await page.getByText("reviews.csv, column text · 18 of 50 texts · about 1 min 5 s left").waitFor();
    await page.getByRole("button", { name: "Cancel" }).focus();
    await page.keyboard.press("Enter");
    expect(await requestsOf(page, "cancel")).toEqual([null]);
    const why = "The line is not valid JSON. Check the file.";
    await send(page, { event: "study", params: fileStudy({ failed: 2, why }) });
    await page.getByText("reviews.csv, column text · 20 of 50 texts · stopped").waitFor();
    await page.getByText(`Left out: 2. The first because: ${why}`).waitFor();
    expect(await page.getByRole("button", { name: "Cancel" }).isVisible()).toBe(false);
  });

  it("has a verdict, figures for each predicted class, and the heads of all texts", async () => {
    const page = await open(studiedExplanation(), { study: fileStudy({ total: 18 }) });
    await page.getByRole("radio", { name: "whole file" }).focus();
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("ArrowRight");
    await page.getByText("reviews.csv, column text · 18 texts").waitFor();
    const { study } = fileStudy();
    expect(await page.locator(".orders thead th").allTextContents()).toEqual([
      "Order by",
      "positive (9)",
      "negative (9)",
      "all texts (18)",
    ]);
    const pair = study?.classes[0]?.pairs[0];
    const figures = `${pair?.mean.toFixed(2)} ± ${pair?.deviation.toFixed(2)} p ≤ .05: 100.0 %`;
    expect((await cells(page, ".orders"))[0]).toContain(`Attention and Gradient × input${figures}`);
    expect((await cells(page, ".orders"))[4]).toContain("Gradient × input and Leave one out, as a yardstick");
    expect(await cells(page, ".changes")).toEqual([
      "shuffled in the last layer0.5",
      "shuffled in all layers1.2",
      "most different in the last layer (Jensen–Shannon divergence 0.61)0.4",
    ]);
    expect(await page.locator(".all-heads td").count()).toBe(fixtureLayers * fixtureHeads);
    expect(await coloursOf(page, ".layer-curves canvas")).toBeGreaterThan(20);
    await page.getByRole("radio", { name: "this text" }).click();
    await page.locator(".orders thead th", { hasText: "Gradient × input" }).waitFor();
  });

  it("is shown without any explained text, in the one section that can", async () => {
    const page = await session.open(null, { study: fileStudy() });
    await page.getByText("18 of 50 texts · stopped").waitFor();
    expect(await page.getByRole("tab").allTextContents()).toContain("Analysis");
    expect(await page.locator("[role=tab]:visible").allTextContents()).toEqual(["Analysis"]);
    await page.locator(".layer-curves td").first().waitFor();
    await show(page, studiedExplanation());
    await page.getByRole("tab", { name: "Tokens" }).waitFor();
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
