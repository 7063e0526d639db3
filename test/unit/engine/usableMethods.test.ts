import { expect, it } from "vitest";
import type { LoadedModel } from "../../../src/engine/loadedModel";
import { offeredBy } from "../../../src/engine/usableMethods";

it("offers what the parts of a model can do, and nothing of those it has not", () => {
  const model = { attention: {}, gradients: {}, task: {} } as unknown as LoadedModel;
  expect([...offeredBy(model)]).toEqual(["evaluations", "target", "attention", "gradients"]);
  expect([...offeredBy({ ...model, attention: null })]).toEqual(["evaluations", "target", "gradients"]);
  const alone = { attention: null, gradients: null, task: {} } as unknown as LoadedModel;
  expect([...offeredBy(alone)]).toEqual(["evaluations", "target"]);
  const silent = { ...model, task: { ...model.task, isSilent: true as const } };
  expect([...offeredBy(silent)]).toEqual(["evaluations", "attention", "gradients"]);
});
