import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ExplainRequest, Explanation } from "../../src/common/explanation";
import { isExplanation } from "../../src/common/explanationCheck";
import { formatOutput, formatPercent } from "../../src/common/format";
import { outcomesOf } from "../../src/common/prediction/registry";
import { createEngine, type Engine } from "../../src/engine/engine";
import { never, requestFor, root } from "../engine/support";
import { requestsOf } from "./page";
import { panelSession } from "./session";

const session = panelSession();
const golden = join(root, "test/golden");
let engine: Engine;
let entitiesModel: string;

beforeAll(() => {
  engine = createEngine({ threads: 1, memoryMegabytes: 512 });
  entitiesModel = mkdtempSync(join(tmpdir(), "explain-test-"));
  const from = join(golden, "entities/wordPiece");
  for (const file of ["config.json", "tokenizer.json", "tokenizer_config.json"]) {
    copyFileSync(join(from, file), join(entitiesModel, file));
  }
  writeFileSync(join(entitiesModel, "model.onnx"), gunzipSync(readFileSync(join(from, "model.onnx.gz"))));
});

afterAll(async () => {
  await engine.dispose();
  rmSync(entitiesModel, { recursive: true, force: true });
});

/** What the engine says of a text, as it comes to the panel: written as JSON, read, and found to be an explanation. */
async function explained(directory: string, text: string, changes: Partial<ExplainRequest>): Promise<Explanation> {
  const request = requestFor(text, { model: { directory, file: null }, methods: ["occlusion", "rollout"], ...changes });
  const read: unknown = JSON.parse(JSON.stringify(await engine.explain(request, never)));
  if (!isExplanation(read)) {
    throw new Error("it is no explanation");
  }
  return read;
}

describe("words for a blank that a model gives", () => {
  const [{ text, words }] = JSON.parse(readFileSync(join(golden, "blanks/cases.json"), "utf8"));
  const blanks = join(golden, "blanks/wordpiece");
  const rows = words.map(({ text: word, probability }: { readonly text: string; readonly probability: number }) => [
    word,
    formatPercent(probability),
  ]);

  it("are those of transformers, and one can be asked about rather than another", async () => {
    const explanation = await explained(blanks, text, {});
    const page = await session.open(explanation);
    const listed = page.locator(".classes tbody tr:not(.dim)");
    const shown = await listed.evaluateAll((all) =>
      all.map((row) => [row.querySelector("th")?.textContent, row.querySelector(".number")?.textContent]),
    );
    expect(shown.length).toBeGreaterThan(5);
    expect(shown).toEqual(rows.slice(0, shown.length));
    expect(await page.locator("h1").textContent()).toBe(rows[0].join(" "));
    // The text has the model's own blank.
    expect(await page.locator(".blank").isHidden()).toBe(true);
    await page.getByRole("combobox", { name: "rather than" }).click();
    await page.getByRole("option", { name: rows[2][0], exact: true }).click();
    expect(await requestsOf(page, "explainAgain")).toEqual([
      { target: rows[0][0], versus: rows[2][0], position: null, masked: [] },
    ]);
    await page.getByRole("button", { name: `Write “${rows[2][0]}” into the text` }).click();
    expect(await requestsOf(page, "insert")).toEqual([{ outcome: words[2].id }]);
  });

  it("stand for a word of the text, which stays the one that is asked about", async () => {
    const plain = await explained(blanks, "The small cat", { position: 2 });
    const [first, second, third] = outcomesOf(plain.prediction).map(({ label }) => label);
    const compared = { position: 2, target: second ?? "", versus: first ?? "" };
    const page = await session.open(await explained(blanks, "The small cat", compared));
    expect(await page.locator(".blank").textContent()).toBe("In place of “small”");
    expect(await page.locator(".legend").first().textContent()).toContain("against");
    expect(await page.locator(".legend").first().textContent()).toContain(`for ${second}`);
    expect(await page.getByRole("combobox", { name: "rather than" }).textContent()).toContain(first);
    await page.getByRole("combobox", { name: "why" }).click();
    await page.getByRole("option", { name: third ?? "", exact: true }).click();
    expect(await requestsOf(page, "explainAgain")).toEqual([{ target: third, versus: null, position: 2, masked: [] }]);
  });

  it("are for one of several blanks, which stays the one that is asked about", async () => {
    const page = await session.open(await explained(blanks, "The [MASK] cat [MASK] on", { position: 4 }));
    await page.getByRole("combobox", { name: "why" }).click();
    await page.getByRole("option").nth(1).click();
    expect(await requestsOf(page, "explainAgain")).toMatchObject([{ position: 4 }]);
  });
});

describe("two texts that a model compares", () => {
  it("are both coloured under their one number", async () => {
    const [{ text, pair, cosine }] = JSON.parse(readFileSync(join(golden, "sentences/cases.json"), "utf8"));
    const explanation = await explained(join(golden, "sentences/model"), text, { pair });
    const page = await session.open(explanation);
    expect(await page.locator("h1").textContent()).toBe(
      `similarity ${formatOutput({ logit: cosine, probability: null })}`,
    );
    expect(await page.locator(".classes").isHidden()).toBe(true);
    expect(await page.locator(".question").isHidden()).toBe(true);
    const runnings = page.locator(".running");
    expect(await runnings.allTextContents()).toEqual([text, pair]);
    for (const running of await runnings.all()) {
      const buckets = await running
        .locator(".unit")
        .evaluateAll((all) => all.map((unit) => Number((unit as HTMLElement).dataset.bucket)));
      expect(buckets.some((bucket) => bucket !== 0)).toBe(true);
    }
    expect(await page.locator(".legend").first().textContent()).toMatch(/^lowers .*raises /);
  });
});

describe("a model that says nothing of a text", () => {
  it("has its text, and its attention in it, under a sentence", async () => {
    const explanation = await explained(join(golden, "sentences/model"), "two nine five", {
      task: "feature-extraction",
      methods: ["rollout"],
    });
    expect(explanation.prediction).toEqual({ kind: "none" });
    const page = await session.open(explanation);
    expect(await page.getByText("This model has no head that says something of a text").isVisible()).toBe(true);
    expect(await page.locator("h1").count()).toBe(0);
    expect(await page.locator(".running").textContent()).toBe("two nine five");
    const heads = await session.openHeads(explanation);
    expect(await heads.locator(".strongest tr:not(.empty)").count()).toBeGreaterThan(0);
  });
});

describe("entities that a model finds", () => {
  const text = "Angela Merkel visited Paris.";

  it("are chips with what it is sure of, and a label rather than another is asked at the same place", async () => {
    const explanation = await explained(entitiesModel, text, {});
    const { wordPiece } = JSON.parse(readFileSync(join(golden, "entities/cases.json"), "utf8"));
    const expected: readonly { readonly label: string; readonly start: number; readonly end: number; score: number }[] =
      wordPiece.find((one: { readonly text: string }) => one.text === text).first;
    const page = await session.open(explanation);
    const chips = page.locator(".chips .chip");
    expect(await chips.allTextContents()).toEqual(
      expected.map(({ label, start, end, score }) => `${text.slice(start, end)}${label}${formatPercent(score)}`),
    );
    const best = expected.findIndex(({ score }) => score === Math.max(...expected.map((one) => one.score)));
    const pressed = await chips.evaluateAll((all) => all.map((chip) => chip.getAttribute("aria-pressed")));
    expect(pressed).toEqual(expected.map((_, at) => String(at === best)));
    await page.getByRole("combobox", { name: "rather than" }).click();
    const other = explanation.model.labels.at(-1) ?? "";
    await page.getByRole("option", { name: other, exact: true }).click();
    const { label, position } = explanation.target;
    expect(await requestsOf(page, "explainAgain")).toEqual([{ target: label, versus: other, position, masked: [] }]);
  });

  it("are beside a word that is none, and its label is what is explained", async () => {
    const found = await explained(entitiesModel, text, {});
    const entities = found.prediction.kind === "entities" ? found.prediction.entities : [];
    const none = found.tokens.find(
      ({ index, special }) => !special && !entities.some(({ tokens }) => tokens.includes(index)),
    );
    const page = await session.open(await explained(entitiesModel, text, { position: none?.index ?? 0 }));
    expect(await page.locator("h1").textContent()).toMatch(new RegExp(`^${none?.text} \\S+$`));
    expect(await page.locator(".chips .chip").count()).toBe(entities.length);
    expect(await page.locator('.chips .chip[aria-pressed="true"]').count()).toBe(0);
  });
});
