import { describe, expect, it } from "vitest";
import type { Explanation } from "../../src/common/explanation";
import { sentenceExplanation } from "./fixture";
import { requestsOf } from "./page";
import { panelSession } from "./session";

const session = panelSession();
const sentence = sentenceExplanation();
const own = sentence.tokens.filter(({ special, segment }) => !special && segment === 0);

function entity(place: number, label: string) {
  const token = own[place];
  const [start, end, index] = [token?.start ?? 0, token?.end ?? 0, token?.index ?? 0];
  const text = token?.text.trim() ?? "";
  return { index: place, label, logit: 2, probability: 0.9, start, end, text, tokens: [index] };
}

const entities: Explanation = {
  ...sentence,
  prediction: { kind: "entities", position: null, entities: [entity(0, "LOC"), entity(2, "PER")], tokens: [] },
};

describe("everything that can be explained by itself", () => {
  it("has a row of scores each, asked for once, of which one is explained on request", async () => {
    const page = await session.open(entities);
    const table = page.locator("table.places");
    expect(await table.isVisible()).toBe(false);
    await page.getByRole("button", { name: "Explain each of them" }).click();
    const rows = table.locator("tbody tr");
    await expect.poll(() => rows.count()).toBe(2);
    expect(await table.locator("thead th").count()).toBe(own.length);
    expect(await rows.locator("th").allTextContents()).toEqual([
      `${own[0]?.text.trim()} LOC`,
      `${own[2]?.text.trim()} PER`,
    ]);
    // The fake host's scores: the place of the token, for the second row against.
    expect((await rows.nth(0).locator("td").allTextContents()).slice(0, 3)).toEqual(["0.000", "+1.000", "+2.000"]);
    expect((await rows.nth(1).locator("td").allTextContents()).slice(0, 3)).toEqual(["0.000", "−1.000", "−2.000"]);
    expect(await rows.nth(1).locator("td").last().getAttribute("data-bucket")).toBe("-5");
    expect(await page.getByRole("button", { name: "Explain each of them" }).isVisible()).toBe(false);
    await rows.nth(1).getByRole("button").click();
    expect((await requestsOf(page, "placeScores")).map(({ position }) => position)).toEqual([
      own[0]?.index,
      own[2]?.index,
    ]);
    expect(await requestsOf(page, "explainAgain")).toEqual([
      { target: null, versus: null, position: own[2]?.index, masked: [] },
    ]);
  });

  it("is not offered where there is one thing to explain", async () => {
    const page = await session.open(sentence);
    expect(await page.getByRole("button", { name: "Explain each of them" }).isVisible()).toBe(false);
  });
});
