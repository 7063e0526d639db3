import { describe, expect, it } from "vitest";
import type { Explanation } from "../../src/common/explanation";
import { sentenceExplanation } from "./fixture";
import { requestsOf, tell } from "./page";
import { panelSession } from "./session";

const session = panelSession();
const explanation = sentenceExplanation();
const content = explanation.tokens.find(({ special }) => !special);

describe("what was said beside a text", () => {
  it("stands in a field, and another has the text explained again, by keyboard", async () => {
    const page = await session.open(explanation, { state: { beside: { kind: "question", text: "Who won?" } } });
    const field = page.getByRole("textbox", { name: "question" });
    expect(await field.inputValue()).toBe("Who won?");
    const again = page.locator(".beside button");
    expect(await again.isVisible()).toBe(false);
    await field.fill("Who lost?");
    expect(await again.isVisible()).toBe(true);
    await page.keyboard.press("Escape");
    expect(await field.inputValue()).toBe("Who won?");
    await page.keyboard.press("Enter");
    await field.fill("  ");
    await page.keyboard.press("Enter");
    expect(await requestsOf(page, "explainBeside")).toEqual([]);
    await field.fill(" Who lost? ");
    await page.keyboard.press("Enter");
    expect(await requestsOf(page, "explainBeside")).toEqual([{ text: "Who lost?" }]);
    // What is being written is not lost when the host says the same again.
    await field.fill("Who lo");
    await tell(page, { beside: { kind: "question", text: "Who won?" }, source: "reviews.md, line 6" });
    await page.getByText("reviews.md, line 6").waitFor();
    expect(await field.inputValue()).toBe("Who lo");
  });

  it("is called by what it is, and is not there where nothing was said", async () => {
    const page = await session.open(explanation, { state: { beside: { kind: "labels", text: "culture, sport" } } });
    expect(await page.getByRole("textbox", { name: "labels" }).inputValue()).toBe("culture, sport");
    await tell(page, { beside: { kind: "pair", text: "<b>x</b>" } });
    await page.getByRole("textbox", { name: "second text" }).waitFor();
    await tell(page, { beside: null });
    await page.locator(".beside").waitFor({ state: "hidden" });
  });
});

describe("words for a blank", () => {
  const words = ["mat", "##s", "dog"].map((word, at) => ({
    word,
    id: 10 + at,
    logit: 3 - at,
    probability: 0.5 / (at + 1),
  }));
  const filled: Explanation = { ...explanation, prediction: { kind: "fill", position: content?.index ?? 0, words } };

  it("are listed with what they are in place of, and each can be written into the text", async () => {
    const page = await session.open(filled);
    expect(await page.locator(".blank").textContent()).toBe(`In place of “${content?.text}”`);
    expect(await page.locator("h1").textContent()).toBe("mat 50.0 %");
    expect(await page.locator(".classes tbody th").allTextContents()).toEqual(["mat", "##s", "dog"]);
    await page.getByRole("button", { name: "Write “dog” into the text" }).focus();
    await page.keyboard.press("Enter");
    expect(await requestsOf(page, "insert")).toEqual([{ outcome: 12 }]);
  });

  it("say nothing of a word where the text has the model's own blank", async () => {
    const tokens = filled.tokens.map((token) => (token === content ? { ...token, piece: token.text } : token));
    const page = await session.open({ ...filled, tokens });
    expect(await page.locator(".blank").isVisible()).toBe(false);
  });
});

describe("how alike two texts are", () => {
  it("is one number, with what raises and lowers it, and nothing to choose", async () => {
    const page = await session.open({
      ...explanation,
      pair: "Another text.",
      prediction: { kind: "similarity", cosine: 0.8125 },
      target: { ...explanation.target, label: "cosine", kind: "cosine" },
    });
    expect(await page.locator("h1").textContent()).toMatch(/0\.81/);
    expect(await page.locator(".question").isVisible()).toBe(false);
    expect(await page.locator(".legend").first().textContent()).toMatch(/lowers.*raises/);
  });
});

describe("a model without a head", () => {
  it("says so, and has nothing to choose", async () => {
    const page = await session.open({ ...explanation, attributions: [], prediction: { kind: "none" } });
    expect(await page.getByText("This model has no head that says something of a text").isVisible()).toBe(true);
    expect(await page.locator("h1").count()).toBe(0);
    expect(await page.getByRole("combobox", { name: "why" }).count()).toBe(0);
  });
});

describe("entities", () => {
  const found = explanation.tokens
    .filter(({ special }) => !special)
    .slice(0, 3)
    .map(({ index, text, start, end }, place) => {
      const label = place === 1 ? "PER" : "LOC";
      return {
        index: place,
        label,
        text: text.trim(),
        logit: 1,
        probability: 0.9 - place / 10,
        start,
        end,
        tokens: [index],
      };
    });
  const of = (position: number | null): Explanation => ({
    ...explanation,
    model: { ...explanation.model, labels: ["O", "B-PER", "B-LOC"] },
    prediction: { kind: "entities", position, entities: found, tokens: [] },
    target: { ...explanation.target, label: "PER", versus: "O", position: found[1]?.tokens[0] ?? 0 },
  });

  it("are chips in the order of the text, of which one is explained and a click explains another", async () => {
    const page = await session.open(of(found[1]?.tokens[0] ?? 0));
    expect(await page.locator("h1").textContent()).toBe(`${found[1]?.text} PER 80.0 %`);
    const chips = page.locator(".chips .chip");
    expect(await chips.allTextContents()).toEqual(
      found.map(({ text, label, probability }) => `${text}${label}${(probability * 100).toFixed(1)} %`),
    );
    expect(await chips.nth(1).getAttribute("aria-pressed")).toBe("true");
    await chips.nth(2).click();
    expect(await requestsOf(page, "explainAgain")).toEqual([
      { target: null, versus: null, position: found[2]?.tokens[0], masked: [] },
    ]);
    await page.getByRole("combobox", { name: "rather than" }).click();
    await page.getByRole("option", { name: "B-LOC" }).click();
    expect((await requestsOf(page, "explainAgain"))[1]).toEqual({
      target: "PER",
      versus: "B-LOC",
      position: found[1]?.tokens[0],
      masked: [],
    });
  });

  it("are said to be none where there are none", async () => {
    const page = await session.open({
      ...of(null),
      prediction: { kind: "entities", position: null, entities: [], tokens: [] },
    });
    expect(await page.getByText("No entity was found.").isVisible()).toBe(true);
  });
});
