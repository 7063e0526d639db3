import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { measuredScore, scoreBuckets } from "../../src/common/colourScale";
import type { Attribution } from "../../src/common/explanation";
import { longExplanation, makeExplanation, rightToLeftExplanation, sentenceExplanation } from "./fixture";
import { expectNear, requestsOf, send, show, tell } from "./page";
import { panelSession } from "./session";

const session = panelSession();
const explanation = sentenceExplanation();
const [lime] = explanation.attributions;

/** Where the token is among the units: special tokens are no units. */
const gorgeous = 1;
const witty = 3;

describe("text", () => {
  it("is the person's text, coloured by the editor's buckets and colours", async () => {
    const page = await session.open(explanation);
    const running = page.locator(".running");
    expect(await running.textContent()).toBe(explanation.text);
    const buckets = await page
      .locator(".unit")
      .evaluateAll((all) => all.map((unit) => Number((unit as HTMLElement).dataset.bucket)));
    const all = explanation.tokens.filter(({ special }) => !special);
    const expected = lime && scoreBuckets(all.map(({ index }) => measuredScore(lime, index)));
    expect(buckets).toEqual(expected);
    // "and" has +0.006 ± 0.005.
    expect(buckets[4]).toBe(0);
    const colours = await page
      .locator(".unit")
      .nth(gorgeous)
      .evaluate((unit) => {
        const probe = document.createElement("i");
        probe.style.background = "var(--vscode-explainWithTransformer-supports5)";
        document.body.append(probe);
        return [getComputedStyle(unit).backgroundColor, getComputedStyle(probe).backgroundColor];
      });
    expect(colours[0]).toBe(colours[1]);
    expect(colours[0]).not.toBe("rgba(0, 0, 0, 0)");
  });

  it("draws attention as a bar under the words, thicker where more is received", async () => {
    const page = await session.open(explanation);
    const rows = await page.locator(".unit").evaluateAll((all) =>
      all.map((unit) => ({
        bucket: Number((unit as HTMLElement).dataset.attention),
        width: Number.parseFloat(getComputedStyle(unit).borderBottomWidth),
      })),
    );
    const thickest = rows.find(({ bucket }) => bucket === 5);
    const thinnest = rows.reduce((least, row) => (row.bucket < least.bucket ? row : least));
    expect(thickest?.width).toBe(3);
    expect(thinnest.width).toBeLessThan(3);
  });

  it("keeps the attention bars where words have the scores", async () => {
    const words = explanation.attributions.map(
      (one): Attribution => ({
        ...one,
        units: "word",
        scores: explanation.words.map((_, index) => 0.01 * (index + 1)),
        standardErrors: null,
      }),
    );
    const page = await session.open({ ...explanation, attributions: words });
    expect(await page.locator(".unit[data-attention='5']").count()).toBeGreaterThan(0);
    expect(await page.locator(".legend").innerText()).toContain("well over an even share of attention");
  });

  it("shows scores without direction without a hue, and keeps the attention bar for attention", async () => {
    const [first] = explanation.attributions;
    if (!first) {
      throw new Error("The fixture has no attribution.");
    }
    const saliency = { ...first, method: "saliency", scale: "none", baseValue: null, fullValue: null } as const;
    const page = await session.open({
      ...explanation,
      attributions: [{ ...saliency, scores: first.scores.map(Math.abs) }, ...explanation.attributions.slice(1)],
    });
    const unit = page.locator(".unit").nth(gorgeous);
    expect(await unit.getAttribute("data-size")).toBe("5");
    expect(await unit.getAttribute("data-bucket")).toBeNull();
    expect(await unit.getAttribute("data-heat")).toBeNull();
    expect(await page.locator(".legend").innerText()).toMatch(
      /^little\s*much\s*well over an even share of attention \(Attention, rollout\)$/,
    );
    expect(await page.locator(".contributions .fill.size").count()).toBeGreaterThan(0);
    expect(await page.locator(".sum").isHidden()).toBe(true);
  });

  it("shows the first method as soon as it is there, whatever came before it", async () => {
    const [first, ...others] = explanation.attributions;
    const rollout = others.filter(({ method }) => method === "rollout");
    const page = await session.open(explanation);
    const state = (attributions: readonly Attribution[], number: number) =>
      show(page, { ...explanation, attributions }, {}, number);
    await state(rollout, 2);
    await page.locator(".unit[data-heat]").first().waitFor();
    await state(first ? [{ ...first, method: "integratedGradients" }, ...rollout] : rollout, 3);
    await page.locator(".unit[data-bucket]").first().waitFor();
  });

  it("never reads text as markup", async () => {
    const page = await session.open(
      makeExplanation({ text: "<b>bold</b> & <i>", spellings: ["<b>bold</b>", "&", "<i>"], scores: [0.1, 0.2, -0.1] }),
    );
    expect(await page.locator(".running").textContent()).toBe("<b>bold</b> & <i>");
    expect(await page.locator("main b, main i").count()).toBe(0);
  });

  it("runs from right to left where the text does", async () => {
    const page = await session.open(rightToLeftExplanation());
    const boxes = await page.locator(".unit").evaluateAll((all) => all.map((unit) => unit.getBoundingClientRect().x));
    expect(await page.locator(".running").evaluate((text) => getComputedStyle(text).direction)).toBe("rtl");
    expect(boxes[0]).toBeGreaterThan(boxes[1] ?? 0);
    expect(boxes[1]).toBeGreaterThan(boxes[2] ?? 0);
    await page.locator(".unit").first().focus();
    await page.keyboard.press("ArrowLeft");
    expect(await page.locator(".unit:focus").textContent()).toBe("رائع");
  });

  it("switches to words and sentences", async () => {
    const page = await session.open(explanation);
    await page.getByRole("radio", { name: "word" }).click();
    expect(await page.locator(".unit").count()).toBe(explanation.words.length);
    const label = await page.locator(".unit", { hasText: "unsubtle" }).getAttribute("aria-label");
    expect(label).toBe("unsubtle −0.029");
    await page.keyboard.press("ArrowRight");
    expect(await page.locator(".unit").count()).toBe(1);
    expect(await page.locator(".running").textContent()).toBe(explanation.text);
  });

  it("lights up the token under the pointer in the editor and reads its numbers", async () => {
    const page = await session.open(explanation);
    await page.locator(".unit").nth(gorgeous).hover();
    expect(await page.locator(".details").textContent()).toContain(
      "piece gorgeous · id 1001 · token 2 · LIME +0.151 ± ",
    );
    expect(await page.locator(".details").textContent()).toContain("rank 1 of 25");
    await page.getByRole("heading", { name: "Try it" }).hover();
    await expect.poll(() => requestsOf(page, "highlight")).toEqual(expect.arrayContaining([{ tokens: [2] }]));
    await expect.poll(async () => (await requestsOf(page, "highlight")).at(-1)).toEqual({ tokens: [] });
  });

  it("shows the token that has the focus in the editor, whatever the pointer passes on its way", async () => {
    const page = await session.open(explanation);
    await page.locator(".unit").first().focus();
    await page.keyboard.press("ArrowRight");
    await page.locator(".unit").last().hover();
    expect(await page.locator(".details").textContent()).toContain("token 25");
    await page.getByRole("button", { name: "Show in the editor" }).click();
    expect(await requestsOf(page, "reveal")).toEqual([{ token: 2 }]);
  });

  it("is brought to a token from the editor's hover", async () => {
    const page = await session.open(explanation);
    await page.getByRole("tab", { name: "Heads" }).click();
    await send(page, { event: "show", params: { token: 4 } });
    await expect.poll(() => page.locator(".unit:focus").textContent()).toBe("witty");
  });
});

describe("colours per class", () => {
  it("are the same in text, bars, sum and legend, whichever class is explained", async () => {
    const classColours = { supports: "positive", against: "negative" };
    const negative = { ...explanation, target: { ...explanation.target, label: "negative" } };
    const page = await session.open(negative, { state: { classColours } });
    expect(await page.locator(".unit").nth(gorgeous).getAttribute("data-bucket")).toBe("-5");
    expect(await page.locator(".contributions [data-unit='1'] .fill.against").count()).toBe(1);
    expect(
      await page
        .locator(".sum .fill.against")
        .first()
        .evaluate((bar) => bar.parentElement?.parentElement?.parentElement?.innerText),
    ).toMatch(/^\+ for/);
    expect(await page.locator(".legend").innerText()).toMatch(/^for negative\s*for positive/);
    await tell(page, {});
    await page.locator(".unit[data-bucket='5']").first().waitFor();
    expect(await page.locator(".contributions [data-unit='1'] .fill.supports").count()).toBe(1);
  });
});

describe("contributions", () => {
  it("are sorted by magnitude, with signs, and the rest in one row", async () => {
    const page = await session.open(explanation);
    const rows = page.locator(".contributions tbody tr");
    const cells = await rows.evaluateAll((all) =>
      all.map((row) => [row.querySelector("th")?.textContent, row.querySelector(".number")?.textContent]),
    );
    expect(cells.slice(0, 4)).toEqual([
      ["gorgeous", "+0.151"],
      ["witty", "+0.144"],
      ["seductive", "+0.082"],
      ["never", "−0.053"],
    ]);
    expect(cells.at(-1)).toEqual(["15 others", "−0.007"]);
    await page.getByRole("button", { name: "Show 15 others" }).click();
    expect(await rows.count()).toBe(25);
  });

  it("go left or right from zero, as long as their numbers", async () => {
    const page = await session.open(explanation);
    const bars = await page.locator(".contributions tr[data-unit]").evaluateAll((all) =>
      all.map((row) => {
        const zero = row.querySelector(".zero")?.getBoundingClientRect().left ?? 0;
        const bar = row.querySelector(".fill")?.getBoundingClientRect();
        return { left: (bar?.left ?? 0) - zero, width: bar?.width ?? 0 };
      }),
    );
    expectNear(bars[0]?.left, 0);
    expectNear((bars[3]?.left ?? 0) + (bars[3]?.width ?? 0), 0);
    expect((bars[1]?.width ?? 0) / (bars[0]?.width ?? 1)).toBeCloseTo(0.144 / 0.151, 1);
    expect(await page.locator(".contributions .whisker").count()).toBe(10);
  });

  it("add up by eye: every step starts where the last one ended", async () => {
    const page = await session.open(explanation);
    expect(await page.locator(".sum p").textContent()).toBe(
      "base value 0.652 + contributions 0.298 = local model 0.950, the model says 0.998 (gap 0.048)",
    );
    const steps = await page.locator(".sum .fill").evaluateAll((all) =>
      all.map((bar) => {
        const { left, right } = bar.getBoundingClientRect();
        return { left, right };
      }),
    );
    const [base, supports, against, local, full, gap] = steps;
    expectNear(supports?.left, base?.right ?? 0);
    expectNear(against?.right, supports?.right ?? 0);
    expectNear(local?.right, against?.left ?? 0);
    expectNear(gap?.left, local?.right ?? 0);
    expectNear(gap?.right, full?.right ?? 0);
  });

  it("change with the method, which says when it has no sum", async () => {
    const page = await session.open(explanation);
    await page.getByRole("combobox", { name: "Method" }).click();
    await page.getByRole("option", { name: "Leave one out" }).click();
    await page.getByRole("heading", { name: "Contributions to the logit of positive" }).waitFor();
    await page.getByText("Scores of Leave one out are not parts of a sum").waitFor();
    await page.getByRole("combobox", { name: "Method" }).click();
    await page.getByRole("option", { name: "Attention, rollout" }).click();
    await page.getByRole("heading", { name: "Attention received" }).waitFor();
    expect(await page.locator(".unit[data-bucket]").count()).toBe(0);
    expect(await page.locator(".unit[data-heat='5']").count()).toBeGreaterThan(0);
    expect(await page.locator(".sum").isVisible()).toBe(false);
  });
});

describe("the list of methods", () => {
  const methods = ["lime", "occlusion", "rollout", "integratedGradients", "lrp"] as const;

  it("offers all of the model, tells the editor which is looked at, and runs with its choice", async () => {
    const page = await session.open(explanation, { state: { methods } });
    await page.getByRole("combobox", { name: "Method" }).click();
    expect(await page.getByRole("option").allInnerTexts()).toEqual([
      "LIME",
      "Leave one out",
      "Attention, rollout",
      "Integrated gradients",
      "Relevance (AttnLRP)",
    ]);
    await page.getByRole("option", { name: "Integrated gradients" }).click();
    expect(await requestsOf(page, "chooseMethod")).toEqual([{ method: "integratedGradients" }]);
  });

  it("follows the editor's choice", async () => {
    const page = await session.open(explanation, { state: { methods, importance: "lime" } });
    await tell(page, { methods, importance: "occlusion" });
    await page.getByRole("heading", { name: "Contributions to the logit of positive" }).waitFor();
  });

  it("shows what colours the editor while the editor's choice is still to come", async () => {
    const attributions = [...explanation.attributions].reverse();
    const partial = { ...explanation, attributions };
    const page = await session.open(partial, { state: { methods, importance: "partitionShap" } });
    expect(attributions[0]?.method).toBe("rollout");
    expect(await page.locator(".method-choice .text").innerText()).toBe("Leave one out");
  });

  it("does not cut the name of any", async () => {
    for (const method of ["occlusion", "integratedGradients", "lrp"] as const) {
      const attributions = explanation.attributions.map((one, index) => (index === 0 ? { ...one, method } : one));
      const page = await session.open({ ...explanation, attributions }, { width: 360 });
      const text = page.locator(".method-choice .text");
      expect(await text.evaluate((shown) => shown.scrollWidth - shown.clientWidth)).toBeLessThanOrEqual(0);
    }
  });
});

describe("masking", () => {
  it("asks for the prediction without the clicked words and shows it move", async () => {
    const page = await session.open(explanation);
    await page.locator(".unit").nth(gorgeous).click();
    await page.locator(".unit").nth(witty).click();
    await expect.poll(() => page.locator(".trial .move").first().textContent()).toBe("99.8 % → 70.3 %");
    expect(await page.locator(".trial p").textContent()).toBe("gorgeous, witty masked:");
    expect(await requestsOf(page, "predictMasked")).toEqual([{ masked: [2] }, { masked: [2, 4] }]);
    await page.getByRole("button", { name: "Explain with these masked" }).click();
    expect(await requestsOf(page, "explainAgain")).toEqual([
      { target: null, versus: null, position: null, masked: [2, 4] },
    ]);
    await page.getByRole("button", { name: "Reset" }).click();
    expect(await page.locator(".unit[aria-pressed='true']").count()).toBe(0);
    await page.getByText("Click a word to mask it and see the prediction move.").waitFor();
    expect(await page.locator(".moves").isVisible()).toBe(false);
  });

  it("works from the keyboard, one tab stop for the whole text", async () => {
    const page = await session.open(explanation);
    expect(await page.locator(".unit[tabindex='0']").count()).toBe(1);
    await page.locator(".unit").first().focus();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Enter");
    expect(await requestsOf(page, "predictMasked")).toEqual([{ masked: [2] }]);
    await page.keyboard.press("End");
    await page.keyboard.press(" ");
    expect((await requestsOf(page, "predictMasked")).at(-1)).toEqual({ masked: [2, 25] });
    await page.keyboard.press(" ");
    expect((await requestsOf(page, "predictMasked")).at(-1)).toEqual({ masked: [2] });
    await page.keyboard.press("Home");
    await page.keyboard.press("ArrowDown");
    const line = await page.locator(".unit:focus").evaluate((unit) => unit.getBoundingClientRect().top);
    const first = await page
      .locator(".unit")
      .first()
      .evaluate((unit) => unit.getBoundingClientRect().top);
    expect(line).toBeGreaterThan(first);
  });

  it("stays as it is when the host sends the same explanation again", async () => {
    const page = await session.open(explanation);
    await page.locator(".unit").nth(gorgeous).click();
    await page.locator(".trial .move").first().waitFor();
    await tell(page, { source: "reviews.md, line 6" });
    await page.getByText("reviews.md, line 6").waitFor();
    expect(await requestsOf(page, "predictMasked")).toEqual([{ masked: [2] }]);
    expect(await page.locator(".details").textContent()).toContain("piece gorgeous");
    expect(await page.locator(".trial .move").first().isVisible()).toBe(true);
  });

  it("shows the way back to no masks, and what it would change", async () => {
    const page = await session.open({ ...explanation, masked: [2, 4] });
    expect(await page.locator("h1").textContent()).toBe("positive 99.8 % · 2 tokens masked");
    await page.getByRole("button", { name: "Reset" }).click();
    expect(await requestsOf(page, "predictMasked")).toEqual([{ masked: [] }]);
    await page.locator(".trial .move").first().waitFor();
    expect(await page.locator(".trial p").textContent()).toBe("Nothing masked:");
    await page.getByRole("button", { name: "Explain without masks" }).click();
    expect(await requestsOf(page, "explainAgain")).toEqual([
      { target: null, versus: null, position: null, masked: [] },
    ]);
  });

  it("shows its effect in view, however long the text is", async () => {
    const page = await session.open(longExplanation(600), { height: 400 });
    await page.locator(".unit").first().click();
    const box = await page.locator(".trial .move").first().boundingBox();
    expect((box?.y ?? 0) + (box?.height ?? 1000)).toBeLessThanOrEqual(400);
    expect(
      await page
        .locator(".unit")
        .first()
        .evaluate((unit) => unit.getBoundingClientRect().top),
    ).toBeGreaterThanOrEqual(0);
  });

  it("starts from what the explanation already masks", async () => {
    const page = await session.open({ ...explanation, masked: [2] });
    expect(await page.locator(".unit[aria-pressed='true']").textContent()).toBe("gorgeous");
    expect(await page.locator(".trial p").textContent()).toBe("Explained with gorgeous masked.");
    expect(await requestsOf(page, "predictMasked")).toEqual([]);
    await page.locator(".unit").nth(witty).click();
    expect(await page.locator(".trial p").textContent()).toBe("gorgeous, witty masked:");
    expect(await requestsOf(page, "predictMasked")).toEqual([{ masked: [2, 4] }]);
  });
});

describe("what the scores add up to", () => {
  const step = (page: Page, name: string) =>
    page.locator(".sum tr", { hasText: name }).locator(".number").textContent();
  const numberOf = (text: string | null) => Number(text?.replace("−", "-").replace("+", ""));

  it("is shown word by word, each step beginning where the one before it ended", async () => {
    const page = await session.open(explanation);
    await page.getByRole("radio", { name: "step by step" }).click();
    expect(await step(page, "gorgeous")).toBe("+0.151");
    const numbers = (await page.locator(".sum .number").allTextContents()).map(numberOf);
    const [base = 0, ...rest] = numbers;
    const total = rest.pop() ?? 0;
    expect(rest.reduce((sum, one) => sum + one, base)).toBeCloseTo(total, 2);
    const boxes = await page
      .locator(".sum tr .fill")
      .evaluateAll((bars) => bars.map((bar) => bar.getBoundingClientRect()).map(({ left, right }) => [left, right]));
    const scores = rest;
    scores.slice(1).forEach((score, at) => {
      const [before, now] = [boxes[at + 1] ?? [], boxes[at + 2] ?? []];
      const end = (scores[at] ?? 0) > 0 ? before[1] : before[0];
      expectNear(score > 0 ? now[0] : now[1], end ?? Number.NaN);
    });
  });

  it("is shown in one bar: what raises the sum meets what lowers it at its end", async () => {
    const page = await session.open(explanation);
    await page.getByRole("radio", { name: "in one bar" }).click();
    const ends = await page
      .locator(".force .fill")
      .evaluateAll((bars) =>
        bars.map((bar) => ({ up: bar.classList.contains("supports"), ...bar.getBoundingClientRect().toJSON() })),
      );
    const up = ends.filter((bar) => bar.up);
    const down = ends.filter((bar) => !bar.up);
    expectNear(Math.max(...up.map(({ right }) => right)), Math.min(...down.map(({ left }) => left)));
    expect(await page.locator(".force .fill").first().textContent()).toBe("gorgeous");
    expect(await page.locator(".force").getAttribute("aria-label")).toMatch(/^base value .*sum /);
  });

  it("is unfolded by keyboard from the text to its tokens, which add up on every level", async () => {
    const page = await session.open(explanation);
    const tree = page.locator(".phrases");
    await tree.locator("summary").first().focus();
    await page.keyboard.press("Enter");
    const sentence = tree.locator("summary").nth(1);
    await sentence.focus();
    await page.keyboard.press("Enter");
    const clauses = tree.locator("summary").nth(1).locator("xpath=../ul/li");
    await clauses.first().waitFor();
    expect(await clauses.locator("> details > summary bdi").allTextContents()).toEqual([
      "A gorgeous,",
      "witty and seductive movie,",
      "though its unsubtle ending never quite earns the tears it asks for.",
    ]);
    const clause = tree.locator("summary", { has: page.locator("bdi", { hasText: /^though its unsubtle/ }) });
    await clause.focus();
    await page.keyboard.press("Enter");
    // The clause has the word in it too, and is all there is until its words are made.
    const word = tree.locator("summary", { has: page.locator("bdi", { hasText: /^unsubtle$/ }) });
    await word.focus();
    await page.keyboard.press("Enter");
    const parts = word.locator("xpath=..").locator(".leaf");
    // What is inside is made when it is unfolded, a moment after the key.
    await parts.first().waitFor();
    expect(await parts.locator("bdi").allTextContents()).toEqual(["un", "su", "bt", "le"]);
    const scores = (await parts.locator(".number").allTextContents()).map(numberOf);
    const sum = numberOf(await word.locator(".number").textContent());
    expect(scores.reduce((total, one) => total + one, 0)).toBeCloseTo(sum, 2);
  });
});
