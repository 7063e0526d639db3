import { describe, expect, it } from "vitest";
import type { AttentionStage, Explanation, Token } from "../../src/common/explanation";
import { sentenceExplanation } from "./fixture";
import { looksOf } from "./page";
import { panelSession } from "./session";

const session = panelSession();
const plain = sentenceExplanation();
const words = ["Ein", " feiner", " Film"];
const part = (place: number): AttentionStage["part"] => (place < 2 ? "encoder" : place % 2 === 0 ? "decoder" : "cross");

/** The sentence as an encoder reads it, with the token that a decoder begins with and one that was written before the explained one. */
function translated(): Explanation {
  const text = plain.tokens.slice(0, 4);
  const output = ["<s>", "Ein"].map(
    (piece, at): Token => ({
      index: text.length + at,
      id: 50 + at,
      piece,
      text: at === 0 ? "" : piece,
      start: 0,
      end: at === 0 ? 0 : 3,
      special: at === 0,
      segment: 2,
    }),
  );
  const steps = words.map((word, at) => ({
    id: 60 + at,
    piece: word,
    text: word,
    logProbability: -1,
    alternatives: [],
  }));
  const tokens = [...text, ...output];
  const { layers = 0, heads = 0 } = plain.attention ?? {};
  return {
    ...plain,
    tokens,
    words: [],
    sentences: [],
    output: "Ein",
    attributions: [],
    prediction: { kind: "generated", text: words.join(""), steps, step: 1, end: "stop" },
    attention: {
      kind: "cross",
      layers,
      heads,
      lookers: tokens.map(() => []),
      stages: Array.from({ length: layers }, (_, layer) => ({ part: part(layer), layer: Math.floor(layer / 2) })),
    },
  };
}

const explanation = translated();
const names = explanation.tokens.slice(0, 4).map(({ text, piece }) => text.trim() || piece);

describe("attention of an encoder and a decoder", () => {
  it("is drawn of what looks and what can be looked at alone", async () => {
    const page = await session.openHeads(explanation);
    await page.getByRole("button", { name: "Show as table" }).last().click();
    const rows = page.locator("table.matrix tbody th");
    const columns = page.locator("table.matrix thead th");
    const grid = page.locator(".overview-grid");
    await grid.focus();
    expect([await rows.allTextContents(), await columns.allTextContents()]).toEqual([names, names]);
    for (const key of ["ArrowDown", "ArrowDown"]) {
      await page.keyboard.press(key);
    }
    await page.getByRole("heading", { name: /Layer 3, head 1 · / }).waitFor();
    await expect.poll(() => rows.allTextContents()).toEqual(["<s>", "Ein"]);
    expect(await columns.allTextContents()).toEqual(["<s>", "Ein"]);
    await page.keyboard.press("ArrowDown");
    await expect.poll(() => columns.allTextContents()).toEqual(names);
    expect(await rows.allTextContents()).toEqual(["<s>", "Ein"]);
  });

  it("shows how all of the output looks at the text, of all layers and heads or of one", async () => {
    const page = await session.openHeads(explanation);
    await page.getByRole("radio", { name: "alignment" }).click();
    await page.getByRole("heading", { name: "Alignment of output and text" }).waitFor();
    await page.getByRole("button", { name: "Show as table" }).last().click();
    expect(await page.locator("table.matrix tbody th").allTextContents()).toEqual(["Ein", "feiner", "Film"]);
    expect(await page.locator("table.matrix thead th").allTextContents()).toEqual(names);
    await page.getByRole("combobox", { name: "Layer" }).click();
    // Only layers in which the output looks at the text.
    expect((await page.getByRole("option").allTextContents()).map((name) => name.trim())).toEqual([
      "all layers",
      "layer 4 · output to text 2",
      "layer 6 · output to text 3",
    ]);
    await page.getByRole("option").nth(1).click();
    await page.getByRole("combobox", { name: "Head" }).click();
    await page.getByRole("option", { name: "head 2", exact: true }).click();
    expect(await looksOf(page, "alignment")).toEqual([
      { window: 0, layer: null, head: null, rest: [61] },
      { window: 0, layer: 3, head: null, rest: [61] },
      { window: 0, layer: 3, head: 1, rest: [61] },
    ]);
  });

  it("is not offered of models of one stream", async () => {
    const page = await session.openHeads(plain);
    expect(await page.getByRole("radio", { name: "alignment" }).count()).toBe(0);
  });
});

describe("attention that cannot look ahead", () => {
  it("is drawn as a triangle", async () => {
    const { layers = 0, heads = 0, lookers = [] } = plain.attention ?? {};
    const page = await session.openHeads({ ...plain, attention: { layers, heads, lookers, kind: "causal" } });
    const clear = await page.locator(".heatmap canvas").evaluate((canvas: HTMLCanvasElement) => {
      const alpha = (x: number, y: number) => canvas.getContext("2d")?.getImageData(x, y, 1, 1).data[3];
      const { width, height } = canvas;
      return [alpha(width - 3, 3), alpha(Math.round(width * 0.75), Math.round(height * 0.3)), alpha(3, height - 3)];
    });
    expect(clear).toEqual([0, 0, 255]);
  });
});
