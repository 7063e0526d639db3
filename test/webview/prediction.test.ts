import { describe, expect, it } from "vitest";
import { outcomesOf } from "../../src/common/prediction/registry";
import { numberPrediction } from "../support/predictions";
import { drawn } from "../support/settled";
import type { FakeHostWindow } from "./fakeHost";
import { manyClassesExplanation, numberExplanation, sentenceExplanation, withRemarks } from "./fixture";
import { requestsOf, show, tell } from "./page";
import { panelSession } from "./session";

const session = panelSession();
const explanation = sentenceExplanation();

describe("prediction", () => {
  it("shows the class, all classes with percent and logit, and how it was found", async () => {
    const page = await session.open(explanation);
    expect(await page.locator("h1").textContent()).toBe("positive 99.8 %");
    const rows = await page.locator(".classes tbody tr").allTextContents();
    expect(rows).toEqual(["positive99.8 %3.40", "negative0.2 %−2.74"]);
    expect(await page.locator(".meta").textContent()).toBe(
      "sentiment · onnx/model.onnx · LIME · 640 evaluations · converged · R² 0.74 · seed 0 · 1.9 s",
    );
    expect(await page.locator(".source").textContent()).toBe("reviews.md, line 5");
    const bars = page.locator(".classes .fill");
    const [first, second] = await bars.evaluateAll((all) => all.map((bar) => bar.getBoundingClientRect().width));
    expect((second ?? 0) / (first ?? 1)).toBeCloseTo(0.002 / 0.998, 2);
  });

  it("asks why another class, and rather than which", async () => {
    const page = await session.open(explanation);
    await page.getByRole("combobox", { name: "why" }).click();
    await page.getByRole("option", { name: "negative" }).click();
    expect(await requestsOf(page, "explainAgain")).toEqual([
      { target: "negative", versus: null, position: null, masked: [] },
    ]);
    expect(await page.getByRole("combobox", { name: "rather than" }).textContent()).toContain("—");
    await page.getByRole("combobox", { name: "rather than" }).click();
    await page.getByRole("option", { name: "negative" }).click();
    expect((await requestsOf(page, "explainAgain"))[1]).toEqual({
      target: "positive",
      versus: "negative",
      position: null,
      masked: [],
    });
  });

  it("folds many classes and unfolds them", async () => {
    const page = await session.open(manyClassesExplanation());
    const rows = page.locator(".classes tbody tr");
    expect(await rows.count()).toBe(9);
    expect(await rows.last().textContent()).toContain("4 others");
    await page.getByRole("button", { name: "Show 4 others" }).click();
    expect(await rows.count()).toBe(12);
    expect(await rows.last().textContent()).toContain("calm");
  });

  it("shows warnings and notes, and that a method stopped at its limit", async () => {
    const page = await session.open(withRemarks(explanation));
    expect(await page.locator(".doubt").textContent()).toBe(
      "LIME ended before its scores had settled: they may still change.",
    );
    expect(await page.locator(".remarks li").allTextContents()).toEqual([
      "The text is longer than the model reads at once: 2 overlapping parts were explained.",
      "Stopped at 1000 evaluations before the errors were small.",
    ]);
    expect(await page.locator(".meta").textContent()).toContain("stopped at the limit");
  });
});

describe("a model's only number", () => {
  const number = numberExplanation();

  it("is the headline, without classes, percent or another class to compare with", async () => {
    const page = await session.open(number);
    expect(await page.locator("h1").textContent()).toBe("score −1.234");
    expect(await page.locator(".classes").isHidden()).toBe(true);
    expect(await page.locator(".question").isHidden()).toBe(true);
    expect(await page.getByRole("heading", { name: "Contributions to score" }).isVisible()).toBe(true);
    expect(await page.locator(".legend").textContent()).toMatch(/^lowers score.*raises score/);
  });

  it("has others beside it in the model's order, any of which can be explained", async () => {
    const other = { index: 1, label: "length", logit: 3, probability: null };
    const page = await session.open({
      ...number,
      prediction: numberPrediction(...outcomesOf(number.prediction), other),
    });
    expect(await page.locator(".classes tbody tr").allTextContents()).toEqual(["score−1.234", "length3.000"]);
    expect(await page.getByRole("combobox", { name: "rather than" }).isHidden()).toBe(true);
    await page.getByRole("combobox", { name: "why" }).click();
    await page.getByRole("option", { name: "length" }).click();
    expect(await requestsOf(page, "explainAgain")).toEqual([
      { target: "length", versus: null, position: null, masked: [] },
    ]);
  });
});

describe("a text that was read from its document", () => {
  const reading = "Read: 1 paragraph of Markdown; left out: marks, 2 link addresses.";

  it("says what was read and left out, and offers the raw text by pointer and by key", async () => {
    const page = await session.open(explanation, { state: { reading } });
    expect(await page.locator(".reading").textContent()).toBe(`${reading} Use the raw text`);
    const raw = page.getByRole("button", { name: "Use the raw text" });
    await raw.click();
    await raw.focus();
    // A new state of the same explanation leaves the button where it is.
    await tell(page, { reading });
    await drawn(page);
    await page.keyboard.press("Enter");
    expect(await requestsOf(page, "useRawText")).toEqual([null, null]);
  });

  it("says nothing of a text that stands there as it is, and shows markup in a file's words as text", async () => {
    const page = await session.open(explanation);
    expect(await page.locator(".reading").isHidden()).toBe(true);
    await tell(page, { reading: "<b>Read</b>" });
    await page.getByText("<b>Read</b>").waitFor();
  });
});

describe("taking an explanation along", () => {
  const copy = { name: "Copy as…" };

  it("is offered in every format, as copy and as file", async () => {
    const page = await session.open(explanation);
    await page.getByRole("button", copy).click();
    expect(await page.getByRole("menuitem").allTextContents()).toEqual(["JSON", "CSV", "Markdown"]);
    await page.getByRole("menuitem", { name: "CSV" }).click();
    expect(await page.getByRole("menu").isVisible()).toBe(false);
    await page.getByRole("button", { name: "Export as…" }).click();
    await page.getByRole("menuitem", { name: "Markdown" }).click();
    expect(await requestsOf(page, "export")).toEqual([
      { format: "csv", to: "clipboard" },
      { format: "md", to: "file" },
    ]);
  });

  it("can be done with keys alone, and given up", async () => {
    const page = await session.open(explanation);
    const button = page.getByRole("button", copy);
    await button.focus();
    await page.keyboard.press("ArrowDown");
    const focused = () => page.evaluate(() => document.activeElement?.textContent);
    expect([await focused(), await button.getAttribute("aria-expanded")]).toEqual(["JSON", "true"]);
    await page.keyboard.press("ArrowUp");
    expect(await focused()).toBe("Markdown");
    await page.keyboard.press("Escape");
    expect([await focused(), await button.getAttribute("aria-expanded")]).toEqual(["Copy as…", "false"]);
    await page.keyboard.press("Enter");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    expect(await requestsOf(page, "export")).toEqual([{ format: "csv", to: "clipboard" }]);
    await button.click();
    await page.locator("h1").click();
    expect(await page.getByRole("menu").isVisible()).toBe(false);
  });

  it("stays inside a narrow panel, and is there during a run too", async () => {
    const page = await session.open(explanation, { width: 300 });
    await page.getByRole("button", { name: "Export as…" }).click();
    const box = await page.getByRole("menu").boundingBox();
    expect((box?.x ?? -1) >= 0 && (box?.x ?? 0) + (box?.width ?? 300) <= 300).toBe(true);
    const progress = { phase: "lime", done: 320, total: 1000, remainingMilliseconds: 1400 } as const;
    await page.keyboard.press("Escape");
    await tell(page, { progress });
    await page.getByRole("progressbar").waitFor();
    await page.getByRole("button", copy).click();
    await page.getByRole("menuitem", { name: "CSV" }).click();
    expect(await requestsOf(page, "export")).toEqual([{ format: "csv", to: "clipboard" }]);
  });
});

describe("a poor fit", () => {
  it("is the first sentence of the panel, and stands as one in its last line", async () => {
    const attributions = explanation.attributions.map((one) => ({ ...one, quality: { r2: 0.45 } }));
    const page = await session.open({ ...explanation, attributions });
    expect(await page.locator(".prediction > :first-child").textContent()).toMatch(
      /^LIME catches only a part .*\(R² 0\.45\)/,
    );
    expect(await page.locator(".meta").textContent()).toContain("poor fit, R² 0.45");
    expect(await (await session.open(explanation)).locator(".doubt").isHidden()).toBe(true);
  });
});

describe("state", () => {
  it("says what to do when there is nothing yet", async () => {
    const page = await session.open(null);
    await page.getByText("Select text in an editor and run Explain with Transformer.").waitFor();
    expect(await page.getByRole("tab").count()).toBe(0);
  });

  it("offers to explain edited text again, free to come out otherwise", async () => {
    const page = await session.open(explanation, { state: { stale: true } });
    await page.getByText("The text has been edited since.").waitFor();
    await page.getByRole("button", { name: "Explain again" }).click();
    expect(await requestsOf(page, "explainAgain")).toEqual([
      { target: null, versus: null, position: null, masked: [] },
    ]);
  });

  it("shows progress and cancels", async () => {
    const progress = { phase: "lime", done: 320, total: 1000, remainingMilliseconds: 1400 } as const;
    const page = await session.open(explanation, { state: { progress, stale: true } });
    await page.getByText("LIME: 320 of 1,000 evaluations · about 1.4 s left").waitFor();
    expect(await page.getByRole("progressbar").getAttribute("aria-valuenow")).toBe("32");
    expect(await page.getByText("The text has been edited since.").isVisible()).toBe(false);
    await page.getByRole("button", { name: "Cancel" }).click();
    expect(await requestsOf(page, "cancel")).toEqual([null]);
    await tell(page, {});
    await page.getByRole("progressbar").waitFor({ state: "hidden" });
  });

  it("counts the parts of a long text, and not what is one step", async () => {
    const predicting = { phase: "predicting", done: 1, total: 7, remainingMilliseconds: null } as const;
    const page = await session.open(explanation, { state: { progress: predicting } });
    await page.getByText("Predicting: part 2 of 7", { exact: true }).waitFor();
    const progress = { phase: "lrp", done: 0, total: 1, remainingMilliseconds: null } as const;
    await tell(page, { progress });
    await page.getByText("Relevance (AttnLRP)", { exact: true }).waitFor();
  });

  it("shows an error as one sentence and keeps the last explanation", async () => {
    const message = { template: "The engine stopped. Run {0} again.", args: ["Explain with Transformer"] };
    const page = await session.open(explanation, { state: { error: { reason: "engine-crashed", message } } });
    expect(await page.getByRole("alert").textContent()).toBe("The engine stopped. Run Explain with Transformer again.");
    expect(await page.locator("h1").isVisible()).toBe(true);
  });

  it("offers to try again what failed, by pointer and by key, and only then", async () => {
    const message = { template: "The model is missing.", args: [] };
    const error = { reason: "model-missing", message } as const;
    const page = await session.open(null, { state: { error, canTryAgain: true } });
    const tryAgain = page.getByRole("button", { name: "Try again" });
    await tryAgain.click();
    await page.keyboard.press("Tab");
    await page.keyboard.press("Shift+Tab");
    expect(await tryAgain.evaluate((button) => button === document.activeElement)).toBe(true);
    await page.keyboard.press("Enter");
    expect(await requestsOf(page, "tryAgain")).toEqual([null, null]);
    await show(page, null, { error });
    await tryAgain.waitFor({ state: "hidden" });
    expect(await page.getByRole("alert").textContent()).toBe("The model is missing.");
  });

  it("offers to explain more exactly where that would, and only then", async () => {
    const [first] = explanation.attributions;
    const open = {
      ...explanation,
      attributions: first ? [{ ...first, method: "partitionShap", converged: null } as const] : [],
    };
    const page = await session.open(open);
    expect(await page.locator(".meta").textContent()).toContain(" · estimated · ");
    const exactly = page.getByRole("button", { name: "Explain more exactly" });
    await exactly.click();
    expect(await requestsOf(page, "explainMoreExactly")).toEqual([null]);
    const complete = { ...open, attributions: open.attributions.map((one) => ({ ...one, converged: true })) };
    await show(page, complete);
    await exactly.waitFor({ state: "hidden" });
  });

  it("drops a state that is older than the newest", async () => {
    const page = await session.open(explanation, { number: 5 });
    await tell(page, { stale: true }, 4);
    await show(page, explanation, { source: "other.md, line 1" }, 6);
    await page.getByText("other.md, line 1").waitFor();
    await show(page, manyClassesExplanation(), {}, 5);
    await drawn(page);
    expect(await page.locator("h1").textContent()).toBe("positive 99.8 %");
    expect(await page.getByText("The text has been edited since.").isVisible()).toBe(false);
  });

  it("shows the kept view and explanation after a reload before the host answers", async () => {
    const page = await session.open(explanation);
    await page.getByRole("radio", { name: "word" }).click();
    await page.getByRole("tab", { name: "Heads" }).click();
    await page.getByRole("radio", { name: "lines" }).click();
    await page.waitForFunction(() => /"picture":"lines"/.test(sessionStorage.getItem("kept") ?? ""));
    await page.addInitScript(() => {
      const host = window as unknown as FakeHostWindow;
      host.scenario = { ...host.scenario, silent: true };
    });
    await page.reload();
    expect(await page.locator("h1").textContent()).toBe("positive 99.8 %");
    expect(await page.getByRole("tab", { name: "Heads" }).getAttribute("aria-selected")).toBe("true");
    expect(await page.getByRole("radio", { name: "lines" }).getAttribute("aria-checked")).toBe("true");
    await page.getByRole("tab", { name: "Tokens" }).click();
    expect(await page.getByRole("radio", { name: "word" }).getAttribute("aria-checked")).toBe("true");
  });

  it("takes nothing of what was kept that is not what it must be", async () => {
    const page = await session.open(explanation);
    await page.addInitScript(() => {
      const kept = {
        subject: { explanation: { schema: 0, text: 5 } },
        status: { source: 1 },
        strings: { tokens: 7 },
        view: { section: "toString", method: "constructor" },
        parts: { tokens: { units: null }, heads: { picture: "valueOf", topMass: 1e9 } },
      };
      sessionStorage.setItem("kept", JSON.stringify(kept));
    });
    await page.reload();
    await page.getByRole("heading", { name: "positive 99.8 %" }).waitFor();
    expect(await page.getByRole("tab", { name: "Tokens" }).getAttribute("aria-selected")).toBe("true");
    expect(await page.getByRole("radio", { name: "token" }).getAttribute("aria-checked")).toBe("true");
    await page.getByRole("tab", { name: "Heads" }).click();
    expect(await page.getByRole("radio", { name: "map" }).getAttribute("aria-checked")).toBe("true");
    expect(await page.getByText("Show the top 100 % of each row").isVisible()).toBe(true);
  });

  it("does not put a number on a local model that fits worse than a constant", async () => {
    const attributions = explanation.attributions.map((one) => ({ ...one, quality: { r2: -1417.89 } }));
    const page = await session.open({ ...explanation, attributions });
    expect(await page.locator(".meta").textContent()).toContain("R² < 0 ·");
  });
});

describe("answers to a question", () => {
  const span = (text: string, score: number, logit: number, first: number) =>
    ({ start: 0, end: text.length, text, score, logit, tokens: [first, first], window: 0 }) as const;

  it("are listed, the one that is explained in front, one asked about rather than another", async () => {
    const spans = [span("witty", 0.7, 9.5, 4), span("", 0.2, 8, 0), span("twice", 1, 3, 2)];
    const answered = { ...explanation, prediction: { kind: "spans", spans } } as const;
    const page = await session.open({ ...answered, target: { ...explanation.target, label: "witty", kind: "span" } });
    expect(await page.locator("h1").textContent()).toBe("witty 70.0 %");
    expect(await page.locator(".classes tbody tr").allTextContents()).toEqual([
      "witty70.0 %9.50",
      "no answer20.0 %8.00",
      "twice100.0 %3.00",
    ]);
    await page.getByRole("combobox", { name: "rather than" }).click();
    await page.getByRole("option", { name: "no answer" }).click();
    expect(await requestsOf(page, "explainAgain")).toEqual([
      { target: "witty", versus: "no answer", position: null, masked: [] },
    ]);
  });
});
