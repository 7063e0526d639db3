import { describe, expect, it } from "vitest";
import type { Attribution, PairScore } from "../../src/common/explanation";
import { sentenceExplanation } from "./fixture";
import { panelSession } from "./session";

const session = panelSession();
const plain = sentenceExplanation();

const pair = (first: number, second: number, score: number, standardError: number | null): PairScore => ({
  first,
  second,
  score,
  standardError,
});

/** The sentence with pairs: never + earn, witty + seductive, and one that cannot be told from nothing. */
function withPairs(pairs: readonly PairScore[]) {
  const attributions = plain.attributions.map(
    (one, index): Attribution => (index === 0 ? { ...one, method: "shapleyInteraction", scale: "logit", pairs } : one),
  );
  return { ...plain, attributions };
}

const pairs = [
  pair(2, 4, 0.31, 0.02),
  pair(4, 6, -0.22, 0.03),
  pair(16, 18, 1.24, 0.05),
  pair(16, 21, -0.83, 0.04),
  pair(17, 18, 0.09, 0.06),
  pair(9, 17, 0.27, null),
];
const state = { methods: ["shapleyInteraction", "rollout"], importance: "shapleyInteraction" } as const;

describe("pairs of words", () => {
  it("are a table, strongest first, and an arc each; what cannot be told from nothing is left out", async () => {
    const page = await session.open(withPairs(pairs), { state });
    const rows = page.locator(".pairs tbody tr");
    expect(await rows.allInnerTexts()).toEqual([
      expect.stringMatching(/never \+ earn\s+\+1\.240\s+± 0\.050/),
      expect.stringMatching(/never \+ tears\s+−0\.830/),
      expect.stringMatching(/gorgeous \+ witty\s+\+0\.310/),
      expect.stringMatching(/witty \+ seductive\s+−0\.220/),
    ]);
    expect(await page.locator(".arc").count()).toBe(4);
    expect(await page.locator(".arc-name").allInnerTexts()).toEqual([
      "gorgeous",
      "witty",
      "seductive",
      "never",
      "earn",
      "tears",
    ]);
    const boxes = await page.locator(".arc").evaluateAll((arcs) =>
      arcs.map((arc) => {
        const { top, bottom } = arc.getBoundingClientRect();
        return { top, bottom, width: getComputedStyle(arc).borderBottomWidth };
      }),
    );
    const middles = await page.locator(".arc-name").evaluateAll((names) =>
      names.map((name) => {
        const { top, bottom } = name.getBoundingClientRect();
        return (top + bottom) / 2;
      }),
    );
    const ends = [
      [3, 4],
      [3, 5],
      [0, 1],
      [1, 2],
    ] as const;
    for (const [index, [from, to]] of ends.entries()) {
      expect(Math.abs((boxes[index]?.top ?? 0) - (middles[from] ?? 0))).toBeLessThan(6);
      expect(Math.abs((boxes[index]?.bottom ?? 0) - (middles[to] ?? 0))).toBeLessThan(6);
    }
    expect(Number.parseFloat(boxes[0]?.width ?? "")).toBeGreaterThan(Number.parseFloat(boxes[2]?.width ?? ""));
  });

  it("light up when pointed at", async () => {
    const page = await session.open(withPairs(pairs), { state });
    await page.locator(".pairs tbody tr").nth(1).hover();
    expect(await page.locator(".arc.lit").getAttribute("data-pair")).toBe("1");
    await page.locator("h1").first().hover();
    await page.locator(".arc.lit").waitFor({ state: "detached" });
  });

  it("say so where there are none to show, and are not there for other methods", async () => {
    const none = await session.open(withPairs([pair(2, 4, 0.1, 0.2)]), { state });
    expect(await none.locator(".pairs").innerText()).toContain("No two of them");
    expect(await none.locator(".pairs table").isHidden()).toBe(true);
    const other = await session.open(plain);
    expect(await other.locator(".pairs").isHidden()).toBe(true);
  });
});
