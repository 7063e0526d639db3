import { describe, expect, it } from "vitest";
import type { Explanation } from "../../src/common/explanation";
import type { GeneratedStep } from "../../src/common/prediction/generated";
import { sentenceExplanation } from "./fixture";
import { requestsOf } from "./page";
import { panelSession } from "./session";

const session = panelSession();
const likely = [
  { id: 5, word: " good", logProbability: Math.log(0.5) },
  { id: 6, word: " bad", logProbability: Math.log(0.25) },
];
const step = (id: number, text: string): GeneratedStep => ({
  id,
  piece: `piece ${id}`,
  text,
  logProbability: Math.log(0.5),
  alternatives: likely,
});

function generated(): Explanation {
  const explanation = sentenceExplanation();
  const steps = [step(5, " good"), step(7, ""), step(8, " <b>film\n")];
  return {
    ...explanation,
    prediction: { kind: "generated", text: " good <b>film\n", steps, step: 0, end: "length" },
    target: { ...explanation.target, label: "good", versus: null },
  };
}

describe("a continuation", () => {
  it("is shown token by token, with what could have come, and a token asks why it came, by mouse and keyboard", async () => {
    const page = await session.open(generated());
    const tokens = page.locator(".stripToken");
    expect(await tokens.allTextContents()).toEqual([" good", "piece 7", " <b>film\n"]);
    expect(await tokens.first().getAttribute("aria-pressed")).toBe("true");
    expect(await tokens.first().getAttribute("title")).toBe("Why “good”?\ngood 50.0 %\nbad 25.0 %");
    await tokens.last().click();
    await tokens.nth(1).focus();
    await page.keyboard.press("Enter");
    const asked = { target: null, versus: null, masked: [] };
    expect(await requestsOf(page, "explainAgain")).toEqual([
      { ...asked, position: 2 },
      { ...asked, position: 1 },
    ]);
  });

  it("shows the bytes of a token that is part of a character", async () => {
    const { prediction, ...rest } = generated();
    const steps = [{ ...step(5, ""), piece: "ä½" }, step(6, "你")];
    const page = await session.open({ ...rest, prediction: { ...prediction, steps } as Explanation["prediction"] });
    expect(await page.locator(".stripToken").allTextContents()).toEqual(["<0xE4><0xBD>", "你"]);
  });

  it("keeps the token that is explained when another word is asked about", async () => {
    const page = await session.open(generated());
    await page.getByRole("combobox", { name: "why" }).click();
    await page.getByRole("option", { name: "bad" }).click();
    const asked = { target: "bad", versus: null, position: 0, masked: [] };
    expect(await requestsOf(page, "explainAgain")).toEqual([asked]);
  });
});

describe("surprise", () => {
  it("has bits and place of each token, and the perplexity of the text", async () => {
    const explanation = sentenceExplanation();
    const [first, second] = explanation.tokens.filter(({ special }) => !special);
    const tokens = [second].flatMap((token) =>
      token ? [{ token: token.index, id: 6, bits: 3.25, rank: 7, alternatives: likely }] : [],
    );
    const page = await session.open({
      ...explanation,
      prediction: { kind: "surprise", tokens, perplexity: 9.5, position: second?.index ?? 0 },
      target: { ...explanation.target, label: "bad", versus: null },
    });
    const buttons = page.locator(".stripToken");
    expect(await buttons.allTextContents()).toEqual([second?.text]);
    expect(await buttons.first().getAttribute("title")).toContain("3.3 bits, place 7 among all tokens");
    expect(await page.locator(".strip").textContent()).toContain(`${first?.text}${second?.text}`);
  });
});
