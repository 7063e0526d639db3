import { expect, it } from "vitest";
import type { LoadedModel } from "../../../src/engine/loadedModel";
import { offeredBy } from "../../../src/engine/usableMethods";

it("offers what the parts of a model can do, and nothing of those it has not", () => {
  const model = { attention: {}, gradients: {}, session: { maximumRows: 8 } } as unknown as LoadedModel;
  expect([...offeredBy(model)]).toEqual(["evaluations", "attention", "gradients", "pairs"]);
  expect([...offeredBy({ ...model, attention: null })]).toEqual(["evaluations", "gradients", "pairs"]);
  const alone = { attention: null, gradients: null, session: { maximumRows: 1 } } as unknown as LoadedModel;
  expect([...offeredBy(alone)]).toEqual(["evaluations"]);
});
