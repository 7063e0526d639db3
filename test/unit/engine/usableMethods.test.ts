import { expect, it } from "vitest";
import { formatMessage } from "../../../src/common/message";
import type { LoadedModel } from "../../../src/engine/loadedModel";
import { lackOf, offeredBy } from "../../../src/engine/usableMethods";
import { implementations } from "../../../src/methods/registry";

it("offers what the parts of a model can do, and nothing of those it has not", () => {
  const model = { attention: {}, gradients: {}, task: {} } as unknown as LoadedModel;
  expect([...offeredBy(model)]).toEqual(["evaluations", "target", "attention", "gradients"]);
  expect([...offeredBy({ ...model, attention: null })]).toEqual(["evaluations", "target", "gradients"]);
  const alone = { attention: null, gradients: null, task: {} } as unknown as LoadedModel;
  expect([...offeredBy(alone)]).toEqual(["evaluations", "target"]);
  const silent = { ...model, task: { ...model.task, isSilent: true as const } };
  expect([...offeredBy(silent)]).toEqual(["evaluations", "attention", "gradients"]);
});

it("says of every method that looks inside that it follows one stream alone, where a model has two", () => {
  const nothing = { refused: new Map(), missing: new Map() };
  const whyIn = (readsOutput: boolean) =>
    Object.values(implementations)
      .filter(({ asks }) => asks === "inside")
      .map((method) => lackOf(method, nothing, { session: { readsOutput } }));
  expect(whyIn(false).every((why) => why === null)).toBe(true);
  expect(whyIn(true).length).toBeGreaterThan(4);
  for (const why of whyIn(true)) {
    expect(why && formatMessage(why)).toContain("reads a text in one part and answers in another");
  }
});
