import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { ExplainProgress } from "../../src/common/engineProtocol";
import type { PlacedRequest } from "../../src/common/explanation";
import { explainText } from "../../src/engine/explain";
import type { LoadedModel } from "../../src/engine/loadedModel";
import { ModelStore } from "../../src/engine/modelStore";
import { RunReporter } from "../../src/engine/runReporter";
import { questionModels } from "../support/questions";
import { never, requestFor, review, small } from "./support";

const answering = { directory: join(questionModels, "bert"), file: null };
const text = Array.from({ length: 6 }, () => review).join(" ");

/** What is told while a text is read: in each pass over its windows how many of them there are, and after how many something was told. */
async function passes(
  changes: Partial<PlacedRequest>,
  changed: (loaded: LoadedModel) => LoadedModel = (loaded) => loaded,
): Promise<{ readonly total: number; readonly done: readonly number[] }[]> {
  const store = new ModelStore({ threads: 1, memoryMegabytes: 512 });
  const told: ExplainProgress[] = [];
  let now = 0;
  // Every report comes long after the last one.
  const reporter = new RunReporter(
    (progress) => told.push(progress),
    () => {
      now += 1000;
      return now;
    },
  );
  const request = requestFor(text, { methods: [], ...changes });
  try {
    await store.use(request.model, async (loaded) => {
      const model = changed(loaded.forTask(request.task));
      return await explainText(model, request, never, reporter);
    });
  } finally {
    await store.dispose();
  }
  const found: { total: number; done: number[] }[] = [];
  for (const { phase, total, done } of told) {
    if (phase === "predicting" && done === 0) {
      found.push({ total, done: [] });
    } else if (phase === "predicting") {
      found.at(-1)?.done.push(done);
    }
  }
  return found;
}

describe("reading a text in windows", () => {
  it("tells of each window, with attention and without", async () => {
    const [seen] = await passes({ model: small });
    expect(seen?.total).toBeGreaterThan(3);
    expect(seen?.done).toEqual(Array.from({ length: seen?.total ?? 0 }, (_, at) => at + 1));
    const [unseen] = await passes({ model: small }, (loaded) => ({ ...loaded, attention: null }));
    expect(unseen?.total).toBe(seen?.total);
    expect(unseen?.done.at(-1)).toBe(seen?.total);
    expect(unseen?.done.length).toBeGreaterThan(1);
  });

  it("tells of the windows in which places are found, and then of the one that is explained", async () => {
    const [found, explained] = await passes({ model: answering, pair: "What is it like?" });
    expect(found?.total).toBeGreaterThan(1);
    expect(found?.done.at(-1)).toBe(found?.total);
    expect(explained).toEqual({ total: 1, done: [1] });
  });

  it("tells of windows that are read with several hypotheses, and then with the one that is explained", async () => {
    const zeroShot = { labels: "good, bad, other", template: "It is {}.", several: false };
    const found = await passes({ model: small, task: "zero-shot-classification", zeroShot });
    expect(found).toHaveLength(2);
    for (const { total, done } of found) {
      expect(total).toBeGreaterThan(3);
      expect(done.at(-1)).toBe(total);
      expect(done).toEqual(done.toSorted((a, b) => a - b));
    }
  });
});
